"""Fetches files back from the bucket onto the disk, each once however many ask."""

from __future__ import annotations

import logging
from pathlib import Path

from models.audio import StoredAudio
from models.errors import BucketFileMissing, DiskFull, StorageError
from models.ids import MediaName
from services.audio.digest import digest
from services.bucket.base import Bucket
from services.bucket.evict import Evictor
from services.bucket.stats import BucketStats
from services.flight import SingleFlight
from services.storage.base import EvictableStorage
from services.storage.faults import translated
from services.store.base import DownloadStore
from services.tasks import TaskGroup

logger = logging.getLogger(__name__)

TRIES = 2
"""Bytes that are not the wanted ones are asked for once more before the bucket is believed to have lost the file."""


class Restorer:
    """See `BucketKeeper.restore`."""

    def __init__(
        self,
        *,
        bucket: Bucket,
        storage: EvictableStorage,
        downloads: DownloadStore,
        evictor: Evictor,
        stats: BucketStats,
        tasks: TaskGroup,
    ) -> None:
        self._bucket = bucket
        self._storage = storage
        self._downloads = downloads
        self._evictor = evictor
        self._stats = stats
        self._flights: SingleFlight[MediaName, bool] = SingleFlight(tasks)

    async def restore(self, audio: StoredAudio) -> bool:
        """Fetches the file back; see `BucketKeeper`."""
        return await self._flights.run(audio.name, lambda: self._restore(audio))

    async def _restore(self, audio: StoredAudio) -> bool:
        if audio.bucket_key is None or not self._bucket.holds(audio.bucket_key):
            return False
        try:
            try:
                restored = await self._fetch(audio)
            except DiskFull:
                if not await self._evictor.make_room(audio.size_bytes):
                    raise
                restored = await self._fetch(audio)
        except BucketFileMissing:
            restored = False
        except StorageError as error:
            self._stats.count("restore_failures")
            logger.warning("restore_failed", extra={"media_name": audio.name, "code": error.code, "facts": error.facts})
            raise
        if restored:
            self._stats.count("restored")
            self._stats.count("restored_bytes", audio.size_bytes)
            self._evictor.wake()
        else:
            await self._forget(audio)
        return restored

    async def _fetch(self, audio: StoredAudio) -> bool:
        folder = await self._storage.work_folder(f"restore-{audio.name}")
        try:
            part = folder / audio.name
            if not await self._fetch_right(audio, part):
                return False
            # A better file that came to this name meanwhile must not be replaced.
            await self._storage.add(part, audio.name)
        finally:
            await self._storage.discard(folder)
        return True

    async def _fetch_right(self, audio: StoredAudio, part: Path) -> bool:
        assert audio.bucket_key is not None  # noqa: S101 - looked at by _restore
        for _ in range(TRIES):
            with translated():
                await self._bucket.get(audio.bucket_key, audio.bucket_version or "", part)
            if await digest(part) == (audio.size_bytes, audio.sha256):
                return True
            logger.error("bucket_file_damaged", extra={"media_name": audio.name, "bucket_key": audio.bucket_key})
        return False

    async def _forget(self, audio: StoredAudio) -> None:
        """The bucket has lost the only copy: the next wish for it fetches the song anew."""
        if await self._downloads.by_name(audio.name) != audio:
            return
        self._stats.count("lost_in_bucket")
        logger.error("bucket_file_lost", extra={"media_name": audio.name, "bucket_key": audio.bucket_key})
        await self._downloads.remove(audio.recording_key, audio.format)
