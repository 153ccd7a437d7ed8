"""SIGTERM: running work may finish, the rest is handed back; nothing is left behind, and the exit code is 0."""

from __future__ import annotations

import asyncio

import pytest

from tests.acceptance.distributed.house import DistributedHouse, watching
from tests.support.process import children_of, is_alive
from tests.support.wait import wait_for

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]


async def test_what_ends_within_the_grace_is_done_by_the_worker_that_stops(house: DistributedHouse) -> None:
    wanted, late = house.tracks.take(), house.tracks.take()
    house.hold("verify", wanted)
    await house.ask(wanted)
    async with watching(house.webs[1], wanted) as watcher:
        await house.comes_to("verify", wanted, watcher)
        worker = await house.owner(wanted)
        children = children_of(worker.pid)
        stopping = asyncio.create_task(worker.stop())
        await wait_for(lambda: "Stopping worker" in worker.tail(), what="it has heard the signal")
        # It takes no more jobs: the other one does.
        await house.ask(late)
        await house.check_done_once(late)
        house.ffmpeg.release()
        assert (await watcher.end())["state"] == "done"
        assert await stopping == 0
    assert (await house.job(wanted))["attempt"] == 1
    assert house.asked_of_youtube(wanted)["watch"] == 1
    assert not [child for child in children if is_alive(child)]
    await house.check_done_once(wanted)


async def test_what_does_not_end_within_the_grace_is_handed_back_and_finished_elsewhere(
    house: DistributedHouse,
) -> None:
    wanted = house.tracks.take()
    house.hold("fetch", wanted)
    await house.ask(wanted)
    async with watching(house.webs[1], wanted) as watcher:
        await house.comes_to("fetch", wanted, watcher)
        worker = await house.owner(wanted)
        children = children_of(worker.pid)
        assert children
        assert await worker.stop() == 0
        assert not [child for child in children if is_alive(child)]
        other = await house.owner(wanted)
        assert other is not worker
        house.clear_faults()
        assert (await watcher.end())["state"] == "done"
    # The attempt was given back: nobody failed.
    assert (await house.job(wanted))["attempt"] == 1
    assert len(house.parts(wanted)) == 0
    await house.check_done_once(wanted)


async def test_a_web_replica_that_stops_tells_its_listeners_to_come_back(house: DistributedHouse) -> None:
    wanted = house.tracks.take()
    house.hold("fetch", wanted)
    await house.ask(wanted)
    async with watching(house.webs[1], wanted) as watcher:
        await house.comes_to("fetch", wanted, watcher)
        waiting = await house.waits_for(wanted, web=1)
        assert await house.webs[1].stop() == 0
        status, body = await waiting
        assert status in {202, 503}, body
        await wait_for(lambda: watcher.close_code == 1012, what="the socket is closed with 1012, service restart")
        assert watcher.told("end") == []
    house.clear_faults()
    await house.restart_dead()
    await house.check_done_once(wanted)


async def test_all_stop_cleanly_and_leave_nothing(house: DistributedHouse) -> None:
    wanted = house.tracks.take()
    await house.ask(wanted)
    await house.check_done_once(wanted)
    replicas = house.replicas.replicas
    children = [child for replica in replicas for child in children_of(replica.pid)]
    assert await asyncio.gather(*(replica.stop() for replica in replicas)) == [0] * len(replicas)
    assert not [child for child in children if is_alive(child)]
    assert house.parts(wanted) == []
    await house.restart_dead()
    # What workers killed by other tests had left is swept at the start.
    assert list((house.home / "parts").iterdir()) == []
    # All is known as before.
    await house.check_done_once(wanted)
