"""Tells how far a running job is: to listeners at most ten times a second, to the database about once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from models.errors import DatabaseUnavailable
from models.job import Job, Progress, Stage
from models.progress import ProgressEvent
from services.broker.base import Broker
from services.source.base import FetchState
from services.speed import SpeedMeter
from services.store.base import JobStore

logger = logging.getLogger(__name__)

TELL_EVERY_S = 0.1
WRITE_EVERY_S = 1.0

SPAN: dict[Stage, tuple[float, float]] = {
    Stage.RESOLVE: (0.0, 2.0),
    Stage.SEARCH: (2.0, 8.0),
    Stage.EXTRACT: (8.0, 18.0),
    Stage.FETCH: (18.0, 90.0),
    Stage.VERIFY: (90.0, 94.0),
    Stage.TAG: (94.0, 98.0),
    Stage.STORE: (98.0, 100.0),
}
"""Which part of the bar each stage fills, in percent."""

MESSAGES: dict[Stage, str] = {
    Stage.RESOLVE: "Reading the track's metadata",
    Stage.SEARCH: "Looking for the recording",
    Stage.EXTRACT: "Asking for the audio's address",
    Stage.FETCH: "Fetching the audio",
    Stage.VERIFY: "Checking that it is the right audio",
    Stage.TAG: "Writing tags",
    Stage.STORE: "Putting the file away",
}


StageOver = Callable[[str, float], None]
"""Told of each stage that is over, and of the seconds that it took."""


class JobReporter:
    """The progress of one run. The run calls the plain methods; `pump` sends, and belongs to the run's owner."""

    def __init__(
        self, job: Job, *, owner: str, jobs: JobStore, broker: Broker, stage_over: StageOver | None = None
    ) -> None:
        self._stage_over = stage_over
        self._stage_begun = time.monotonic()
        self._job = job
        self._owner = owner
        self._jobs = jobs
        self._broker = broker
        self._progress = replace(job.progress, stage=None, percent=0.0, bytes_done=0, bytes_total=None, message=None)
        self._seq = job.seq
        self._changed = asyncio.Event()
        self._speed = SpeedMeter(time.monotonic)
        self._title = job.title
        self._artists = job.artists

    @property
    def progress(self) -> Progress:
        """The present state."""
        return self._progress

    def describe(self, title: str, artists: tuple[str, ...]) -> None:
        """Names the track, once its metadata is known."""
        self._title, self._artists = title, artists
        self._changed.set()

    def stage(self, stage: Stage, message: str | None = None) -> None:
        """A stage begins."""
        if stage is not self._progress.stage:
            self.stage_over()
        percent = SPAN[stage][0]
        if stage is Stage.EXTRACT:
            # The next candidate after a failed one: the bar goes back to where it truly is.
            self._progress = replace(self._progress, bytes_done=0, bytes_total=None)
        self._progress = replace(
            self._progress,
            stage=stage,
            percent=percent,
            message=message or MESSAGES[stage],
            speed_bps=None,
            eta_s=None,
        )
        self._changed.set()

    def stage_over(self) -> None:
        """The present stage ends here, if there is one; the next begins."""
        now = time.monotonic()
        if self._stage_over is not None and self._progress.stage is not None:
            self._stage_over(self._progress.stage.value, now - self._stage_begun)
        self._stage_begun = now

    def fetched(self, state: FetchState) -> None:
        """Bytes have arrived."""
        self._speed.add(state.done)
        start, end = SPAN[Stage.FETCH]
        part = min(1.0, state.done / state.total) if state.total else 0.0
        self._progress = replace(
            self._progress,
            percent=start + (end - start) * part,
            bytes_done=state.done,
            bytes_total=state.total,
            speed_bps=self._speed.bytes_per_s(),
            eta_s=self._speed.seconds_left(state.total),
        )
        self._changed.set()

    async def pump(self) -> None:
        """Sends changes until cancelled."""
        written_at = 0.0
        written_stage: Stage | None = None
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._seq += 1
            progress = self._progress
            await self._broker.publish_event(self._event(progress))
            if progress.stage is not written_stage or time.monotonic() - written_at >= WRITE_EVERY_S:
                await self._write(progress)
                written_at, written_stage = time.monotonic(), progress.stage
            await asyncio.sleep(TELL_EVERY_S)

    async def settle(self) -> None:
        """Writes the last told `seq`, so that the job's final change gets a greater one."""
        await self._write(self._progress)

    async def _write(self, progress: Progress) -> None:
        try:
            job = await self._jobs.advance(
                self._job.id, self._owner, progress, seq=self._seq, title=self._title, artists=self._artists
            )
            if job is None:
                # The lease is lost, which its keeper finds out, or somebody else (a wish, a cancel) raised `seq`.
                present = await self._jobs.get(self._job.id)
                if present is not None and present.lease_owner == self._owner:
                    self._seq = max(self._seq, present.seq) + 1
                    await self._jobs.advance(
                        self._job.id, self._owner, progress, seq=self._seq, title=self._title, artists=self._artists
                    )
        except DatabaseUnavailable as error:
            logger.warning("progress_not_written", extra={"job_id": self._job.id, "cause": str(error)})

    def _event(self, progress: Progress) -> ProgressEvent:
        return ProgressEvent(
            job_id=self._job.id,
            track_id=self._job.track_id,
            seq=self._seq,
            state=self._job.state,
            progress=progress,
            error=None,
            name=self._job.name,
            stored_name=None,
            ts=datetime.now(UTC),
        )
