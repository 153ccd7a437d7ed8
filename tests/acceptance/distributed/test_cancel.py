"""DELETE really stops: the child processes, the sockets and the part file go, and all who wait are told."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from tests.acceptance.distributed.house import DistributedHouse, Wanted, watching
from tests.support.process import children_of, with_environment
from tests.support.sockets import connections_to
from tests.support.wait import wait_for

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

logger = logging.getLogger(__name__)


def youtube_port(house: DistributedHouse) -> int:
    return int(house.sandbox.youtube.proxy_url.rpartition(":")[2])


def started_by(house: DistributedHouse, pid: int) -> dict[int, str]:
    """The processes that the worker has started: process id → command line."""
    return {
        child: command
        for child, command in with_environment("MUSIC_DL_HOME", str(house.home)).items()
        if child in children_of(pid)
    }


@pytest.mark.parametrize("stage", ["search", "extract", "fetch", "verify", "tag"])
async def test_a_cancelled_job_leaves_no_process_no_socket_and_no_file(house: DistributedHouse, stage: str) -> None:
    wanted = house.tracks.take()
    port = youtube_port(house)
    house.hold(stage, wanted)
    async with AsyncExitStack() as stack:
        await house.ask(wanted)
        here, there = [await stack.enter_async_context(watching(web, wanted)) for web in house.webs]
        await house.comes_to(stage, wanted, here)
        worker = await house.owner(wanted)
        waiting = await house.waits_for(wanted, web=1)
        busy = started_by(house, worker.pid)
        sockets = connections_to(port)
        assert busy
        assert sockets or stage in {"verify", "tag"}
        if stage in {"fetch", "verify", "tag"}:
            assert house.parts(wanted)

        begun = time.monotonic()
        status, body = await house.webs[0].get(f"/api/downloads/{wanted.job_id}", method="DELETE")
        assert (status, body["job_id"]) == (200, wanted.job_id)
        ends = [await watcher.end() for watcher in (here, there)]
        told_s = time.monotonic() - begun
        await wait_for(lambda: not left(house, stage, wanted, worker.pid, busy, sockets), what="all of it ends")
        logger.warning("cancelled in %s: told after %.2f s, gone after %.2f s", stage, told_s, time.monotonic() - begun)

        assert [(end["state"], end["download_cdn"]) for end in ends] == [("cancelled", None)] * 2
        status, problem = await waiting
        assert (status, problem["code"]) == (409, "job_cancelled")
    assert not house.file(wanted).exists()
    house.clear_faults()
    await _asked_for_again(house, wanted)


def left(
    house: DistributedHouse, stage: str, wanted: Wanted, worker: int, busy: dict[int, str], sockets: int
) -> list[str]:
    """What there still is of the cancelled run."""
    found = [f"folder {folder}" for folder in house.parts(wanted)]
    found += [f"live {path}" for path in (house.home / "live").glob(f"{wanted.name}*")]
    found += list(with_environment("MUSIC_DL_HOME", str(house.home), wanted.job_id).values())
    if stage in {"search", "extract"} and not busy.keys() - started_by(house, worker).keys():
        found.append("the child that searched or extracted")
    if stage in {"search", "extract", "fetch"} and connections_to(youtube_port(house)) >= sockets:
        found.append("a connection to YouTube")
    return found


async def _asked_for_again(house: DistributedHouse, wanted: Wanted) -> None:
    """A cancelled job may be wished for anew."""
    await house.ask(wanted, web=1)
    await house.check_done_once(wanted)


async def _cancelled(house: DistributedHouse, wanted: Wanted) -> None:
    status, body = await house.webs[1].get(f"/api/downloads/{wanted.job_id}", method="DELETE")
    assert (status, body["state"]) == (200, "cancelled")


async def test_a_queued_job_is_cancelled_at_once_and_never_runs(house: DistributedHouse) -> None:
    wanted = house.tracks.take()
    for worker in house.workers:
        assert await worker.stop() == 0
    await house.ask(wanted)
    async with watching(house.webs[0], wanted) as watcher:
        await watcher.until(lambda frame: frame["type"] == "snapshot", "the snapshot")
        await _cancelled(house, wanted)
        assert (await watcher.end())["state"] == "cancelled"
    await house.restart_dead()
    # Its message is still in the queue: it is taken, and comes to nothing.
    await wait_for(_queue_is_empty(house), deadline_s=60, what="the message is taken")
    await _nothing_happens(house, wanted)
    await _asked_for_again(house, wanted)


async def test_a_job_that_waits_for_its_next_attempt_is_cancelled_at_once(house: DistributedHouse) -> None:
    wanted = house.tracks.take()
    house.sandbox.youtube.faults.fail("player", 503, video_id=wanted.video_id)
    await house.ask(wanted)
    async with watching(house.webs[0], wanted) as watcher:
        await watcher.until(lambda frame: frame["state"] == "queued" and frame["error"] is not None, "an attempt fails")
        await _cancelled(house, wanted)
        assert (await watcher.end())["state"] == "cancelled"
    house.clear_faults()
    asked = house.asked_of_youtube(wanted)
    # A job asked for now is done long after the delay of the cancelled one was over.
    await _asked_for_again(house, house.tracks.take())
    assert house.asked_of_youtube(wanted) == asked
    await _nothing_happens(house, wanted)
    await _asked_for_again(house, wanted)


async def test_a_finished_job_is_left_as_it_is(house: DistributedHouse) -> None:
    wanted = house.tracks.take()
    await house.ask(wanted)
    await house.check_done_once(wanted)
    status, body = await house.webs[1].get(f"/api/downloads/{wanted.job_id}", method="DELETE")
    assert (status, body["state"]) == (200, "done")
    await house.check_done_once(wanted)


async def test_an_unknown_job_cannot_be_cancelled(house: DistributedHouse) -> None:
    status, problem = await house.webs[0].get(f"/api/downloads/{house.tracks.take().job_id}", method="DELETE")
    assert (status, problem["code"]) == (404, "job_not_found")


async def _nothing_happens(house: DistributedHouse, wanted: Wanted) -> None:
    assert (await house.job(wanted))["state"] == "cancelled"
    assert not house.file(wanted).exists()
    assert house.parts(wanted) == []


def _queue_is_empty(house: DistributedHouse) -> Callable[[], object]:
    async def empty() -> bool:
        _, body = await house.webs[0].get("/health/ready")
        return bool(body["dependencies"]["queue"].get("waiting") == 0)

    return empty
