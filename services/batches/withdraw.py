"""What a cancelled batch may stop: jobs under way that nobody else wants."""

from __future__ import annotations

from collections.abc import Iterable

from models.audio import AudioFormat, job_id
from models.batch import Batch, BatchRow
from models.ids import JobId
from services.downloads import DownloadService
from services.store.base import BatchStore, JobStore


class Withdrawal:
    """Stops a batch's queued and running jobs, but for those that another living batch or a single wish wants."""

    def __init__(self, *, batches: BatchStore, jobs: JobStore, downloads: DownloadService) -> None:
        self._batches = batches
        self._jobs = jobs
        self._downloads = downloads

    async def withdraw(self, batch: Batch, rows: Iterable[BatchRow]) -> None:
        """Stops what may be stopped; safe to repeat."""
        left = {job_id(row.track_id, batch.format) for row in rows}
        while left:
            # In this order: who wishes after a job was read has raised its count, and the job is left alone; who wished
            # before is a living batch by now (this one, too, if it was asked for anew), or the job says so.
            under_way = [job for job in await self._jobs.get_many(left) if not job.state.is_final]
            wanted = await self._wanted_by_the_living(batch.format)
            may_end = [job for job in under_way if job.id not in wanted and not job.wished_singly]
            left = {job.id for job in may_end if not await self._downloads.withdraw(job)}

    async def _wanted_by_the_living(self, audio_format: AudioFormat) -> set[JobId]:
        wanted: set[JobId] = set()
        for batch in await self._batches.living():
            if batch.format is audio_format:
                settled = {failure.track_id for failure in batch.failures}
                rows = await self._batches.rows(batch)
                wanted |= {job_id(row.track_id, audio_format) for row in rows if row.track_id not in settled}
        return wanted
