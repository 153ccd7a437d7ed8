"""A batch: one wish for many tracks. One document of `batches`; its rows, which never change, lie in `batch_rows`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.audio import AudioFormat
from models.errors import JobCancelled
from models.ids import DurationMs, JobId, SpotifyId
from models.job import JobError, JobState, Progress

PREFIX = "batch-"


class BatchKind(StrEnum):
    """What was asked for."""

    TRACK = "track"
    ALBUM = "album"
    PLAYLIST = "playlist"
    TRACKS = "tracks"
    """A list of track ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSource:
    """Where the list came from; a list of ids has neither id nor name."""

    kind: BatchKind
    id: SpotifyId | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One track of a batch, however often the list names it."""

    track_id: SpotifyId
    positions: tuple[int, ...]
    """Where the list names it, from 0, ascending; never empty."""
    title: str | None = None
    """`None` when the list gave ids alone."""
    artists: tuple[str, ...] = ()
    duration_ms: DurationMs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFailure:
    """A place of the list that gives no file, and why."""

    position: int
    """From 0; of a track named several times, the first."""
    track_id: SpotifyId | None
    """`None` for a row that is no track of Spotify's (any more)."""
    code: str
    message: str
    retryable: bool
    reason: str | None = None
    """Of a row that cannot be played: `removed`, `local_file`, `episode`, `unplayable` or `malformed`."""
    title: str | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the track's job was cancelled, by itself or with the batch."""
        return self.code == JobCancelled.code


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackCounts:
    """A batch's tracks by state; the states add up to `total`. Rows that cannot be played count as failed."""

    total: int
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    running: int = 0
    queued: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A wish for many tracks in one format. `seq` grows with every change, over repeated wishes too."""

    id: JobId
    source: BatchSource
    format: AudioFormat
    row_count: int
    """Distinct tracks."""
    complete: bool
    """Whether the list could be read in full."""
    state: JobState
    seq: int
    created_at: datetime
    updated_at: datetime
    tracks: TrackCounts
    progress: Progress = field(default_factory=Progress)
    under_way: tuple[JobId, ...] = ()
    """The jobs that it has queued or running: a window of its tracks, which a listener may follow one by one."""
    failures: tuple[BatchFailure, ...] = ()
    """By position. Those whose `reason` is set are known from the start."""
    lease_owner: str | None = None
    """The feed that asks for the tracks; compare-and-set on it guards its writes."""
    lease_until: datetime | None = None
    cancel_requested: bool = False
    error: JobError | None = None
    """When failed."""
    requested_count: int = 1
    asked_by: str | None = None
    """Whose limit its jobs count for, if anybody's."""


def batch_id(source: BatchSource, audio_format: AudioFormat, rows: Iterable[BatchRow]) -> JobId:
    """The id of the one batch for this wish: the same list of the same source in the same format."""
    digest = hashlib.blake2b(f"{audio_format.value} {source.kind.value} {source.id}".encode(), digest_size=16)
    for row in rows:
        digest.update(f"\n{row.track_id} {row.positions}".encode())
    return JobId(PREFIX + digest.hexdigest())


def is_batch_id(job_id: str) -> bool:
    """Whether the id is a batch's, not a track's."""
    return job_id.startswith(PREFIX)
