"""Runs and the worker: every way in which a job can end, over the real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from models.audio import AudioFormat, StoredAudio
from models.errors import MediaInterrupted, NoMatch
from models.ids import DurationMs, JobId, RecordingKey, VideoId
from models.job import Job, JobState, RetryPolicy, Stage
from models.progress import ProgressEvent
from services.broker.memory import MemoryBroker
from services.reporter import JobReporter
from services.run import RecordingBusy
from services.store.jobs import MongoJobStore
from services.store.mongo import MongoDatabase
from services.worker import MOST_RUNS, Worker
from tests.support.progress import job as job_id
from tests.support.progress import track
from tests.support.wait import wait_for

Step = Callable[[Job, JobReporter], Awaitable[None]]


def audio_of(job: Job) -> StoredAudio:
    return StoredAudio(
        recording_key=RecordingKey(f"track-{job.track_id}"),
        format=job.format,
        name=job.name,
        track_id=job.track_id,
        track_ids=(job.track_id,),
        video_id=VideoId("aaaaaaaaaaa"),
        size_bytes=1,
        sha256="0" * 64,
        duration_ms=DurationMs(1000),
        codec="aac",
        bitrate_bps=None,
        transcoded=False,
        match_score=1.0,
        match_confidence=1.0,
        title="T",
        artists=("A",),
        created_at=datetime.now(UTC),
        job_id=job.id,
    )


@dataclass
class ScriptedPipeline:
    """Does what the test says, run after run; the last step is repeated."""

    steps: list[Step]
    runs: list[JobId] = field(default_factory=list)
    running: int = 0
    most_running: int = 0

    async def run(self, job: Job, owner: str, report: JobReporter) -> StoredAudio:
        step = self.steps[min(len(self.runs), len(self.steps) - 1)]
        self.runs.append(job.id)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await step(job, report)
        finally:
            self.running -= 1
        return audio_of(job)


async def succeed(job: Job, report: JobReporter) -> None:
    report.stage(Stage.FETCH)


async def hang(job: Job, report: JobReporter) -> None:
    report.stage(Stage.FETCH)
    await asyncio.Event().wait()


async def break_off(job: Job, report: JobReporter) -> None:
    raise MediaInterrupted


async def find_nothing(job: Job, report: JobReporter) -> None:
    raise NoMatch("Nothing like it.")


async def crash(job: Job, report: JobReporter) -> None:
    raise ZeroDivisionError


async def find_busy(job: Job, report: JobReporter) -> None:
    raise RecordingBusy


@dataclass
class Shop:
    """A worker with its queue and its books."""

    jobs: MongoJobStore
    broker: MemoryBroker
    pipeline: ScriptedPipeline
    worker: Worker
    events: list[ProgressEvent]

    async def ask(self, number: int = 1, *, publish: bool = True) -> JobId:
        job, queued = await self.jobs.ask(self._wish(number))
        if queued and publish:
            await self.broker.publish_job(job.id)
        return job.id

    async def orphan(self, number: int, *, runs: int = 1) -> JobId:
        """A job whose worker died a while ago, in its so-many-eth run."""
        past = datetime.now(UTC) - timedelta(seconds=5)
        held = {"state": JobState.RUNNING, "lease_owner": "dead", "lease_until": past, "attempt": runs}
        job, _ = await self.jobs.ask(replace(self._wish(number), **held))  # type: ignore[arg-type]
        return job.id

    def _wish(self, number: int) -> Job:
        now = datetime.now(UTC)
        return Job(
            id=job_id(number),
            track_id=track(number),
            format=AudioFormat.M4A,
            name=f"{track(number)}.m4a",  # type: ignore[arg-type]
            state=JobState.QUEUED,
            seq=1,
            created_at=now,
            updated_at=now,
        )

    async def ended(self, wish: JobId) -> Job:
        async def look() -> Job | None:
            job = await self.jobs.get(wish)
            return job if job is not None and job.state.is_final else None

        return await wait_for(look)  # type: ignore[return-value, arg-type]


@asynccontextmanager
async def shop(
    database: MongoDatabase, *steps: Step, concurrency: int = 2, deadline_s: float = 60
) -> AsyncIterator[Shop]:
    jobs, broker, pipeline = MongoJobStore(database), MemoryBroker(), ScriptedPipeline(list(steps))
    await broker.start()
    events: list[ProgressEvent] = []

    async def listen() -> None:
        async for event in broker.events():
            events.append(event)  # noqa: PERF401 - it never ends

    listener = asyncio.create_task(listen())
    await wait_for(lambda: broker.stats().listeners == 1)
    worker = Worker(
        pipeline=pipeline,
        jobs=jobs,
        broker=broker,
        concurrency=concurrency,
        deadline_s=deadline_s,
        retry=RetryPolicy(max_attempts=3, base_delay_s=0.05),
    )
    worker.start()
    try:
        yield Shop(jobs, broker, pipeline, worker, events)
    finally:
        await worker.stop(0)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        await broker.close()


async def test_done(database: MongoDatabase) -> None:
    async with shop(database, succeed) as here:
        job = await here.ended(await here.ask())
        assert (job.state, job.stored_name, job.progress.percent) == (JobState.DONE, job.name, 100.0)
        await wait_for(lambda: here.events and here.events[-1].state is JobState.DONE)
        seqs = [event.seq for event in here.events]
        assert seqs == sorted(set(seqs))
        assert here.events[-1].seq == job.seq


async def test_a_passing_trouble_is_tried_again(database: MongoDatabase) -> None:
    async with shop(database, break_off, break_off, succeed) as here:
        job = await here.ended(await here.ask())
        assert (job.state, job.attempt, len(here.pipeline.runs)) == (JobState.DONE, 3, 3)
        assert job.error is None


async def test_attempts_end(database: MongoDatabase) -> None:
    async with shop(database, break_off) as here:
        job = await here.ended(await here.ask())
        assert (job.state, len(here.pipeline.runs)) == (JobState.FAILED, 3)
        assert job.error is not None
        assert (job.error.code, job.error.retryable) == ("media_interrupted", True)

        async def buried() -> bool:
            return await here.broker.dead_letters() == 1

        await wait_for(buried)


async def test_a_terminal_error_ends_at_once(database: MongoDatabase) -> None:
    async with shop(database, find_nothing) as here:
        job = await here.ended(await here.ask())
        assert (job.state, len(here.pipeline.runs)) == (JobState.FAILED, 1)
        assert job.error is not None
        assert (job.error.code, job.error.message) == ("no_match", "Nothing like it.")
        assert await here.broker.dead_letters() == 0


async def test_a_defect_fails_its_job_and_the_worker_goes_on(database: MongoDatabase) -> None:
    async with shop(database, crash, succeed) as here:
        first = await here.ended(await here.ask(1))
        assert first.error is not None
        assert first.error.code == "internal_error"
        assert (await here.ended(await here.ask(2))).state is JobState.DONE


async def test_over_its_time(database: MongoDatabase) -> None:
    async with shop(database, hang, succeed, deadline_s=0.3) as here:
        job = await here.ended(await here.ask())
        assert (job.state, job.attempt) == (JobState.DONE, 2)


async def test_a_busy_recording_is_come_back_to_without_counting(database: MongoDatabase) -> None:
    async with shop(database, find_busy, find_busy, succeed) as here:
        job = await here.ended(await here.ask())
        assert (job.state, job.attempt, len(here.pipeline.runs)) == (JobState.DONE, 1, 3)


async def test_cancel_stops_the_work(database: MongoDatabase) -> None:
    async with shop(database, hang) as here:
        wish = await here.ask()
        await wait_for(lambda: here.pipeline.running)
        await here.jobs.cancel(wish)
        job = await here.ended(wish)
        assert job.state is JobState.CANCELLED
        assert here.pipeline.running == 0
        await wait_for(lambda: here.events[-1].state is JobState.CANCELLED)


async def test_a_stop_hands_back_what_does_not_end(database: MongoDatabase) -> None:
    async with shop(database, hang) as here:
        wish = await here.ask()
        await wait_for(lambda: here.pipeline.running)
        await here.worker.stop(0.05)
        job = await here.jobs.get(wish)
        assert job is not None
        assert (job.state, job.lease_owner, job.attempt) == (JobState.QUEUED, None, 0)
    async with shop(database, succeed) as there:
        # The queue in memory is gone with its process; the reaper finds the job in the database.
        assert (await there.ended(wish)).state is JobState.DONE


async def test_a_stop_lets_work_end_within_the_grace(database: MongoDatabase) -> None:
    release = asyncio.Event()

    async def until_released(job: Job, report: JobReporter) -> None:
        await release.wait()

    async with shop(database, until_released) as here:
        wish = await here.ask()
        await wait_for(lambda: here.pipeline.running)
        stopping = asyncio.create_task(here.worker.stop(60))
        release.set()
        await stopping
        job = await here.jobs.get(wish)
        assert job is not None
        assert job.state is JobState.DONE


async def test_no_more_than_allowed_run_at_once(database: MongoDatabase) -> None:
    async def briefly(job: Job, report: JobReporter) -> None:
        await asyncio.sleep(0.05)

    async with shop(database, briefly, concurrency=2) as here:
        wishes = [await here.ask(number) for number in range(8)]
        for wish in wishes:
            assert (await here.ended(wish)).state is JobState.DONE
        assert here.pipeline.most_running == 2
        assert sorted(here.pipeline.runs) == sorted(wishes)


async def test_what_a_dead_worker_held_is_taken_over(database: MongoDatabase) -> None:
    async with shop(database, hang, succeed) as here:
        jobs = here.jobs
        wish = await here.ask(7)
        await wait_for(lambda: here.pipeline.running)
        # The lease of the first run has run out: as if its process had been killed a while ago.
        held = await jobs.get(wish)
        assert held is not None
        assert held.lease_owner is not None
        await jobs.renew(wish, held.lease_owner, datetime.now(UTC) - timedelta(seconds=1))
        await here.broker.publish_job(wish)
        job = await here.ended(wish)
        assert job.state is JobState.DONE
        assert len(here.pipeline.runs) == 2


async def test_a_dead_workers_job_is_revived_however_full_the_queue_is(database: MongoDatabase) -> None:
    async with shop(database, hang, concurrency=1) as here:
        await here.ask(1)
        await wait_for(lambda: here.pipeline.running)
        for number in range(2, 5):
            await here.ask(number)
        lost = await here.ask(10, publish=False)
        orphan = await here.orphan(9)

        async def freed() -> bool:
            job = await here.jobs.get(orphan)
            return job is not None and job.state is JobState.QUEUED

        await wait_for(freed, deadline_s=60)
        await wait_for(lambda: any(event.job_id == orphan for event in here.events))
        # What is queued may be among the messages that wait: it is not sent again and again.
        await wait_for(lambda: here.broker.stats().jobs_published >= 5)
        assert lost not in here.pipeline.runs


async def test_a_lost_message_is_made_good_when_the_queue_is_empty(database: MongoDatabase) -> None:
    async with shop(database, succeed) as here:
        lost = await here.ask(publish=False)
        assert (await wait_for(lambda: here.ended(lost), deadline_s=60)).state is JobState.DONE


async def test_a_job_that_kills_its_workers_is_given_up(database: MongoDatabase) -> None:
    async with shop(database, succeed) as here:
        killer = await here.orphan(1, runs=MOST_RUNS)
        job = await here.ended(killer)
        assert here.pipeline.runs == []
        assert job.state is JobState.FAILED
        assert job.error is not None
        assert job.error.code == "job_attempts_exhausted"
        await wait_for(lambda: here.events and here.events[-1].state is JobState.FAILED)
