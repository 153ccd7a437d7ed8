"""One lease on one batch: its tracks are asked for, a window at a time, until all have ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from models.batch import Batch, BatchFailure, TrackCounts
from models.errors import TooManyJobs
from models.job import Job, JobError, JobState, Progress
from models.progress import ProgressEvent
from services.batches.tally import Tally
from services.batches.withdraw import Withdrawal
from services.broker.base import Broker
from services.downloads import DownloadService, Ready
from services.library import AudioLibrary
from services.progress import ProgressHub, Subscription
from services.store.base import BatchStore

logger = logging.getLogger(__name__)

REPORT_EVERY_S = 0.5
"""How often the batch is written, told to listeners, and looked at for a cancel: that must work within a second."""


class BatchFeed:
    """Feeds a claimed batch. What it knows it learns anew at each start, so that it may die at any point."""

    def __init__(
        self,
        batch: Batch,
        owner: str,
        *,
        batches: BatchStore,
        library: AudioLibrary,
        downloads: DownloadService,
        withdrawal: Withdrawal,
        hub: ProgressHub,
        broker: Broker,
        window: int,
        lease_s: float,
    ) -> None:
        self._batch = batch
        self._owner = owner
        self._batches = batches
        self._library = library
        self._downloads = downloads
        self._withdrawal = withdrawal
        self._hub = hub
        self._broker = broker
        self._window = window
        self._lease_s = lease_s

    async def run(self) -> None:
        """Returns when the batch has ended, or when the lease is lost.

        Raises `DatabaseUnavailable` and `ServerStopping`: the next feed goes on.
        """
        batch = self._batch
        rows = await self._batches.rows(batch)
        known = await self._library.by_tracks([row.track_id for row in rows], batch.format)
        tally = Tally(batch, rows, known)
        with self._hub.subscribe() as news:
            await self._feed(tally, news)

    async def _feed(self, tally: Tally, news: Subscription) -> None:
        report_at = 0.0
        while True:
            if self._batch.cancel_requested:
                await self._cancel(tally)
                return
            await self._fill(tally, news)
            if tally.is_over:
                await self._finish(tally)
                return
            if time.monotonic() >= report_at:
                if not await self._report(tally):
                    return
                report_at = time.monotonic() + REPORT_EVERY_S
            await self._hear(tally, news, max(0.0, report_at - time.monotonic()))

    async def _fill(self, tally: Tally, news: Subscription) -> None:
        """Asks for tracks until the window is full; at most a window of them, for the lease wants to be kept."""
        for _ in range(self._window):
            if not tally.waiting or len(tally.under_way) >= self._window:
                return
            row = tally.waiting[0]
            try:
                outcome = await self._downloads.for_batch(
                    row.track_id, self._batch.format, asked_by=self._batch.asked_by
                )
            except TooManyJobs:
                # It waits for its turn: asked again when something has changed, or is to be reported.
                return
            if isinstance(outcome, Job) and outcome.state in {JobState.DONE, JobState.CANCELLED}:
                # It ended while it was asked for; asked once more, its file is there, or it starts over.
                continue
            tally.waiting.popleft()
            if isinstance(outcome, Ready):
                tally.has(outcome.audio)
            elif outcome.state is JobState.FAILED:
                tally.fail(row, outcome.state, outcome.error, outcome.title)
            else:
                tally.begin(row, outcome)
                await news.add(outcome.id)

    async def _hear(self, tally: Tally, news: Subscription, timeout_s: float) -> None:
        update = await news.next(timeout_s)
        if update is None:
            return
        if update.event is None:
            # Somebody has removed the job from the database: it is asked for again.
            tally.put_back(update.job_id)
            return
        if tally.is_stale(update.event):
            news.drop(update.job_id)
            await news.add(update.job_id)
            return
        if update.event.state is JobState.CANCELLED and await self._is_cancelled():
            return
        row = tally.hear(update.event)
        if row is not None:
            job = await self._downloads.get(update.job_id)
            tally.fail(row, update.event.state, update.event.error, job.title)

    async def _is_cancelled(self) -> bool:
        """Whether it is the whole batch that was cancelled; then no more tracks are asked for."""
        self._batch = await self._batches.get(self._batch.id) or self._batch
        return self._batch.cancel_requested

    async def _report(self, tally: Tally) -> bool:
        """Writes and tells how far it is; whether the lease is still held."""
        batch = await self._batches.advance(
            self._batch.id,
            self._owner,
            datetime.now(UTC) + timedelta(seconds=self._lease_s),
            tracks=tally.tracks(),
            progress=tally.progress(),
            failures=tally.failures,
            under_way=tally.under_way,
        )
        if batch is None:
            logger.warning("batch_lease_lost", extra={"batch_id": self._batch.id, "owner": self._owner})
            return False
        self._batch = batch
        await self._broker.publish_event(ProgressEvent.of(batch))
        return True

    async def _cancel(self, tally: Tally) -> None:
        await self._withdrawal.withdraw(self._batch, tally.unsettled())
        await self._end(
            JobState.CANCELLED,
            None,
            tracks=tally.tracks(ended=True),
            progress=replace(tally.progress("Cancelled"), speed_bps=None, eta_s=None),
            failures=tally.failures,
        )

    async def _finish(self, tally: Tally) -> None:
        state, error = tally.outcome()
        await self._end(state, error, tracks=tally.tracks(), progress=tally.progress(), failures=tally.failures)

    async def _end(
        self,
        state: JobState,
        error: JobError | None,
        *,
        tracks: TrackCounts,
        progress: Progress,
        failures: Sequence[BatchFailure],
    ) -> None:
        batch = await self._batches.finish(
            self._batch.id,
            self._owner,
            state,
            tracks=tracks,
            progress=progress,
            failures=failures,
            error=error,
        )
        if batch is not None:
            logger.info("batch_ended", extra={"batch_id": batch.id, "state": state.value, "tracks": asdict(tracks)})
            await self._broker.publish_event(ProgressEvent.of(batch))
