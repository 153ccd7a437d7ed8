"""Compares what is believed with what is there: files without an entry, and files that the bucket has lost."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from models.audio import StoredAudio
from services.bucket.base import Bucket
from services.bucket.books import BucketIndex, Lanes, Outbox, OutboxEntry, audio_id
from services.bucket.stats import BucketStats
from services.bucket.timing import BucketTiming
from services.storage.base import AudioStorage

logger = logging.getLogger(__name__)

PAGE = 500


class BucketAudit:
    """Runs under the right to write, once after the start and then now and then."""

    def __init__(
        self,
        *,
        bucket: Bucket,
        outbox: Outbox,
        index: BucketIndex,
        lanes: Lanes,
        owner: str,
        storage: AudioStorage,
        home: str,
        stats: BucketStats,
        timing: BucketTiming,
    ) -> None:
        self._bucket = bucket
        self._outbox = outbox
        self._index = index
        self._lanes = lanes
        self._owner = owner
        self._storage = storage
        self._home = home
        self._stats = stats
        self._every_s = timing.audit_every_s
        self._confirm_s = timing.audit_confirm_s
        self._due_at = time.monotonic()
        self._suspects: set[str] = set()

    def is_due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._due_at

    async def run(self) -> None:
        """Notes what is to be uploaded, and takes back what was believed in vain. Raises a `MusicError`."""
        # The believed ones are read first: what is uploaded meanwhile must not look lost.
        placed = [item async for item in _pages(self._index.placed)]
        believed = [(key, audio) for key, audio in placed if self._is_ours(audio)]
        if believed and (self._suspects or await self._is_my_turn()):
            await self._compare(believed)
        for _, audio in placed:
            # What lies in a bucket that was given up comes to this one, as far as it is on the disk.
            if not self._is_ours(audio):
                await self._note(audio)
        async for _, audio in _pages(self._index.unplaced):
            await self._note(audio)
        self._due_at = time.monotonic() + (self._confirm_s if self._suspects else self._every_s)

    async def _is_my_turn(self) -> bool:
        """Of all processes, one asks the bucket for its files in each span."""
        until = datetime.now(UTC) + timedelta(seconds=self._every_s * 0.9)
        return await self._lanes.claim(f"audit:{self._bucket.lanes[0]}", self._owner, until)

    def _is_ours(self, audio: StoredAudio) -> bool:
        return audio.bucket_key is not None and self._bucket.holds(audio.bucket_key)

    async def _compare(self, believed: Sequence[tuple[str, StoredAudio]]) -> None:
        there = await self._bucket.files()
        suspects: set[str] = set()
        for key, audio in believed:
            assert audio.bucket_key is not None  # noqa: S101 - chosen so
            found = there.get(audio.bucket_key)
            if found is not None and (found.size_bytes, found.version) == (audio.size_bytes, audio.bucket_version):
                continue
            if audio.bucket_key not in self._suspects:
                suspects.add(audio.bucket_key)
            elif await self._index.displace(key, audio.bucket_key):
                self._stats.count("lost_in_bucket")
                logger.error("bucket_file_lost", extra={"media_name": audio.name, "bucket_key": audio.bucket_key})
        self._suspects = suspects

    async def _note(self, audio: StoredAudio) -> None:
        """An upload that nobody has noted: made before there was a bucket, or its worker died just then."""
        if await self._outbox.get(audio_id(audio)) is None and await self._storage.stat(audio.name) is not None:
            await self._outbox.add(upload_of(audio, self._home))


def upload_of(audio: StoredAudio, home: str) -> OutboxEntry:
    """What uploads a file of this home."""
    now = datetime.now(UTC)
    return OutboxEntry(
        id=audio_id(audio),
        home=home,
        not_before=now,
        created_at=now,
        recording_key=audio.recording_key,
        format=audio.format,
        name=audio.name,
        sha256=audio.sha256,
        size_bytes=audio.size_bytes,
    )


async def _pages(
    read: Callable[[str, int], Awaitable[Sequence[tuple[str, StoredAudio]]]],
) -> AsyncIterator[tuple[str, StoredAudio]]:
    after = ""
    while found := await read(after, PAGE):
        for item in found:
            yield item
        after = found[-1][0]
