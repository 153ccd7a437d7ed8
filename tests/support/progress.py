"""Jobs and events to test with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models.audio import AudioFormat, job_id, media_name
from models.ids import JobId, SpotifyId
from models.job import Job, JobError, JobState, Progress, Stage
from models.progress import ProgressEvent
from services.broker.base import Broker
from services.store.base import JobStore

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def track(number: int) -> SpotifyId:
    """A track id of the right form."""
    return SpotifyId(f"{number:022d}")


def job(number: int) -> JobId:
    """The id of that track's m4a job."""
    return job_id(track(number), AudioFormat.M4A)


def event(
    number: int = 1,
    seq: int = 1,
    state: JobState = JobState.RUNNING,
    *,
    percent: float = 0.0,
    failed: bool = False,
    message: str = "Fetching – ünïcode",
) -> ProgressEvent:
    """An event of job `number`."""
    name = media_name(track(number), AudioFormat.M4A)
    error = JobError(code="no_match", message="None.", retryable=False, stage="search") if failed else None
    return ProgressEvent(
        job_id=job(number),
        track_id=track(number),
        seq=seq,
        state=JobState.FAILED if failed else state,
        progress=Progress(
            stage=Stage.FETCH,
            percent=percent,
            bytes_done=1000,
            bytes_total=4000,
            speed_bps=250.5,
            eta_s=12.0,
            message=message,
        ),
        error=error,
        name=name,
        stored_name=name if state is JobState.DONE else None,
        ts=NOW,
    )


class Run:
    """A worker's side of one job: real moves in the store, told through a real broker."""

    def __init__(self, jobs: JobStore, broker: Broker, number: int) -> None:
        self.id = job(number)
        self._number = number
        self._jobs = jobs
        self._broker = broker
        self._owner = f"worker-{number}"
        self.job: Job | None = None

    async def queue(self) -> Job:
        """Somebody asks for it."""
        name = media_name(track(self._number), AudioFormat.M4A)
        wish = Job(
            id=self.id,
            track_id=track(self._number),
            format=AudioFormat.M4A,
            name=name,
            state=JobState.QUEUED,
            seq=1,
            created_at=NOW,
            updated_at=NOW,
        )
        self.job, _ = await self._jobs.ask(wish)
        return self.job

    async def begin(self) -> Job:
        """Asked for, and claimed."""
        await self.queue()
        now = datetime.now(UTC)
        self.job = await self._jobs.claim(self.id, self._owner, now + timedelta(minutes=5), now)
        return await self._tell()

    async def advance(self, percent: float, *, tell: bool = True) -> Job:
        """A step further."""
        assert self.job is not None
        progress = Progress(stage=Stage.FETCH, percent=percent, bytes_done=round(percent), bytes_total=100)
        self.job = await self._jobs.advance(
            self.id, self._owner, progress, seq=self.job.seq + 1, title="A title", artists=("Somebody",)
        )
        return await self._tell() if tell else self._held()

    async def finish(self, state: JobState = JobState.DONE, *, tell: bool = True) -> Job:
        """The end."""
        held = self._held()
        error = JobError(code="no_match", message="None.", retryable=False, stage="search")
        self.job = await self._jobs.finish(
            self.id,
            self._owner,
            state,
            error=error if state is JobState.FAILED else None,
            stored_name=held.name if state is JobState.DONE else None,
        )
        return await self._tell() if tell else self._held()

    def _held(self) -> Job:
        assert self.job is not None, "the move was refused"
        return self.job

    async def _tell(self) -> Job:
        held = self._held()
        await self._broker.publish_event(ProgressEvent.of(held))
        return held
