"""A download job: states, allowed moves, progress, retries. One document of `jobs`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.audio import AudioFormat
from models.errors import MusicError
from models.ids import JobId, MediaName, SpotifyId


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    """Waiting for a worker, or for the delay of a retry."""
    RUNNING = "running"
    """A worker holds the lease."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens unless somebody asks again."""
        return self in _FINAL


_FINAL = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})

MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAILED, JobState.DONE}),
    # running → queued: a retry, a hand-back at shutdown, or a lease that ran out
    JobState.RUNNING: frozenset({JobState.QUEUED, JobState.DONE, JobState.FAILED, JobState.CANCELLED}),
    # asked for again: failed and cancelled jobs start over; a done one only when its file is gone
    JobState.DONE: frozenset({JobState.QUEUED}),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}


class Stage(StrEnum):
    """What a running job does."""

    RESOLVE = "resolve"
    """Metadata from Spotify."""
    SEARCH = "search"
    EXTRACT = "extract"
    FETCH = "fetch"
    VERIFY = "verify"
    TAG = "tag"
    STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job failed, or why its last attempt did."""

    code: str
    message: str
    retryable: bool
    stage: str | None = None
    retry_after_s: float | None = None

    @classmethod
    def of(cls, error: MusicError) -> JobError:
        """The part of an error that a client may see."""
        return cls(
            code=error.code,
            message=error.message,
            retryable=error.retryable,
            stage=error.stage,
            retry_after_s=error.retry_after_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is. Bytes are those of the audio as fetched; speed in bytes a second; times in seconds."""

    stage: Stage | None = None
    percent: float = 0.0
    """0..100 over the whole job."""
    bytes_done: int = 0
    bytes_total: int | None = None
    speed_bps: float | None = None
    eta_s: float | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One wish: this track in this format. `seq` grows with every change, over retries and repeated wishes too."""

    id: JobId
    track_id: SpotifyId
    format: AudioFormat
    name: MediaName
    """The file's name under `/media/`, known from the start."""
    state: JobState
    seq: int
    created_at: datetime
    updated_at: datetime
    progress: Progress = Progress()
    attempt: int = 0
    """Runs begun since the wish was last made."""
    not_before: datetime | None = None
    """A retry waits until then."""
    lease_owner: str | None = None
    """The run that holds the job; compare-and-set on it guards every write of a worker."""
    lease_until: datetime | None = None
    cancel_requested: bool = False
    error: JobError | None = None
    stored_name: MediaName | None = None
    """When done: the file that serves the wish (another track's when the recording is the same)."""
    title: str | None = None
    artists: tuple[str, ...] = ()
    requested_count: int = 1
    wished_singly: bool = True
    """Whether somebody wished for this track by itself since it was last queued anew: no batch's cancel stops it."""
    asked_by: str | None = None
    """Whose limit it counts for while it is queued or running, if anybody's (`services.limits.jobs`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    """Try again after `delay_s` seconds."""

    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When a failed run is tried again: a pure decision, so that it can be tested as a table.

    delay = min(max_delay_s, base_delay_s · 2^(attempt-1)) · (1 - jitter/2 + jitter · random), but never below what the
    upstream asked for. A demand longer than `max_delay_s` is not waited for: the job fails and says when to ask again.
    """

    max_attempts: int = 4
    base_delay_s: float = 2.0
    max_delay_s: float = 300.0
    jitter: float = 0.5

    def decide(self, error: MusicError, attempt: int, random: float) -> RetryDecision | None:
        """What follows on `error` in run number `attempt` (from 1); `random` is uniform in 0..1. `None`: give up."""
        if not error.retryable or attempt >= self.max_attempts:
            return None
        demanded_s = error.retry_after_s or 0.0
        if demanded_s > self.max_delay_s:
            return None
        backoff_s = min(self.max_delay_s, self.base_delay_s * 2 ** (attempt - 1))
        spread = 1 - self.jitter / 2 + self.jitter * random
        return RetryDecision(delay_s=max(demanded_s, backoff_s * spread))
