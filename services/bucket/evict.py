"""Keeps the disk within its limit: files that are safe in the bucket go, those read longest ago first."""

from __future__ import annotations

import asyncio
import logging
import time

from models.audio import StoredAudio
from models.errors import StorageError
from services.bucket.base import Bucket
from services.bucket.stats import BucketStats
from services.bucket.timing import BucketTiming
from services.storage.base import EvictableStorage
from services.storage.cached import CachedFile, Eviction
from services.store.base import DownloadStore

logger = logging.getLogger(__name__)


STUCK_PAUSES = 10
"""How many times longer the pause is while the disk is over its limit and nothing may go."""


class Evictor:
    """Looks at the disk when files have come, and now and then."""

    def __init__(
        self,
        *,
        storage: EvictableStorage,
        downloads: DownloadStore,
        bucket: Bucket,
        max_bytes: int | None,
        stats: BucketStats,
        timing: BucketTiming,
    ) -> None:
        self._storage = storage
        self._downloads = downloads
        self._bucket = bucket
        self._max_bytes = max_bytes
        self._stats = stats
        self._timing = timing
        self._come = asyncio.Event()

    def wake(self) -> None:
        """Files have come to the disk, or become safe in the bucket."""
        self._come.set()

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            try:
                await self.make_room()
            except StorageError as error:
                logger.warning("eviction_failed", extra={"code": error.code, "facts": error.facts})
            # Nothing more could go: what came meanwhile is not in the bucket yet, and another look would cost the same.
            patience = STUCK_PAUSES if self._stats.over_limit_bytes else 1
            await asyncio.sleep(self._timing.evict_pause_s * patience)
            try:
                async with asyncio.timeout(self._timing.evict_look_s):
                    await self._come.wait()
            except TimeoutError:
                pass
            self._come.clear()

    async def make_room(self, wanted_bytes: int = 0) -> int:
        """Evicts until `wanted_bytes` more fit under the limit, or, without a limit, so much was freed; bytes freed.

        Raises a `StorageError`.
        """
        files = await self._storage.files()
        total = sum(file.size_bytes for file in files)
        surplus = wanted_bytes if self._max_bytes is None else total + wanted_bytes - self._max_bytes
        freed = 0
        for file in sorted(files, key=lambda file: file.used_at):
            if freed >= surplus:
                break
            if await self._evict(file):
                freed += file.size_bytes
        self._stats.local_bytes = total - freed
        self._stats.over_limit_bytes = max(0, total - freed - self._max_bytes) if self._max_bytes is not None else 0
        return freed

    async def _evict(self, file: CachedFile) -> bool:
        audio = await self._downloads.by_name(file.name)
        if audio is None:
            return await self._remove_orphan(file)
        if audio.bucket_key is None or not self._bucket.holds(audio.bucket_key):
            return False
        outcome = await self._storage.evict(file.name, audio.sha256)
        if outcome is Eviction.OTHER_BYTES:
            return await self._remove_damaged(file, audio)
        if outcome is Eviction.EVICTED:
            self._stats.count("evicted")
            self._stats.count("evicted_bytes", file.size_bytes)
            logger.info("file_evicted", extra={"media_name": file.name, "size_bytes": file.size_bytes})
        return outcome in {Eviction.EVICTED, Eviction.GONE}

    async def _remove_orphan(self, file: CachedFile) -> bool:
        if time.time() - file.changed_at < self._timing.orphan_s:
            return False
        self._stats.count("orphans_removed")
        logger.warning("orphan_removed", extra={"media_name": file.name, "size_bytes": file.size_bytes})
        return await self._storage.delete(file.name)

    async def _remove_damaged(self, file: CachedFile, audio: StoredAudio) -> bool:
        if time.time() - file.changed_at < self._timing.settle_s:
            return False
        self._stats.count("corrupted_files")
        logger.error("stored_file_damaged", extra={"media_name": audio.name, "size_bytes": file.size_bytes})
        return await self._storage.delete(file.name)
