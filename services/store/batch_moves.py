"""The moves of a batch, as pure functions: the batch after the move, or `None` when it may not be made.

Each raises `seq`, but for `release`, which nobody needs to hear of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from models.batch import Batch, BatchFailure, TrackCounts
from models.ids import JobId
from models.job import JobError, JobState, Progress


def is_over(batch: Batch) -> bool:
    """Whether a new wish for it starts it over."""
    return batch.state.is_final or batch.cancel_requested


def start_over(batch: Batch, asked: Batch, now: datetime) -> Batch | None:
    """A batch that has ended, or is about to be cancelled, is wished for again: as `asked`, the numbers going on."""
    if not is_over(batch):
        return None
    return replace(
        asked,
        seq=batch.seq + 1,
        created_at=batch.created_at,
        updated_at=now,
        requested_count=batch.requested_count + 1,
    )


def claim(batch: Batch, owner: str, lease_until: datetime, now: datetime) -> Batch | None:
    """Somebody begins to feed it, or goes on after one whose lease ran out."""
    if batch.state.is_final or (batch.lease_until is not None and batch.lease_until > now):
        return None
    return _changed(batch, now, state=JobState.RUNNING, lease_owner=owner, lease_until=lease_until)


def advance(
    batch: Batch,
    owner: str,
    lease_until: datetime,
    now: datetime,
    tracks: TrackCounts,
    progress: Progress,
    failures: Sequence[BatchFailure],
    under_way: Sequence[JobId],
) -> Batch | None:
    """The feed reports, and keeps its lease."""
    if not _held(batch, owner):
        return None
    return _changed(
        batch,
        now,
        lease_until=lease_until,
        tracks=tracks,
        progress=progress,
        failures=tuple(failures),
        under_way=tuple(under_way),
    )


def finish(
    batch: Batch,
    owner: str,
    state: JobState,
    now: datetime,
    tracks: TrackCounts,
    progress: Progress,
    failures: Sequence[BatchFailure],
    error: JobError | None,
) -> Batch | None:
    """The feed ends it; raises `ValueError` when `state` is not a final one."""
    if not state.is_final:
        raise ValueError(f"{state} ends no batch")
    if not _held(batch, owner):
        return None
    ended: dict[str, Any] = {"tracks": tracks, "progress": progress, "failures": tuple(failures), "error": error}
    return _changed(batch, now, state=state, lease_owner=None, lease_until=None, under_way=(), **ended)


def release(batch: Batch, owner: str) -> Batch | None:
    """The feed stops; another may go on at once."""
    return replace(batch, lease_owner=None, lease_until=None) if _held(batch, owner) else None


def cancel(batch: Batch, now: datetime) -> Batch | None:
    """Somebody wants it no more; `None` also when that is known, or it has ended."""
    if batch.state.is_final or batch.cancel_requested:
        return None
    return _changed(batch, now, cancel_requested=True)


def _held(batch: Batch, owner: str) -> bool:
    return batch.state is JobState.RUNNING and batch.lease_owner == owner


def _changed(batch: Batch, now: datetime, **changes: Any) -> Batch:
    return replace(batch, seq=batch.seq + 1, updated_at=now, **changes)
