"""Downloads of one caller at a time: single wishes are refused beyond the limit, batches wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from _local.sandbox.service import Sandbox
from models.audio import AudioFormat, job_id
from models.caller import Caller
from models.errors import TooManyJobs
from models.job import JobState
from services.downloads import Ready
from services.limits.jobs import JobLimit
from services.store.mongo import MongoDatabase
from tests.support.batches import Plant, no_match, open_plant, spotify_id
from tests.support.house import open_house
from tests.support.wait import wait_for

PHONE, TABLET, ADMIN = (Caller(name, "192.0.2.7") for name in ("phone", "tablet", "admin"))
NOBODY = Caller(None, "192.0.2.7")
M4A = AudioFormat.M4A


@pytest.fixture
async def plant(database: MongoDatabase, tmp_path: Path) -> AsyncIterator[Plant]:
    """Two downloads for each caller; they stand still until they are let go."""
    async with open_plant(database, tmp_path, window=8, concurrency=10, max_jobs=2) as opened:
        opened.pipeline.hold(*range(30))
        yield opened


async def wish(plant: Plant, number: int, caller: Caller | None) -> str:
    try:
        outcome = await plant.downloads.track(spotify_id(number), M4A, 0, caller=caller)
    except TooManyJobs as error:
        return error.code if error.retry_after_s else "no moment to come back"
    return "ready" if isinstance(outcome, Ready) else "asked"


async def test_no_more_than_so_many(plant: Plant) -> None:
    assert [await wish(plant, number, PHONE) for number in (1, 2, 3)] == ["asked", "asked", "too_many_jobs"]
    assert await plant.state_of(3) is None, "what is refused leaves nothing behind"
    assert await wish(plant, 4, TABLET) == "asked"
    assert [await wish(plant, number, NOBODY) for number in (5, 6, 7)] == ["asked", "asked", "too_many_jobs"]
    assert {await wish(plant, number, ADMIN) for number in range(10, 15)} == {"asked"}


async def test_of_many_at_once_no_more_than_so_many(plant: Plant) -> None:
    outcomes = await asyncio.gather(*(wish(plant, number, PHONE) for number in range(20)))
    assert (outcomes.count("asked"), outcomes.count("too_many_jobs")) == (2, 18)


async def test_whoever_joins_a_job_makes_none(plant: Plant) -> None:
    assert [await wish(plant, 1, PHONE) for _ in range(5)] == ["asked"] * 5
    assert await wish(plant, 2, PHONE) == "asked"
    assert [await wish(plant, number, TABLET) for number in (1, 2, 3, 4)] == ["asked"] * 4
    assert [await wish(plant, number, PHONE) for number in (1, 2, 3, 4, 5)] == ["asked"] * 4 + ["too_many_jobs"]


@pytest.mark.parametrize("end", ["done", "failed", "cancelled"])
async def test_what_has_ended_counts_no_more(plant: Plant, end: str) -> None:
    if end == "failed":
        plant.pipeline.failing[spotify_id(1)] = no_match()
    for number in (1, 2):
        await wish(plant, number, PHONE)
    if end == "cancelled":
        await plant.downloads.cancel(job_id(spotify_id(1), M4A))
    else:
        plant.pipeline.let_go()

    async def has_ended() -> bool:
        return await plant.state_of(1) is JobState(end)

    await wait_for(has_ended)
    ended = await plant.jobs.get(job_id(spotify_id(1), M4A))
    assert ended is not None
    assert ended.asked_by is None, "nobody's address is kept for longer than it is needed"
    plant.pipeline.hold(*range(30))
    assert await wish(plant, 3, PHONE) == "asked"


async def test_a_known_file_and_a_remembered_failure_need_no_place(plant: Plant) -> None:
    await plant.put(8)
    plant.pipeline.failing[spotify_id(9)] = no_match()
    plant.pipeline.let_go()
    for number in (8, 9):
        await wish(plant, number, TABLET)

    async def ended() -> bool:
        states = [await plant.state_of(number) for number in (8, 9)]
        return all(state is not None and state.is_final for state in states)

    await wait_for(ended)
    plant.pipeline.hold(*range(30))
    for number in (1, 2):
        await wish(plant, number, PHONE)
    assert await wish(plant, 8, PHONE) == "ready"
    with pytest.raises(type(no_match())):
        await wish(plant, 9, PHONE)


async def test_a_batch_waits_and_leaves_a_place_for_a_single_wish(plant: Plant) -> None:
    batch = await plant.service.of_tracks([spotify_id(number) for number in range(6)], M4A, caller=PHONE)
    told = await plant.told(batch.id, running=1)
    assert (told.tracks.running, told.tracks.queued) == (1, 5)
    assert [await wish(plant, number, PHONE) for number in (10, 11)] == ["asked", "too_many_jobs"]
    assert await wish(plant, 12, TABLET) == "asked"
    plant.pipeline.let_go()
    ended = await plant.ended(batch.id)
    assert (ended.state, ended.tracks.done) == (JobState.DONE, 6)


async def test_a_waiting_batch_can_be_cancelled(plant: Plant) -> None:
    for number in (10, 11):
        await wish(plant, number, PHONE)
    batch = await plant.service.of_tracks([spotify_id(number) for number in range(3)], M4A, caller=PHONE)
    await plant.fed(batch.id)
    await plant.service.cancel(batch.id)
    assert (await plant.ended(batch.id)).state is JobState.CANCELLED
    assert await plant.state_of(0) is None


async def test_without_a_limit_nobody_is_named(database: MongoDatabase, tmp_path: Path) -> None:
    async with open_plant(database, tmp_path, works=False) as plant:
        for number in range(5):
            assert await wish(plant, number, PHONE) == "asked"
        job = await plant.jobs.get(job_id(spotify_id(1), M4A))
        assert job is not None
        assert job.asked_by is None


def test_addresses_are_not_kept_readable_and_shortened_where_all_are(database: MongoDatabase) -> None:
    def label(network: str, *, anonymize: bool) -> str | None:
        limit = JobLimit(jobs=_NoJobs(), max_jobs=1, anonymize=anonymize)
        return limit.label(Caller(None, network))

    assert "192.0.2" not in str(label("192.0.2.7", anonymize=False))
    assert label("192.0.2.7", anonymize=False) != label("192.0.2.8", anonymize=False)
    assert label("192.0.2.7", anonymize=True) == label("192.0.2.8", anonymize=True)
    assert label("192.0.2.7", anonymize=True) != label("192.0.3.7", anonymize=True)
    assert label("2001:db8:1:2::/64", anonymize=True) == label("2001:db8:1:3::/64", anonymize=True)
    assert label("", anonymize=True) == label("", anonymize=False)


class _NoJobs:
    async def count_asked(self, asked_by: str) -> int:
        return 0


async def test_over_http(sandbox: Sandbox, tmp_path: Path) -> None:
    key, admin = "phone-secret-0001", "an operator's key"
    settings = {"API_KEYS": f"phone:{key}", "ADMIN_API_KEY": admin, "MAX_JOBS_PER_CALLER": "1"}
    sandbox.youtube.faults.throttle(4_000)
    try:
        async with open_house(sandbox, tmp_path, **settings) as house:

            async def ask(track: str, method: str = "GET") -> Any:
                path = f"/api/spotify/download/track/{track}?wait=0"
                return await house.get(path, method=method, headers={"X-API-Key": key})

            tracks = list(sandbox.catalogue.tracks)[:2]
            assert (await ask(tracks[0])).status == 202
            assert (await ask(tracks[0])).status == 202
            refused = await ask(tracks[1])
            assert (refused.status, refused.json["code"], refused.json["retryable"]) == (429, "too_many_jobs", True)
            assert int(refused.headers["Retry-After"]) > 0
            stats = (await house.get("/api/admin/stats", headers={"X-API-Key": admin})).json
            assert stats["limits"]["jobs_refused"] == 1
            await house.get(f"/api/downloads/{tracks[0]}-m4a", method="DELETE", headers={"X-API-Key": key})

            async def has_place() -> bool:
                return (await ask(tracks[1])).status == 202

            await wait_for(has_place)
    finally:
        sandbox.youtube.faults.clear()
