"""kill -9 of workers in each stage of a job, of the broker, of the database's owner: every job is done once.

`KILL_ROUNDS=20 python -m pytest tests/acceptance/distributed/test_kills.py` is the long run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

import pytest

from tests.acceptance.distributed.house import KILL_ROUNDS, DistributedHouse, Wanted, Watcher, watching
from tests.acceptance.distributed.listening import listening
from tests.support.process import children_of, with_environment
from tests.support.wait import wait_for

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]

FOUR = ("extract", "fetch", "verify", "tag")


async def kill_while_storing(house: DistributedHouse, wanted: Wanted) -> None:
    """Kills the job's worker some milliseconds before or after the database says that it is done."""
    await house.ask(wanted)
    owner = await house.owner(wanted)
    await wait_for(house.file(wanted).exists, deadline_s=120, what="the file lies in its place")
    await owner.kill()


@pytest.mark.parametrize("number", range(KILL_ROUNDS))
async def test_kill_of_workers_in_every_stage(house: DistributedHouse, number: int) -> None:
    del number
    storing = house.tracks.take()
    held: Mapping[str, Wanted] = {stage: house.tracks.take() for stage in (*FOUR, "search", "resolve")}
    await kill_while_storing(house, storing)
    await house.restart_dead()
    async with AsyncExitStack() as stack:
        watchers: dict[str, Watcher] = {}

        async def begin(*stages: str) -> None:
            for stage in stages:
                house.hold(stage, held[stage])
            for stage in stages:
                await house.ask(held[stage], web=len(watchers) % 2)
                web = house.webs[(len(watchers) + 1) % 2]
                watchers[stage] = await stack.enter_async_context(watching(web, held[stage]))
            await asyncio.gather(*(house.comes_to(stage, held[stage], watchers[stage]) for stage in stages))

        await begin(*FOUR)
        # Held for everybody from here on; the others have searched already.
        await begin("search", "resolve")
        listener = await stack.enter_async_context(listening(house.webs[0], held["fetch"]))
        await wait_for(lambda: listener.begun, what="somebody listens to what arrives")
        for worker in house.workers:
            await worker.kill()
        house.clear_faults()
        await house.restart_dead()
        for stage, wanted in held.items():
            end = await watchers[stage].end()
            assert end["state"] == "done", (stage, end)
            assert len(watchers[stage].told("end")) == 1
            await house.check_done_once(wanted)
        await house.check_done_once(storing)
        raw_bytes = watchers["fetch"].last["bytes_total"]
    final = await asyncio.to_thread(house.file(held["fetch"]).read_bytes)
    listener.check(final=final, raw_bytes=raw_bytes)
    assert listener.broken, "the one who listened was not told that the transfer broke off"
    await house.no_strays()


async def test_a_living_worker_finishes_what_a_killed_one_had_begun(house: DistributedHouse) -> None:
    wanted = house.tracks.take()
    house.hold("fetch", wanted)
    await house.ask(wanted)
    async with watching(house.webs[1], wanted) as watcher:
        await house.comes_to("fetch", wanted, watcher)
        owner = await house.owner(wanted)
        await owner.kill()
        house.clear_faults()
        assert (await watcher.end())["state"] == "done"
    assert owner.exit_code == -9
    assert (await house.job(wanted))["attempt"] == 2
    await house.check_done_once(wanted)
    assert house.parts(wanted) == [], "what the killed one had fetched is gone, too"


async def test_kill_of_the_broker_in_mid_job(house: DistributedHouse) -> None:
    fetching, verifying, late = (house.tracks.take() for _ in range(3))
    house.hold("fetch", fetching)
    house.hold("verify", verifying)
    async with AsyncExitStack() as stack:
        for wanted in (fetching, verifying):
            await house.ask(wanted)
        watchers = [
            await stack.enter_async_context(watching(web, wanted))
            for web, wanted in zip(house.webs, (fetching, verifying), strict=True)
        ]
        await house.comes_to("fetch", fetching, watchers[0])
        await house.comes_to("verify", verifying, watchers[1])
        await asyncio.to_thread(house.rabbit.kill)
        await wait_for(lambda: _not_ready(house), deadline_s=60, what="the web replica says that it is not ready")
        # A wish made without a broker stands in the database.
        assert (await house.ask(late))["state"] == "queued"
        # A job that ends without a broker has ended.
        house.ffmpeg.release()
        assert (await watchers[1].end())["state"] == "done"
        await asyncio.to_thread(house.rabbit.start)
        house.clear_faults()
        assert (await watchers[0].end())["state"] == "done"
    for wanted in (fetching, verifying, late):
        await house.check_done_once(wanted)
        # Deliveries came twice; runs did not.
        assert (await house.job(wanted))["attempt"] == 1
        assert house.asked_of_youtube(wanted)["watch"] == 1


async def _not_ready(house: DistributedHouse) -> bool:
    return await house.webs[0].status("/health/ready") == 503


async def test_kill_of_the_process_that_has_the_database(house: DistributedHouse) -> None:
    owner = next(
        replica
        for replica in house.replicas.replicas
        if with_environment("MUSIC_DL_HOME", str(house.home), "services.store.embedded_child").keys()
        & set(children_of(replica.pid))
    )
    watched = next(web for web in house.webs if web is not owner)
    wanted = house.tracks.take()
    house.hold("verify", wanted)
    await house.ask(wanted)
    async with watching(watched, wanted) as watcher:
        await house.comes_to("verify", wanted, watcher)
        await owner.kill()
        house.ffmpeg.release()
        assert (await watcher.end())["state"] == "done"
    await house.restart_dead()
    await house.check_done_once(wanted)
