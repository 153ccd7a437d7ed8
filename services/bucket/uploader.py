"""Carries the outbox out: one process at a time writes to the bucket, in turn with all others."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from models.errors import (
    BucketConflict,
    BucketError,
    BucketFailed,
    BucketFileRefused,
    DatabaseUnavailable,
    MusicError,
)
from services.bucket.audit import BucketAudit
from services.bucket.base import Bucket, Placed
from services.bucket.books import BucketIndex, Lanes, Outbox, OutboxEntry, audio_id
from services.bucket.packing import REFUSED_AGAIN_S, Packed, Packer
from services.bucket.stats import BucketStats
from services.bucket.timing import BucketTiming

logger = logging.getLogger(__name__)

BATCH_FILES = 20

FILE_TROUBLE = (BucketConflict, BucketFailed, BucketFileRefused)
"""What may be due to a single file; anything else concerns the whole bucket."""


class LaneTaken(Exception):
    """Another process writes to the bucket."""


class Uploader:
    """Works until it is cancelled; nothing that happens to the bucket or the database ends it."""

    def __init__(
        self,
        *,
        bucket: Bucket,
        outbox: Outbox,
        index: BucketIndex,
        lanes: Lanes,
        packer: Packer,
        audit: BucketAudit,
        home: str,
        owner: str,
        stats: BucketStats,
        on_uploaded: Callable[[], None],
        timing: BucketTiming,
    ) -> None:
        """`home` names this disk, `owner` this process."""
        self._bucket = bucket
        self._outbox = outbox
        self._index = index
        self._lanes = lanes
        self._packer = packer
        self._audit = audit
        self._home = home
        self._owner = owner
        self._stats = stats
        self._on_uploaded = on_uploaded
        self._timing = timing
        self._failures = 0
        self._one_by_one = False
        self._work = asyncio.Event()

    def wake(self) -> None:
        """There is something to be done."""
        self._work.set()

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            pause_s = await self._round()
            if pause_s is None:
                self._stats.state = "idle"
                await self._wait_for_work()
            else:
                await asyncio.sleep(pause_s)

    async def _wait_for_work(self) -> None:
        try:
            async with asyncio.timeout(self._timing.idle_s):
                await self._work.wait()
        except TimeoutError:
            pass
        self._work.clear()

    async def _round(self) -> float | None:
        """Does what is due; seconds until the next round, or `None`: when there is work again."""
        try:
            more = await self._do_due()
        except LaneTaken:
            self._stats.state = "queueing"
            return self._timing.turn_wait_s * random.uniform(0.5, 1.0)
        except MusicError as error:
            return self._paused(error)
        except Exception:
            # A defect must not end the uploads of all the other files; it is on record, and tried again later.
            logger.exception("uploader_crashed")
            return self._timing.longest_pause_s
        self._failures = 0
        self._stats.reason = self._stats.paused_until = None
        return 0.0 if more else None

    def _paused(self, error: MusicError) -> float:
        """Notes why nothing goes on, and gives the seconds to wait: what was asked for, else growing ones."""
        self._failures += 1
        pause_s = error.retry_after_s
        if pause_s is None:
            pause_s = self._growing(self._failures)
        if not error.facts.get("pace"):
            self._stats.count("upload_failures")
            logger.warning(
                "uploads_paused", extra={"code": error.code, "pause_s": round(pause_s, 1), "facts": error.facts}
            )
        self._stats.state, self._stats.reason = "paused", error.code
        self._stats.paused_until = datetime.now(UTC) + timedelta(seconds=pause_s)
        return pause_s

    def _growing(self, failures: int) -> float:
        pause_s: float = self._timing.first_pause_s * 2.0 ** min(failures - 1, 20)
        return min(self._timing.longest_pause_s, pause_s) * random.uniform(0.75, 1.25)

    async def _do_due(self) -> bool:
        """One turn at the bucket; whether there was anything to do. Raises `LaneTaken`, or a `MusicError`."""
        entries = await self._outbox.due(self._home, datetime.now(UTC), BATCH_FILES)
        if not entries and not self._audit.is_due():
            return False
        async with self._lane():
            self._stats.state = "uploading"
            if self._audit.is_due():
                await self._audit.run()
                entries = await self._outbox.due(self._home, datetime.now(UTC), BATCH_FILES)
            for entry in entries:
                if entry.bucket_key is not None:
                    await self._remove(entry)
            uploads = [entry for entry in entries if entry.bucket_key is None]
            if uploads:
                await self._upload(uploads)
        return bool(entries)

    # -- the right to write

    @asynccontextmanager
    async def _lane(self) -> AsyncIterator[None]:
        """Makes this process the only writer; raises `LaneTaken`."""
        taken: list[str] = []
        try:
            for lane in self._bucket.lanes:
                if not await self._lanes.claim(lane, self._owner, self._lease_end()):
                    raise LaneTaken
                taken.append(lane)
            keeper = asyncio.create_task(self._keep(taken), name="bucket:lease")
            try:
                yield
            finally:
                keeper.cancel()
                await asyncio.gather(keeper, return_exceptions=True)
        finally:
            # A write that was left behind may still happen: the lease keeps others away until it surely has ended.
            if not self._bucket.in_flight:
                for lane in taken:
                    await self._lanes.release(lane, self._owner)

    async def _keep(self, lanes: Sequence[str]) -> None:
        while True:
            await asyncio.sleep(self._timing.lease_s / 4)
            for lane in lanes:
                try:
                    await self._lanes.claim(lane, self._owner, self._lease_end())
                except DatabaseUnavailable as error:
                    logger.warning("lane_not_renewed", extra={"lane": lane, "cause": str(error)})

    def _lease_end(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._timing.lease_s)

    # -- the work

    async def _upload(self, entries: Sequence[OutboxEntry]) -> None:
        packed = await self._packer.pack(entries[:1] if self._one_by_one else entries)
        if not packed:
            return
        try:
            placed = await self._bucket.put([item.upload for item in packed])
        except FILE_TROUBLE as error:
            await self._set_apart(packed, error)
            raise
        self._one_by_one = False
        for item in packed:
            where = placed.get(item.upload.path)
            if where is not None:
                await self._record(item, where)
        self._on_uploaded()

    async def _set_apart(self, packed: Sequence[Packed], error: BucketError) -> None:
        """A file that the bucket will not have must not keep others out: it is tried alone, and then has to wait."""
        self._one_by_one = len(packed) > 1
        if self._one_by_one:
            return
        entry = packed[0].entry
        wait_s = REFUSED_AGAIN_S if isinstance(error, BucketFileRefused) else self._growing(entry.attempt + 1)
        if isinstance(error, BucketFileRefused):
            self._stats.count("refused_files")
        await self._outbox.postpone(entry, datetime.now(UTC) + timedelta(seconds=wait_s), error.code)

    async def _record(self, item: Packed, placed: Placed) -> None:
        """Writes down where the file lies. Whoever dies before this finds it in the bucket the next time."""
        if placed.written:
            self._stats.count("uploaded")
            self._stats.count("uploaded_bytes", item.audio.size_bytes)
        else:
            self._stats.count("found_in_bucket")
        known = await self._index.place(audio_id(item.audio), item.audio.sha256, placed)
        if not known:
            # Replaced or forgotten while it was on its way: nobody will ever ask for it.
            await self._outbox.add(removal(placed.key))
        await self._outbox.done(item.entry)
        logger.info("file_uploaded", extra={"media_name": item.audio.name, "bucket_key": placed.key, "known": known})

    async def _remove(self, entry: OutboxEntry) -> None:
        key = entry.bucket_key
        unused = key is not None and self._bucket.holds(key) and not await self._index.uses(key)
        if key is not None and unused and await self._bucket.delete(key):
            self._stats.count("removed")
        await self._outbox.done(entry)


def removal(bucket_key: str) -> OutboxEntry:
    """What removes a file from the bucket, unless it is used again by then."""
    now = datetime.now(UTC)
    return OutboxEntry(id=f"remove:{bucket_key}", home="any", not_before=now, created_at=now, bucket_key=bucket_key)
