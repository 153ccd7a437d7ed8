"""The moves of a job, as pure functions: the job after the move, or `None` when it may not be made.

Each raises `seq`, and keeps to `models.job.MOVES`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from models.ids import MediaName
from models.job import MOVES, Job, JobError, JobState, Progress

STARTED_OVER = frozenset({JobState.FAILED, JobState.CANCELLED})
"""Asked for again, such a job is queued anew."""
SEQ_LEFT_BY_THE_DEAD = 1000
"""A worker tells more changes than it writes; after its death `seq` goes on beyond what it may have told."""


def start_over(job: Job, now: datetime, *, singly: bool = True, asked_by: str | None = None) -> Job | None:
    """A failed or cancelled job is wished for again."""
    if job.state not in STARTED_OVER:
        return None
    return _queued_anew(job, now, requested_count=job.requested_count + 1, wished_singly=singly, asked_by=asked_by)


def requeue(job: Job, now: datetime, *, singly: bool = True, asked_by: str | None = None) -> Job | None:
    """A done job's file is gone."""
    if job.state is not JobState.DONE:
        return None
    return _queued_anew(job, now, wished_singly=singly, asked_by=asked_by)


def claim(job: Job, owner: str, lease_until: datetime, now: datetime) -> Job | None:
    """A run begins: of a queued job that is due, or of one whose last run let its lease run out."""
    if job.state is JobState.QUEUED:
        may_run = job.not_before is None or job.not_before <= now
    else:
        may_run = job.state is JobState.RUNNING and (job.lease_until is None or job.lease_until <= now)
    if not may_run:
        return None
    if job.state is JobState.RUNNING:
        job = replace(job, seq=job.seq + SEQ_LEFT_BY_THE_DEAD)
    return _moved(
        job,
        JobState.RUNNING,
        now,
        attempt=job.attempt + 1,
        lease_owner=owner,
        lease_until=lease_until,
        not_before=None,
        progress=Progress(),
    )


def advance(
    job: Job, owner: str, progress: Progress, now: datetime, seq: int, title: str | None, artists: tuple[str, ...]
) -> Job | None:
    """The run reports; a title or artists not known yet leave those that are."""
    if not _held(job, owner):
        return None
    return replace(
        job,
        progress=progress,
        # The worker counts its own messages; others (a wish, a cancel) may have raised the number meanwhile.
        seq=max(seq, job.seq + 1),
        updated_at=now,
        title=title or job.title,
        artists=artists or job.artists,
    )


def finish(
    job: Job,
    owner: str,
    state: JobState,
    now: datetime,
    error: JobError | None,
    stored_name: MediaName | None,
    progress: Progress | None,
) -> Job | None:
    """The run ends the job; raises `ValueError` when `state` is not a final one."""
    if not state.is_final:
        raise ValueError(f"{state} ends no job")
    if not _held(job, owner):
        return None
    return _freed(job, state, now, error=error, stored_name=stored_name, progress=progress or job.progress)


def retry(
    job: Job, owner: str, not_before: datetime, now: datetime, error: JobError | None, counted: bool
) -> Job | None:
    """The run gives the job back, to be run later; or lets it end, if it was to be cancelled."""
    if not _held(job, owner):
        return None
    if job.cancel_requested:
        return _freed(job, JobState.CANCELLED, now, error=error)
    attempt = job.attempt if counted else job.attempt - 1
    return _freed(job, JobState.QUEUED, now, error=error, not_before=not_before, attempt=attempt, progress=Progress())


def free(job: Job, now: datetime) -> Job | None:
    """The lease ran out, so its worker has died: the job waits for another, or ends if it was to be cancelled."""
    if job.state is not JobState.RUNNING or (job.lease_until is not None and job.lease_until > now):
        return None
    job = replace(job, seq=job.seq + SEQ_LEFT_BY_THE_DEAD)
    if job.cancel_requested:
        return _freed(job, JobState.CANCELLED, now)
    return _freed(job, JobState.QUEUED, now, progress=Progress())


def withdraw(job: Job, now: datetime, requested_count: int) -> Job | None:
    """No batch wants it any more: a cancel, unless somebody wished for it by itself, or at all since it was counted."""
    return None if job.wished_singly or job.requested_count != requested_count else cancel(job, now)


def cancel(job: Job, now: datetime) -> Job | None:
    """Somebody wants it no more; `None` also when that is known, or the job has ended."""
    if job.state is JobState.QUEUED:
        return _freed(job, JobState.CANCELLED, now)
    if job.state is JobState.RUNNING and not job.cancel_requested:
        return replace(job, cancel_requested=True, seq=job.seq + 1, updated_at=now)
    return None


def _held(job: Job, owner: str) -> bool:
    return job.state is JobState.RUNNING and job.lease_owner == owner


def _queued_anew(job: Job, now: datetime, **changes: Any) -> Job:
    return _freed(
        job,
        JobState.QUEUED,
        now,
        attempt=0,
        error=None,
        cancel_requested=False,
        stored_name=None,
        progress=Progress(),
        **changes,
    )


def _freed(job: Job, state: JobState, now: datetime, **changes: Any) -> Job:
    free = {"lease_owner": None, "lease_until": None, "not_before": None}
    return _moved(job, state, now, **(free | changes))


def _moved(job: Job, state: JobState, now: datetime, **changes: Any) -> Job:
    if state is not job.state and state not in MOVES[job.state]:
        raise ValueError(f"{job.state} → {state} is no move of a job")
    if state.is_final:
        # It counts for nobody any more.
        changes["asked_by"] = None
    return replace(job, state=state, seq=job.seq + 1, updated_at=now, **changes)
