"""One run of a job under a lease: work, renew, watch for a cancel, and write down how it ended."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from models.audio import StoredAudio
from models.errors import DatabaseUnavailable, InternalError, JobDeadlineExceeded, MusicError, QueueUnavailable
from models.ids import JobId
from models.job import Job, JobError, JobState, Progress, RetryPolicy
from models.progress import ProgressEvent
from services.broker.base import Broker
from services.reporter import JobReporter
from services.store.base import JobStore

logger = logging.getLogger(__name__)

LEASE_S = 10.0
"""A job whose worker died is free for another after this long."""
WATCH_EVERY_S = 0.5
"""How often the lease is renewed and a cancel looked for: a cancel must work within a second."""
BUSY_DELAY_S = 1.0
"""How long a job waits while another one fetches the same recording."""
FINISH_TRIES = 5


class RecordingBusy(Exception):
    """Another job is fetching the same recording; come back in a moment."""


class Pipeline(Protocol):
    """Does the work of a job."""

    async def run(self, job: Job, owner: str, report: JobReporter) -> StoredAudio:
        """The finished audio. Raises a `MusicError`, or `RecordingBusy`."""
        ...


class RunMeter(Protocol):
    """Counts stages and runs."""

    def stage(self, stage: str, lasted_s: float) -> None:
        """A stage is over."""
        ...

    def run(self, outcome: str) -> None:
        """A run is over."""
        ...


class End(StrEnum):
    """Why the work was stopped from outside."""

    CANCELLED = "cancelled"
    LEASE_LOST = "lease_lost"
    HANDED_BACK = "handed_back"


class JobRun:
    """A claimed job from here to its end. `execute` never raises but for being cancelled."""

    def __init__(
        self,
        job: Job,
        owner: str,
        *,
        pipeline: Pipeline,
        jobs: JobStore,
        broker: Broker,
        retry: RetryPolicy,
        deadline_s: float,
        meter: RunMeter | None = None,
    ) -> None:
        self._job = job
        self._meter = meter
        self._owner = owner
        self._pipeline = pipeline
        self._jobs = jobs
        self._broker = broker
        self._retry = retry
        self._deadline_s = deadline_s
        self._reporter = JobReporter(
            job, owner=owner, jobs=jobs, broker=broker, stage_over=None if meter is None else meter.stage
        )
        self._work: asyncio.Task[StoredAudio] | None = None
        self._end: End | None = None
        self._given_up = False

    def hand_back(self) -> None:
        """Stops the work so that another worker can take the job (the server is stopping)."""
        self._stop(End.HANDED_BACK)

    def _stop(self, end: End) -> None:
        if self._end is None and self._work is not None and not self._work.done():
            self._end = end
            self._work.cancel()

    async def execute(self) -> str | None:
        """Works, and writes down how it ended; says why when passing troubles have used up the job's attempts."""
        job_id = self._job.id
        await self._broker.publish_event(ProgressEvent.of(self._job))
        self._work = asyncio.create_task(
            self._pipeline.run(self._job, self._owner, self._reporter), name=f"job:{job_id}:work"
        )
        side = [
            asyncio.create_task(self._keep_lease(), name=f"job:{job_id}:lease"),
            asyncio.create_task(self._reporter.pump(), name=f"job:{job_id}:progress"),
        ]
        try:
            outcome = await self._outcome()
        finally:
            for task in (*side, self._work):
                task.cancel()
            await asyncio.gather(*side, self._work, return_exceptions=True)
            self._reporter.stage_over()
        await self._write_down(outcome)
        if self._meter is not None:
            self._meter.run(self._named(outcome))
        if isinstance(outcome, MusicError) and outcome.retryable and self._given_up:
            return f"{outcome.code} after {self._job.attempt} attempts"
        return None

    async def _outcome(self) -> StoredAudio | MusicError | RecordingBusy | End:
        assert self._work is not None  # noqa: S101 - set by execute just before
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._work
        except TimeoutError:
            return JobDeadlineExceeded()
        except asyncio.CancelledError:
            if self._end is None:
                raise
            return self._end
        except (MusicError, RecordingBusy) as error:
            return error
        except Exception:
            # A defect fails its own job and is on record; the worker goes on.
            logger.exception("job_crashed", extra={"job_id": self._job.id})
            return InternalError()

    def _named(self, outcome: StoredAudio | MusicError | RecordingBusy | End) -> str:
        if isinstance(outcome, End):
            return outcome.value
        if isinstance(outcome, MusicError):
            return "failed" if self._given_up else "to_retry"
        return "done" if isinstance(outcome, StoredAudio) else "busy"

    async def _keep_lease(self) -> None:
        until = self._lease_end()
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            try:
                wanted = self._lease_end()
                job = await self._jobs.renew(self._job.id, self._owner, wanted)
            except DatabaseUnavailable:
                if datetime.now(UTC) < until:
                    continue
                job = None
            else:
                until = wanted
            if job is None:
                self._stop(End.LEASE_LOST)
                return
            if job.cancel_requested:
                self._stop(End.CANCELLED)
                return

    def _lease_end(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=LEASE_S)

    async def _write_down(self, outcome: StoredAudio | MusicError | RecordingBusy | End) -> None:
        if outcome is End.LEASE_LOST:
            logger.warning("lease_lost", extra={"job_id": self._job.id, "owner": self._owner})
            return
        for attempt in range(1, FINISH_TRIES + 1):
            try:
                await self._reporter.settle()
                await self._conclude(outcome)
            except DatabaseUnavailable as error:
                # After the last try the lease runs out, and another run finds what this one has stored.
                logger.warning("end_not_written", extra={"job_id": self._job.id, "try": attempt, "cause": str(error)})
                await asyncio.sleep(min(2.0, 0.1 * 2**attempt))
            else:
                return

    async def _conclude(self, outcome: StoredAudio | MusicError | RecordingBusy | End) -> None:
        if isinstance(outcome, StoredAudio):
            done = replace(self._reporter.progress, percent=100.0, speed_bps=None, eta_s=0.0, message=None)
            await self._finish(JobState.DONE, stored=outcome, progress=done)
        elif isinstance(outcome, RecordingBusy):
            await self._again(BUSY_DELAY_S, None, counted=False)
        elif outcome is End.CANCELLED:
            await self._finish(JobState.CANCELLED)
        elif isinstance(outcome, End):
            await self._again(0.0, None, counted=False)
        else:
            decision = self._retry.decide(outcome, self._job.attempt, random.random())
            logger.warning(
                "job_attempt_failed",
                extra={
                    "job_id": self._job.id,
                    "code": outcome.code,
                    "stage": outcome.stage,
                    "attempt": self._job.attempt,
                    "retry_in_s": decision and round(decision.delay_s, 1),
                    "facts": outcome.facts,
                },
            )
            error = JobError.of(outcome)
            if decision is None:
                self._given_up = True
                await self._finish(JobState.FAILED, error=error)
            else:
                await self._again(decision.delay_s, error, counted=True)

    async def _finish(
        self,
        state: JobState,
        *,
        error: JobError | None = None,
        stored: StoredAudio | None = None,
        progress: Progress | None = None,
    ) -> None:
        job = await self._jobs.finish(
            self._job.id,
            self._owner,
            state,
            error=error,
            stored_name=stored.name if stored else None,
            progress=progress or self._reporter.progress,
        )
        if job is not None:
            await self._broker.publish_event(ProgressEvent.of(job))

    async def _again(self, delay_s: float, error: JobError | None, *, counted: bool) -> None:
        not_before = datetime.now(UTC) + timedelta(seconds=delay_s)
        job = await self._jobs.retry(self._job.id, self._owner, not_before=not_before, error=error, counted=counted)
        if job is None:
            return
        await self._broker.publish_event(ProgressEvent.of(job))
        try:
            await self._broker.publish_job(self._job.id, delay_s=delay_s)
        except QueueUnavailable as failure:
            # The job waits in the database; the reaper publishes it when the queue is back.
            logger.warning("retry_not_published", extra={"job_id": self._job.id, "cause": str(failure)})


def new_owner(worker_id: str, job_id: JobId) -> str:
    """A name for one run: nobody else, and no other run of this worker, has it."""
    return f"{worker_id}/{job_id}/{random.getrandbits(48):012x}"
