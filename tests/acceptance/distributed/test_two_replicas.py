"""Two web and two worker processes are one server to their users."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import aiohttp
import pytest

from tests.acceptance.distributed.house import DistributedHouse, watching

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

CALLERS = 200


async def test_a_socket_on_one_replica_shows_a_job_asked_for_on_the_other(house: DistributedHouse) -> None:
    wanted = house.tracks.take()
    # Slow enough that the whole way is seen.
    house.sandbox.youtube.faults.throttle(100_000, video_id=wanted.video_id)
    await house.ask(wanted, web=0)
    async with watching(house.webs[1], wanted) as watcher:
        end = await watcher.end()
    assert watcher.frames[0]["type"] == "snapshot"
    assert end["state"] == "done"
    assert end["download_cdn"].startswith(house.webs[1].url)
    stages = list(dict.fromkeys(frame["stage"] for frame in watcher.frames if frame["stage"]))
    order = ["resolve", "search", "extract", "fetch", "verify", "tag", "store"]
    assert stages == [stage for stage in order if stage in stages]
    assert "fetch" in stages
    numbers = [frame["seq"] for frame in watcher.frames]
    assert numbers == sorted(set(numbers))
    arrived = [frame["bytes_done"] for frame in watcher.frames if frame["stage"] == "fetch"]
    assert arrived == sorted(arrived)
    assert len(set(arrived)) > 3
    await house.check_done_once(wanted)


async def test_200_callers_over_both_replicas_cost_one_search_one_extraction_one_fetch(house: DistributedHouse) -> None:
    wanted = house.tracks.take()
    house.sandbox.youtube.requests.reset()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=300)) as http:

        async def call(number: int) -> dict[str, Any]:
            url = f"{house.webs[number % 2].url}/api/spotify/download/track/{wanted.track_id}"
            async with http.get(url) as answer:
                assert answer.status == 200, await answer.text()
                body: dict[str, Any] = await answer.json()
                return body

        answers = await asyncio.gather(*(call(number) for number in range(CALLERS)))
    assert {answer["job_id"] for answer in answers} == {wanted.job_id}
    assert {answer["state"] for answer in answers} == {"done"}
    seen = list(house.sandbox.youtube.requests)
    questions = Counter((request.kind, request.query) for request in seen if request.query)
    assert questions, "nobody searched"
    assert set(questions.values()) == {1}, "a question was asked twice"
    extractions = [request for request in seen if request.kind == "watch"]
    assert [request.video_id for request in extractions] == [wanted.video_id]
    players = Counter(request.client for request in seen if request.kind == "player")
    assert set(players.values()) == {1}, "a player client was asked twice"
    ranges = [request.range for request in seen if request.kind == "media"]
    assert len(ranges) == len(set(ranges)) >= 1, "bytes were fetched twice"
    await house.check_done_once(wanted)


async def test_a_socket_cut_and_reopened_with_since_misses_nothing(house: DistributedHouse) -> None:
    wanted = house.tracks.take()
    house.ffmpeg.hold("verify", wanted.job_id)
    await house.ask(wanted)
    async with watching(house.webs[0], wanted) as before:
        await before.stage("verify")
    # What was told is not told again, on the other replica either.
    last = before.last["seq"]
    async with watching(house.webs[1], wanted, since=str(last)) as nothing_new:
        async with watching(house.webs[1], wanted) as witness:
            await witness.stage("verify")
        assert nothing_new.frames == []
    # It goes on, and ends, while nobody is connected.
    house.ffmpeg.release()
    await house.ended(wanted)
    async with watching(house.webs[1], wanted, since=str(last)) as after:
        end = await after.end()
    assert end["state"] == "done"
    assert end["seq"] > last
    assert end["download_cdn"].startswith(house.webs[1].url)
    # One who knows the end already is told that there is nothing more to come.
    async with watching(house.webs[0], wanted, since=str(end["seq"])) as knowing:
        assert (await knowing.end())["seq"] == end["seq"]
