"""Wishes for audio: known files at once, everything else as a job that any number of callers share."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from models.audio import AudioFormat, StoredAudio, job_id, media_name
from models.caller import Caller
from models.errors import JobCancelled, JobNotFound, MusicError, QueueUnavailable, error_from_code
from models.ids import JobId, MediaName, SpotifyId
from models.job import Job, JobState
from models.match import Corrections
from models.progress import ProgressEvent
from services.broker.base import Broker
from services.library import AudioLibrary
from services.limits.jobs import JobLimit
from services.store.base import JobStore

logger = logging.getLogger(__name__)

KNOWN_AT_MOST = 4096
KNOWN_FOR_S = 2.0
"""A known file is looked at again on the disk after this long: people delete files by hand."""
FAILURE_REMEMBERED_S = 60.0
"""A terminal failure is answered again this long without another search; then a new wish starts a new job."""


class JobWaiter(Protocol):
    """Waits for a job's end, wherever it runs."""

    async def wait(self, job_id: JobId, timeout_s: float) -> Job:
        """The job, final or as it is when the time is over; raises `JobNotFound`."""
        ...


class CorrectionReader(Protocol):
    """Tells what people have said about a track's videos."""

    async def corrections(self, track_id: SpotifyId) -> Corrections:
        """The corrections, with the moment of the last one."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """The file is there."""

    audio: StoredAudio
    job: Job
    bodies: dict[str, bytes] = field(default_factory=dict)
    """Answers that a caller has made of it, by what else they depend on; they go with it after a moment."""


@dataclass(frozen=True, slots=True)
class _Known:
    ready: Ready
    until: float


class DownloadService:
    """Makes wishes, waits for them, cancels them.

    `matches`: a failure is not answered again once somebody has corrected the track; `None`: nobody ever does.
    `limit`: how many jobs one caller may have under way; `None`: any number.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        library: AudioLibrary,
        broker: Broker,
        waiter: JobWaiter,
        matches: CorrectionReader | None = None,
        limit: JobLimit | None = None,
    ) -> None:
        self._jobs = jobs
        self._library = library
        self._broker = broker
        self._waiter = waiter
        self._matches = matches
        self._limit = limit or JobLimit(jobs=jobs, max_jobs=0, anonymize=False)
        self._known: OrderedDict[JobId, _Known] = OrderedDict()

    async def track(
        self, track_id: SpotifyId, audio_format: AudioFormat, wait_s: float, *, caller: Caller | None = None
    ) -> Ready | Job:
        """The file, waited for at most `wait_s` seconds, else the job as it then is.

        Safe to repeat: the same wish is the same job. Raises what the job failed with, and `TooManyJobs` when it would
        be one more than `caller` may have under way.
        """
        wish = job_id(track_id, audio_format)
        known = self._known.get(wish)
        if known is not None and known.until > time.monotonic():
            return known.ready
        end = time.monotonic() + wait_s
        while True:
            job = await self._jobs.get(wish)
            if job is not None and (ready := await self._ready(job)) is not None:
                return ready
            job = await self._wish(job, track_id, audio_format, singly=True, asked_by=self._limit.label(caller))
            ending = job.cancel_requested
            left_s = end - time.monotonic()
            if not job.state.is_final and left_s > 0:
                job = await self._waiter.wait(job.id, left_s)
            if ending and (job.state is JobState.CANCELLED or (not job.state.is_final and time.monotonic() < end)):
                # Somebody had stopped it before this wish was made: that is no answer to it. It is made anew.
                continue
            outcome = await self._result(job)
            # Done, and the file is gone again: somebody has corrected the track meanwhile.
            if isinstance(outcome, Ready) or job.state is not JobState.DONE or time.monotonic() >= end:
                return outcome

    async def for_batch(
        self, track_id: SpotifyId, audio_format: AudioFormat, *, asked_by: str | None = None
    ) -> Ready | Job:
        """The file if it is there, else the job that a batch wishes for: also one that has failed a moment ago.

        Raises `TooManyJobs` as long as `asked_by` has too many under way.
        """
        job = await self._jobs.get(job_id(track_id, audio_format))
        if job is not None and (ready := await self._ready(job)) is not None:
            return ready
        return await self._wish(job, track_id, audio_format, singly=False, asked_by=asked_by)

    async def get(self, wish: JobId) -> Job:
        """The job now; raises `JobNotFound`."""
        job = await self._jobs.get(wish)
        if job is None:
            raise JobNotFound
        return job

    async def cancel(self, wish: JobId) -> Job:
        """Stops the job for everybody who waits for it; a final one is left as it is. Raises `JobNotFound`."""
        job = await self._jobs.cancel(wish)
        if job is None:
            raise JobNotFound
        await self._broker.publish_event(ProgressEvent.of(job))
        return job

    async def withdraw(self, seen: Job) -> bool:
        """Stops a job that only batches wished for, and nobody since it was seen so; whether it ends now.

        One that has ended is left as it is.
        """
        job = await self._jobs.withdraw(seen.id, seen.requested_count)
        if job is None or not (job.cancel_requested or job.state.is_final):
            return False
        await self._broker.publish_event(ProgressEvent.of(job))
        return True

    async def is_under_way(self, name: MediaName) -> bool:
        """Whether a job for the file of this name is queued or running."""
        stem, _, extension = name.partition(".")
        job = await self._jobs.get(JobId(f"{stem}-{extension}"))
        return job is not None and not job.state.is_final

    def forget(self, wish: JobId) -> None:
        """Looks at the database again for this wish."""
        self._known.pop(wish, None)

    async def _wish(
        self,
        job: Job | None,
        track_id: SpotifyId,
        audio_format: AudioFormat,
        *,
        singly: bool,
        asked_by: str | None,
    ) -> Job:
        if job is not None and job.state is JobState.FAILED and await self._still_holds(job):
            return job
        if job is not None and job.state in {JobState.QUEUED, JobState.RUNNING}:
            # Whoever joins a job makes no new one.
            return await self._queue(job, track_id, audio_format, singly=singly, asked_by=None)
        async with self._limit.place(asked_by, singly=singly):
            return await self._queue(job, track_id, audio_format, singly=singly, asked_by=asked_by)

    async def _queue(
        self,
        job: Job | None,
        track_id: SpotifyId,
        audio_format: AudioFormat,
        *,
        singly: bool,
        asked_by: str | None,
    ) -> Job:
        if job is not None and job.state is JobState.DONE:
            # Done, and its file is gone: the wish is made anew.
            requeued = await self._jobs.requeue(job.id, singly=singly, asked_by=asked_by)
            if requeued is not None:
                await self._publish(requeued)
                return requeued
        now = datetime.now(UTC)
        wanted = Job(
            id=job_id(track_id, audio_format),
            track_id=track_id,
            format=audio_format,
            name=media_name(track_id, audio_format),
            state=JobState.QUEUED,
            seq=1,
            created_at=now,
            updated_at=now,
            wished_singly=singly,
            asked_by=asked_by,
        )
        job, queued = await self._jobs.ask(wanted)
        if queued:
            await self._publish(job)
        return job

    async def _still_holds(self, job: Job) -> bool:
        """Whether a failure is answered again as it is: a fresh terminal one, or one that says when to come back."""
        error = job.error
        if error is None:
            return False
        age_s = (datetime.now(UTC) - job.updated_at).total_seconds()
        if error.retry_after_s is not None:
            return age_s < error.retry_after_s
        if error.retryable or age_s >= FAILURE_REMEMBERED_S:
            return False
        if self._matches is None:
            return True
        corrected_at = (await self._matches.corrections(job.track_id)).updated_at
        return corrected_at is None or corrected_at <= job.updated_at

    async def _publish(self, job: Job) -> None:
        try:
            await self._broker.publish_job(job.id)
        except QueueUnavailable as error:
            # The wish stands in the database, and the reaper publishes it once the queue is back.
            logger.warning("job_not_published", extra={"job_id": job.id, "cause": str(error)})

    async def _result(self, job: Job) -> Ready | Job:
        if job.state is JobState.DONE:
            ready = await self._ready(job)
            return ready if ready is not None else job
        if job.state is JobState.FAILED:
            raise _failure(job)
        if job.state is JobState.CANCELLED:
            raise JobCancelled
        return job

    async def _ready(self, job: Job) -> Ready | None:
        if job.state is not JobState.DONE:
            return None
        audio = await self._library.by_track(job.track_id, job.format)
        if audio is None:
            return None
        ready = Ready(audio, job)
        self._known[job.id] = _Known(ready, time.monotonic() + KNOWN_FOR_S)
        self._known.move_to_end(job.id)
        if len(self._known) > KNOWN_AT_MOST:
            self._known.popitem(last=False)
        return ready


def _failure(job: Job) -> MusicError:
    error = job.error
    if error is None:
        return error_from_code("internal_error", "The download failed.")
    retry_after_s = error.retry_after_s
    if retry_after_s is not None:
        age_s = (datetime.now(UTC) - job.updated_at).total_seconds()
        retry_after_s = max(1.0, retry_after_s - age_s)
    return error_from_code(
        error.code, error.message, retry_after_s=retry_after_s, stage=error.stage, retryable=error.retryable
    )
