"""Feeds the batches that nobody feeds: those just asked for, and those whose feeding process died."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from datetime import UTC, datetime, timedelta

from models.batch import Batch
from models.errors import DatabaseUnavailable, ServerStopping
from services.batches.feed import BatchFeed
from services.batches.withdraw import Withdrawal
from services.broker.base import Broker
from services.downloads import DownloadService
from services.library import AudioLibrary
from services.progress import ProgressHub
from services.store.base import BatchStore
from services.tasks import TaskGroup

logger = logging.getLogger(__name__)

LEASE_S = 10.0
"""A batch whose feeding process died is free for another after this long."""
LOOK_EVERY_S = 3.0
FEEDS_AT_MOST = 32
"""Batches that one process feeds; more wait for their turn, or for another process."""


class BatchFeeder:
    """One per process, of any role: claims batches and feeds them until it is stopped."""

    def __init__(
        self,
        *,
        batches: BatchStore,
        library: AudioLibrary,
        downloads: DownloadService,
        withdrawal: Withdrawal,
        hub: ProgressHub,
        broker: Broker,
        window: int,
        lease_s: float = LEASE_S,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """`window`: tracks of one batch that are queued or running at a time."""
        self._batches = batches
        self._library = library
        self._downloads = downloads
        self._withdrawal = withdrawal
        self._hub = hub
        self._broker = broker
        self._window = window
        self._lease_s = lease_s
        self._look_every_s = look_every_s
        self._id = f"{socket.gethostname()}:{os.getpid()}"
        self._asked = asyncio.Event()
        self._owners: set[str] = set()
        self._feeds = TaskGroup("batches")
        self._side = TaskGroup("batch-feeder")

    @property
    def feeding(self) -> int:
        """Batches that this process feeds now."""
        return len(self._owners)

    def start(self) -> None:
        """Begins to look for batches."""
        self._side.start("look", self._look())

    def nudge(self) -> None:
        """Looks for batches at once."""
        self._asked.set()

    async def stop(self) -> None:
        """Lets every batch go, for another process to go on at once; to be called while the hub is open."""
        await self._side.close()
        await self._feeds.close()

    async def _look(self) -> None:
        while True:
            self._asked.clear()
            try:
                await self._claim_some()
            except DatabaseUnavailable as error:
                logger.warning("batches_not_read", extra={"cause": str(error)})
            try:
                async with asyncio.timeout(self._look_every_s):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def _claim_some(self) -> None:
        room = FEEDS_AT_MOST - self.feeding
        if room <= 0:
            return
        for batch in await self._batches.unfed(datetime.now(UTC), room):
            now = datetime.now(UTC)
            owner = f"{self._id}/{secrets.token_hex(6)}"
            claimed = await self._batches.claim(batch.id, owner, now + timedelta(seconds=self._lease_s), now)
            if claimed is not None:
                self._owners.add(owner)
                self._feeds.start(batch.id, self._feed(claimed, owner))

    async def _feed(self, batch: Batch, owner: str) -> None:
        feed = BatchFeed(
            batch,
            owner,
            batches=self._batches,
            library=self._library,
            downloads=self._downloads,
            withdrawal=self._withdrawal,
            hub=self._hub,
            broker=self._broker,
            window=self._window,
            lease_s=self._lease_s,
        )
        try:
            await feed.run()
        except (DatabaseUnavailable, ServerStopping) as error:
            logger.warning("batch_feed_broke_off", extra={"batch_id": batch.id, "cause": str(error)})
        finally:
            self._owners.discard(owner)
            await self._release(batch, owner)

    async def _release(self, batch: Batch, owner: str) -> None:
        try:
            await self._batches.release(batch.id, owner)
        except DatabaseUnavailable as error:
            # The lease runs out by itself.
            logger.warning("batch_not_released", extra={"batch_id": batch.id, "cause": str(error)})
