"""Jobs and events to test with."""

from __future__ import annotations

from datetime import UTC, datetime

from models.audio import AudioFormat, job_id, media_name
from models.ids import JobId, SpotifyId
from models.job import JobError, JobState, Progress, Stage
from models.progress import ProgressEvent

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def track(number: int) -> SpotifyId:
    """A track id of the right form."""
    return SpotifyId(f"{number:022d}")


def job(number: int) -> JobId:
    """The id of that track's m4a job."""
    return job_id(track(number), AudioFormat.M4A)


def event(
    number: int = 1, seq: int = 1, state: JobState = JobState.RUNNING, *, percent: float = 0.0, failed: bool = False
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
            message="Fetching – ünïcode",
        ),
        error=error,
        name=name,
        stored_name=name if state is JobState.DONE else None,
        ts=NOW,
    )
