"""What a listener of a download hears: one message shape for WebSocket, server-sent events and plain GET."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from models.batch import Batch, TrackCounts
from models.ids import JobId, MediaName, SpotifyId
from models.job import Job, JobError, JobState, Progress


class MessageType(StrEnum):
    """The kinds of frame."""

    SNAPSHOT = "snapshot"
    PROGRESS = "progress"
    END = "end"
    PING = "ping"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressEvent:
    """A job's or a batch's state at one moment, as sent from where it runs to every web process."""

    job_id: JobId
    track_id: SpotifyId | None
    """`None` for a batch."""
    seq: int
    state: JobState
    progress: Progress
    error: JobError | None
    name: MediaName | None
    stored_name: MediaName | None
    ts: datetime
    tracks: TrackCounts | None = None
    """Of a batch."""
    under_way: tuple[JobId, ...] = ()
    """Of a batch: the jobs it has queued or running."""

    @classmethod
    def of(cls, job: Job | Batch) -> ProgressEvent:
        """The present state of a job, or of a batch: its tracks' progress in sum."""
        if isinstance(job, Batch):
            return cls._of_batch(job)
        return cls(
            job_id=job.id,
            track_id=job.track_id,
            seq=job.seq,
            state=job.state,
            progress=job.progress,
            error=job.error,
            name=job.name,
            stored_name=job.stored_name,
            ts=job.updated_at,
        )

    @classmethod
    def _of_batch(cls, batch: Batch) -> ProgressEvent:
        return cls(
            job_id=batch.id,
            track_id=None,
            seq=batch.seq,
            state=batch.state,
            progress=batch.progress,
            error=batch.error,
            name=None,
            stored_name=None,
            ts=batch.updated_at,
            tracks=batch.tracks,
            under_way=batch.under_way,
        )

    @property
    def is_final(self) -> bool:
        """Whether the job ended with this."""
        return self.state.is_final

    def body(self, kind: MessageType, download_cdn: str | None) -> dict[str, Any]:
        """The message's JSON object; `download_cdn` is the finished file's address, known to the web process only."""
        progress = self.progress
        error = None
        if self.error is not None:
            error = {
                "code": self.error.code,
                "message": self.error.message,
                "retryable": self.error.retryable,
                "retry_after": self.error.retry_after_s,
                "stage": self.error.stage,
            }
        body: dict[str, Any] = {
            "type": kind.value,
            "job_id": self.job_id,
            "track_id": self.track_id,
            "seq": self.seq,
            "state": self.state.value,
            "stage": progress.stage.value if progress.stage else None,
            "percent": round(progress.percent, 1),
            "bytes_done": progress.bytes_done,
            "bytes_total": progress.bytes_total,
            "speed_bps": None if progress.speed_bps is None else round(progress.speed_bps),
            "eta_s": None if progress.eta_s is None else round(progress.eta_s, 1),
            "message": progress.message,
            "error": error,
            "download_cdn": download_cdn,
            "ts": self.ts.isoformat(timespec="milliseconds"),
        }
        if self.tracks is not None:
            body |= {"tracks": asdict(self.tracks), "under_way": list(self.under_way)}
        return body
