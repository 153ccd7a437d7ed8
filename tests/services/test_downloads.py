"""Which failures are answered again as they are, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.audio import AudioFormat, job_id, media_name
from models.errors import MusicError, NoMatch, SessionLimited, VideoPrivate
from models.job import Job, JobError, JobState
from services.broker.memory import MemoryBroker
from services.downloads import FAILURE_REMEMBERED_S, DownloadService
from services.library import AudioLibrary
from services.progress import ProgressHub
from services.storage.local import LocalStorage
from services.store.downloads import MongoDownloadStore
from services.store.jobs import MongoJobStore
from services.store.matches import MongoMatchStore
from services.store.mongo import MongoDatabase
from tests.store.values import Clock, spotify_id, video_id
from tests.support.wait import wait_for

TRACK = spotify_id(1)
WISH = job_id(TRACK, AudioFormat.M4A)


@dataclass
class Desk:
    """A download service over real stores, on a clock that a test may set back."""

    downloads: DownloadService
    jobs: MongoJobStore
    matches: MongoMatchStore
    clock: Clock

    async def fail(self, error: MusicError, *, ago_s: float = 0.0) -> None:
        """Its m4a job ended with this error, so long ago."""
        await self.run(ago_s=ago_s)
        assert await self.jobs.finish(WISH, "a", JobState.FAILED, error=JobError.of(error))

    async def run(self, *, ago_s: float = 0.0) -> None:
        """Its m4a job is asked for, and a worker has it."""
        now = self.clock.now = datetime.now(UTC) - timedelta(seconds=ago_s)
        job = Job(
            id=WISH,
            track_id=TRACK,
            format=AudioFormat.M4A,
            name=media_name(TRACK, AudioFormat.M4A),
            state=JobState.QUEUED,
            seq=1,
            created_at=now,
            updated_at=now,
        )
        await self.jobs.ask(job)
        await self.claim()

    async def claim(self) -> None:
        """A worker takes it."""
        assert await self.jobs.claim(WISH, "a", self.clock.now + timedelta(seconds=10), self.clock.now)

    async def state(self) -> JobState:
        """Of the job in the database."""
        job = await self.jobs.get(WISH)
        assert job is not None
        return job.state

    async def ask(self) -> JobState:
        """A new wish; the job's state, or the remembered failure."""
        outcome = await self.downloads.track(TRACK, AudioFormat.M4A, 0.0)
        assert isinstance(outcome, Job)
        return outcome.state


@pytest.fixture
async def desk(database: MongoDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    clock = Clock()
    jobs, matches, broker = MongoJobStore(database, clock=clock), MongoMatchStore(database), MemoryBroker()
    library = AudioLibrary(downloads=MongoDownloadStore(database), storage=LocalStorage(tmp_path))
    await broker.start()
    hub = ProgressHub(jobs=jobs, broker=broker, poll_s=0.2)
    await hub.start()
    yield Desk(
        DownloadService(jobs=jobs, library=library, broker=broker, waiter=hub, matches=matches), jobs, matches, clock
    )
    await hub.close()
    await broker.close()


@pytest.mark.parametrize("error", [NoMatch(), VideoPrivate()])
async def test_a_terminal_failure_is_remembered_for_a_while(desk: Desk, error: MusicError) -> None:
    await desk.fail(error)
    with pytest.raises(type(error)) as raised:
        await desk.ask()
    assert not raised.value.retryable


async def test_and_then_asked_about_anew(desk: Desk) -> None:
    await desk.fail(NoMatch(), ago_s=FAILURE_REMEMBERED_S + 1)
    assert await desk.ask() is JobState.QUEUED


async def test_a_search_that_found_nothing_at_all_is_not_remembered(desk: Desk) -> None:
    await desk.fail(NoMatch(retryable=True))
    job = await desk.jobs.get(WISH)
    assert job is not None
    assert job.error is not None
    assert job.error.retryable
    assert await desk.ask() is JobState.QUEUED


async def test_a_failure_that_says_when_to_come_back_holds_until_then(desk: Desk) -> None:
    await desk.fail(SessionLimited(retry_after_s=3000), ago_s=100)
    with pytest.raises(SessionLimited) as raised:
        await desk.ask()
    assert raised.value.retry_after_s == pytest.approx(2900, abs=60)


@pytest.mark.parametrize("correction", ["pin", "unpin", "report"])
async def test_a_correction_makes_a_terminal_failure_worth_another_try(desk: Desk, correction: str) -> None:
    if correction == "unpin":
        await desk.matches.pin(TRACK, video_id(1))
    await desk.fail(NoMatch(), ago_s=1)
    if correction == "pin":
        await desk.matches.pin(TRACK, video_id(1))
    elif correction == "unpin":
        await desk.matches.unpin(TRACK)
    else:
        await desk.matches.reject(TRACK, video_id(1), "reported")
    assert await desk.ask() is JobState.QUEUED


async def test_a_correction_from_before_the_failure_changes_nothing(desk: Desk) -> None:
    await desk.matches.reject(TRACK, video_id(1), "audio_silent")
    await desk.fail(NoMatch())
    with pytest.raises(NoMatch):
        await desk.ask()


async def test_a_wish_made_while_the_job_is_being_stopped_gets_a_new_one(desk: Desk) -> None:
    await desk.run()
    assert (await desk.downloads.cancel(WISH)).cancel_requested
    after = [asyncio.create_task(desk.downloads.track(TRACK, AudioFormat.M4A, 60.0)) for _ in range(3)]
    await wait_for(lambda: _asked(desk, 4))
    assert await desk.jobs.finish(WISH, "a", JobState.CANCELLED)
    await wait_for(lambda: _asked(desk, 7))
    assert await desk.state() is JobState.QUEUED
    await desk.claim()
    assert await desk.jobs.finish(WISH, "a", JobState.FAILED, error=JobError.of(NoMatch()))
    found = await asyncio.gather(*after, return_exceptions=True)
    assert [type(each) for each in found] == [NoMatch] * 3, found


async def _asked(desk: Desk, times: int) -> bool:
    job = await desk.jobs.get(WISH)
    return job is not None and job.requested_count >= times
