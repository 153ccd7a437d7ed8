"""Reads the files of the outbox from the disk, and makes sure that they are what they are believed to be."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.audio import StoredAudio
from models.errors import BucketFileRefused
from services.bucket.base import Bucket, Upload, path_of
from services.bucket.books import Outbox, OutboxEntry
from services.bucket.stats import BucketStats
from services.bucket.timing import BucketTiming
from services.storage.base import AudioStorage
from services.store.base import DownloadStore

logger = logging.getLogger(__name__)

BATCH_BYTES = 32_000_000
"""What one batch may take in memory; a larger file goes alone."""
REFUSED_AGAIN_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A file ready for the bucket."""

    entry: OutboxEntry
    audio: StoredAudio
    upload: Upload


class Packer:
    """Packs what can be uploaded; what cannot is put right, or its entry comes to an end."""

    def __init__(
        self,
        *,
        bucket: Bucket,
        outbox: Outbox,
        storage: AudioStorage,
        downloads: DownloadStore,
        stats: BucketStats,
        timing: BucketTiming,
    ) -> None:
        self._bucket = bucket
        self._outbox = outbox
        self._storage = storage
        self._downloads = downloads
        self._stats = stats
        self._settle_s = timing.settle_s

    async def pack(self, entries: Sequence[OutboxEntry]) -> list[Packed]:
        """The files of these entries, in order, as many as may be in memory at once. Raises a `StorageError`."""
        packed: list[Packed] = []
        room = BATCH_BYTES
        for entry in entries:
            if packed and entry.size_bytes > room:
                break
            item = await self._pack(entry)
            if item is not None:
                packed.append(item)
                room -= len(item.upload.data)
        return packed

    async def _pack(self, entry: OutboxEntry) -> Packed | None:
        assert entry.recording_key is not None  # noqa: S101 - an upload names its recording
        assert entry.format is not None  # noqa: S101
        audio = await self._downloads.by_recording(entry.recording_key, entry.format)
        if audio is None or audio.sha256 != entry.sha256:
            # Forgotten, or replaced: then the newer file has an entry of its own, or gets one.
            await self._outbox.done(entry)
            return None
        if audio.bucket_key is not None and self._bucket.holds(audio.bucket_key):
            await self._outbox.done(entry)
            return None
        if audio.size_bytes > self._bucket.max_file_bytes:
            await self._refuse(entry, audio)
            return None
        opened = await self._storage.open(audio.name)
        if opened is None:
            await self._lost(entry, audio)
            return None
        try:
            data = b"".join([chunk async for chunk in opened.read()])
            changed_at = opened.file.modified_at
        finally:
            opened.close()
        if await asyncio.to_thread(_sha256, data) != audio.sha256:
            await self._damaged(entry, audio, changed_at)
            return None
        return Packed(
            entry=entry,
            audio=audio,
            upload=Upload(
                path=path_of(audio),
                data=data,
                sha256=audio.sha256,
                content_type=audio.format.content_type,
                title=f"{', '.join(audio.artists)} - {audio.title}" if audio.artists else audio.title,
            ),
        )

    async def _refuse(self, entry: OutboxEntry, audio: StoredAudio) -> None:
        """Too large for this bucket: it stays on the disk, where it is never evicted."""
        if entry.error is None:
            self._stats.count("refused_files")
            logger.error("file_too_large_for_bucket", extra={"media_name": audio.name, "size_bytes": audio.size_bytes})
        again = datetime.now(UTC) + timedelta(seconds=REFUSED_AGAIN_S)
        await self._outbox.postpone(entry, again, BucketFileRefused.code)

    async def _lost(self, entry: OutboxEntry, audio: StoredAudio) -> None:
        """Deleted by hand before it was uploaded: the next wish for it fetches the song anew."""
        self._stats.count("missing_files")
        logger.error("stored_file_missing", extra={"media_name": audio.name, "recording": audio.recording_key})
        await self._downloads.remove(audio.recording_key, audio.format)
        await self._outbox.done(entry)

    async def _damaged(self, entry: OutboxEntry, audio: StoredAudio, changed_at: datetime) -> None:
        now = datetime.now(UTC)
        if (now - changed_at).total_seconds() < self._settle_s:
            await self._outbox.postpone(entry, now + timedelta(seconds=self._settle_s), "file_changed")
            return
        self._stats.count("corrupted_files")
        logger.error("stored_file_damaged", extra={"media_name": audio.name, "recording": audio.recording_key})
        await self._downloads.remove(audio.recording_key, audio.format)
        await self._storage.delete(audio.name)
        await self._outbox.done(entry)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
