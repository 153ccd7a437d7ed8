"""The bucket as the rest of the server sees it, with the work that goes on behind."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from models.audio import StoredAudio
from models.errors import DatabaseUnavailable
from services.bucket.audit import BucketAudit, upload_of
from services.bucket.base import Bucket
from services.bucket.books import BucketIndex, Lanes, Outbox, audio_id
from services.bucket.evict import Evictor
from services.bucket.packing import Packer
from services.bucket.restore import Restorer
from services.bucket.stats import BucketStats
from services.bucket.timing import BucketTiming
from services.bucket.uploader import Uploader, removal
from services.storage.base import EvictableStorage
from services.storage.cached import place_new
from services.storage.faults import translated
from services.store.base import DownloadStore
from services.tasks import TaskGroup

logger = logging.getLogger(__name__)

AWAITED_FOR = timedelta(hours=1)


class BucketService:
    """Implements `BucketKeeper`: notes what is finished, uploads it, makes room on the disk, fetches files back."""

    def __init__(
        self,
        *,
        bucket: Bucket,
        outbox: Outbox,
        index: BucketIndex,
        lanes: Lanes,
        downloads: DownloadStore,
        storage: EvictableStorage,
        home: str,
        max_bytes: int | None = None,
        timing: BucketTiming | None = None,
    ) -> None:
        """`home` names this disk (`home_name`); `max_bytes` is what finished files may take on it."""
        timing = timing or BucketTiming()
        self._bucket = bucket
        self._outbox = outbox
        self._home = home
        self._stats = BucketStats()
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._tasks = TaskGroup("bucket")
        self._evictor = Evictor(
            storage=storage,
            downloads=downloads,
            bucket=bucket,
            max_bytes=max_bytes,
            stats=self._stats,
            timing=timing,
        )
        self._restorer = Restorer(
            bucket=bucket,
            storage=storage,
            downloads=downloads,
            evictor=self._evictor,
            stats=self._stats,
            tasks=self._tasks,
        )
        self._uploader = Uploader(
            bucket=bucket,
            outbox=outbox,
            index=index,
            lanes=lanes,
            packer=Packer(
                bucket=bucket,
                outbox=outbox,
                storage=storage,
                downloads=downloads,
                stats=self._stats,
                timing=timing,
            ),
            audit=BucketAudit(
                bucket=bucket,
                outbox=outbox,
                index=index,
                lanes=lanes,
                owner=owner,
                storage=storage,
                home=home,
                stats=self._stats,
                timing=timing,
            ),
            home=home,
            owner=owner,
            stats=self._stats,
            on_uploaded=self._evictor.wake,
            timing=timing,
        )

    def start(self) -> None:
        """Begins the work in the background."""
        self._tasks.start("upload", self._uploader.run())
        self._tasks.start("evict", self._evictor.run())

    async def close(self) -> None:
        """Ends the work; what is not uploaded stays noted."""
        await self._tasks.close()
        await self._bucket.close()

    def holds(self, audio: StoredAudio) -> bool:
        """Whether the file can be fetched back from the bucket."""
        return audio.bucket_key is not None and self._bucket.holds(audio.bucket_key)

    async def is_awaited(self, audio: StoredAudio) -> bool:
        """Whether another machine is about to upload the file; see `BucketKeeper`."""
        entry = await self._outbox.get(audio_id(audio))
        if entry is None or entry.home == self._home or entry.sha256 != audio.sha256:
            return False
        # A machine that was lost for good must not keep its songs from being fetched anew.
        return datetime.now(UTC) - entry.created_at < AWAITED_FOR

    async def finished(self, audio: StoredAudio) -> None:
        """Notes that the file is to be uploaded; see `BucketKeeper`."""
        try:
            await self._outbox.add(upload_of(audio, self._home))
        except DatabaseUnavailable as error:
            # The next audit finds a file that no bucket holds, and notes it then.
            logger.warning("upload_not_noted", extra={"media_name": audio.name, "cause": str(error)})
        self._uploader.wake()
        self._evictor.wake()

    async def dropped(self, audio: StoredAudio) -> None:
        """Notes that the bucket's copy serves nobody any more; see `BucketKeeper`."""
        if audio.bucket_key is None:
            return
        try:
            await self._outbox.add(removal(audio.bucket_key))
        except DatabaseUnavailable as error:
            logger.warning("removal_not_noted", extra={"bucket_key": audio.bucket_key, "cause": str(error)})
        self._uploader.wake()

    async def restore(self, audio: StoredAudio) -> bool:
        """Fetches the file back onto the disk; see `BucketKeeper`."""
        return await self._restorer.restore(audio)

    def stats(self) -> Mapping[str, Any]:
        """Counts of this process since its start, and its state; no question to anybody."""
        return {"kind": self._bucket.kind, **self._stats.as_dict()}

    async def waiting(self) -> int:
        """Files that are still to be uploaded or removed, by any process; raises `DatabaseUnavailable`."""
        return await self._outbox.waiting()


async def home_name(home: Path) -> str:
    """The name of the folder's disk, the same for all processes that share it. Raises a `StorageError`."""
    with translated():
        return await asyncio.to_thread(_home_name, home)


def _home_name(home: Path) -> str:
    file = home / "home.id"
    home.mkdir(parents=True, exist_ok=True)
    draft = home / f".home.id-{secrets.token_hex(4)}"
    draft.write_text(f"{socket.gethostname()}-{secrets.token_hex(6)}")
    # It appears whole, and only if there was none: of several processes that start at once, one wins.
    if not place_new(draft, file):
        draft.unlink()
    return file.read_text()
