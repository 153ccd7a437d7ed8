"""How far a batch is: the tracks that have ended, and the sum of those under way."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.audio import StoredAudio
from models.batch import Batch, BatchFailure, BatchRow, TrackCounts
from models.errors import BatchFailed, JobCancelled
from models.ids import JobId, SpotifyId
from models.job import Job, JobError, JobState, Progress
from models.progress import ProgressEvent

ETA_FROM_PERCENT = 1.0
"""Before so much has been done under our eyes, no time left is guessed."""


@dataclass(slots=True)
class _UnderWay:
    row: BatchRow
    event: ProgressEvent
    since: int
    """The job's `seq` when it was asked for: what is older tells of an earlier wish."""
    dying: bool
    """A cancel of before our wish is about to end the job: then it is asked for again."""


class Tally:
    """Counts one batch. `known`: the files that are there already; `waiting`: tracks nobody has asked for yet."""

    def __init__(
        self,
        batch: Batch,
        rows: Sequence[BatchRow],
        known: Mapping[SpotifyId, StoredAudio],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._failures = {failure.position: failure for failure in batch.failures if failure.track_id not in known}
        settled = {failure.track_id for failure in self._failures.values()}
        self.waiting = deque(row for row in rows if row.track_id not in known and row.track_id not in settled)
        self._total = batch.tracks.total
        self._done = sum(row.track_id in known for row in rows)
        self._bytes_done = sum(audio.size_bytes for audio in known.values())
        self._under_way: dict[JobId, _UnderWay] = {}
        self._began = (clock(), self._percent())

    @property
    def under_way(self) -> tuple[JobId, ...]:
        """The jobs that are queued or running."""
        return tuple(self._under_way)

    @property
    def is_over(self) -> bool:
        """Whether every track has ended."""
        return not self.waiting and not self._under_way

    @property
    def failures(self) -> list[BatchFailure]:
        """By position."""
        return [self._failures[position] for position in sorted(self._failures)]

    def unsettled(self) -> list[BatchRow]:
        """The tracks that have not ended."""
        return [*(each.row for each in self._under_way.values()), *self.waiting]

    def has(self, audio: StoredAudio) -> None:
        """One more file was there already."""
        self._done += 1
        self._bytes_done += audio.size_bytes

    def begin(self, row: BatchRow, job: Job) -> None:
        """The row's job is queued or running."""
        self._under_way[job.id] = _UnderWay(row, ProgressEvent.of(job), job.seq, job.cancel_requested)

    def hear(self, event: ProgressEvent) -> BatchRow | None:
        """A job under way goes on, or ends; the row when it ended without a file (then call `fail`)."""
        each = self._under_way.get(event.job_id)
        if each is None:
            return None
        if not event.is_final:
            each.event = event
            return None
        del self._under_way[event.job_id]
        if event.state is JobState.DONE:
            self._done += 1
            self._bytes_done += event.progress.bytes_done
            return None
        if event.state is JobState.CANCELLED and each.dying:
            self.waiting.append(each.row)
            return None
        return each.row

    def is_stale(self, event: ProgressEvent) -> bool:
        """Whether the event was told before the job was asked for."""
        each = self._under_way.get(event.job_id)
        return each is not None and event.seq < each.since

    def put_back(self, job_id: JobId) -> None:
        """The job is gone: its track waits again."""
        each = self._under_way.pop(job_id, None)
        if each is not None:
            self.waiting.append(each.row)

    def fail(self, row: BatchRow, state: JobState, error: JobError | None, title: str | None) -> None:
        """The row gives no file."""
        if state is JobState.CANCELLED or error is None:
            code, message, retryable = JobCancelled.code, JobCancelled.default_message(), False
        else:
            code, message, retryable = error.code, error.message, error.retryable
        self._failures[row.positions[0]] = BatchFailure(
            position=row.positions[0],
            track_id=row.track_id,
            code=code,
            message=message,
            retryable=retryable,
            title=row.title or title,
        )

    def tracks(self, *, ended: bool = False) -> TrackCounts:
        """The tracks by state; what has not ended counts as cancelled when the batch has."""
        cancelled = sum(failure.is_cancelled for failure in self._failures.values())
        running = sum(each.event.state is JobState.RUNNING for each in self._under_way.values())
        queued = len(self._under_way) - running + len(self.waiting)
        return TrackCounts(
            total=self._total,
            done=self._done,
            failed=len(self._failures) - cancelled,
            cancelled=cancelled + (running + queued if ended else 0),
            running=0 if ended else running,
            queued=0 if ended else queued,
        )

    def progress(self, message: str | None = None) -> Progress:
        """The sum: percent over all tracks; bytes and speed of those that have some."""
        running = [each.event.progress for each in self._under_way.values()]
        totals = [progress.bytes_total for progress in running]
        bytes_total = None
        if not self.waiting and None not in totals:
            bytes_total = self._bytes_done + sum(total or 0 for total in totals)
        speeds = [progress.speed_bps for progress in running if progress.speed_bps is not None]
        percent = self._percent()
        return Progress(
            percent=percent,
            bytes_done=self._bytes_done + sum(progress.bytes_done for progress in running),
            bytes_total=bytes_total,
            speed_bps=sum(speeds) if speeds else None,
            eta_s=self._eta_s(percent),
            message=message or f"{self._done} of {self._total} tracks are there",
        )

    def outcome(self) -> tuple[JobState, JobError | None]:
        """How a batch that is over ended: failed only if there is not one file."""
        if self._done:
            return JobState.DONE, None
        failures = self._failures.values()
        if all(failure.is_cancelled for failure in failures):
            return JobState.CANCELLED, None
        return JobState.FAILED, JobError(
            code=BatchFailed.code,
            message=BatchFailed.default_message(),
            retryable=any(failure.retryable for failure in failures),
        )

    def _percent(self) -> float:
        settled = self._done + len(self._failures)
        part = sum(each.event.progress.percent for each in self._under_way.values()) / 100
        return 100 * (settled + part) / self._total

    def _eta_s(self, percent: float) -> float | None:
        began_at, began_percent = self._began
        made = percent - began_percent
        if self.is_over:
            return 0.0
        return (100 - percent) * (self._clock() - began_at) / made if made >= ETA_FROM_PERCENT else None
