"""The access log as one thing: what takes records, carries them, stores them and looks their addresses up.

request → recorder (memory, ≤ 0.5 s) → spool (disk) → sender → queue → writer → MongoDB → locator → ip-api
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from models.access import AccessRow, Forgotten
from services.access.addresses import normalised, shortened
from services.access.base import AccessQueue, AccessStore
from services.access.locator import Locator
from services.access.recorder import FLUSH_EVERY_S, AccessRecorder
from services.access.sender import AccessSender
from services.access.spool import Spool
from services.access.writer import AccessWriter
from services.tasks import TaskGroup

logger = logging.getLogger(__name__)

DRAIN_S = 5.0
"""How long a stop waits for the queue to take what is spooled; the rest is sent after the next start."""


class AccessLog:
    """Opened with `start`, closed with `close`; between them `record` may be called at any moment.

    With `recording` off nothing is recorded or carried, and forgetting still works.
    """

    def __init__(
        self,
        *,
        spool: Spool,
        queue: AccessQueue,
        store: AccessStore,
        locator: Locator | None,
        recording: bool = True,
        storing: bool = True,
        anonymize: bool = False,
        flush_every_s: float = FLUSH_EVERY_S,
    ) -> None:
        """`storing`: this process takes batches from the queue; `locator`: and looks addresses up."""
        self.recording = recording
        self._storing = storing
        self._anonymize = anonymize
        self._spool = spool
        self._queue = queue
        self._store = store
        self._locator = locator
        self._sender = AccessSender(spool=spool, queue=queue)
        self._recorder = AccessRecorder(
            spool=spool, spooled=self._sender.notify, anonymize=anonymize, flush_every_s=flush_every_s
        )
        self._writer = AccessWriter(store=store, stored=self._stored, rate=lambda: self._recorder.rate)
        self.address: Callable[[str, str], str] = self._recorder.address
        """(what the trusted proxies say, the peer) → the address to record, shortened if so configured."""
        self.record: Callable[[AccessRow], None] = self._recorder.add
        """Takes a record; never waits, never fails."""
        self._tasks = TaskGroup("access")
        self._started = False

    async def start(self) -> None:
        """Begins to carry records; what earlier processes left on the disk included."""
        if not self.recording:
            return
        await asyncio.to_thread(self._spool.open)
        await self._queue.start()
        self._started = True
        self._tasks.start("recorder", self._recorder.run())
        self._tasks.start("sender", self._sender.run())
        if self._storing:
            self._tasks.start("writer", self._queue.consume(self._writer.handle))
            if self._locator is not None:
                self._tasks.start("locator", self._locator.run())

    async def close(self) -> None:
        """Carries what is there, within a few seconds, and ends; nothing is lost, for the rest lies on the disk."""
        if not self._started:
            return
        self._started = False
        self._writer.hurried = True
        await self._recorder.flush()
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._sender.drained()
        except TimeoutError:
            logger.warning("access_batches_left", extra={"waiting": len(self._spool)})
        await self._tasks.close()
        await self._queue.close()
        await asyncio.to_thread(self._spool.close)

    async def forget(self, ip: str) -> Forgotten | None:
        """Removes every trace of this address; `None` when `ip` is no address. Raises `DatabaseUnavailable`.

        Where addresses are kept shortened, everybody who shares the shortened one is forgotten with it.
        """
        address = normalised(ip)
        if address is None:
            return None
        forgotten = await self._store.forget(address)
        if not self._anonymize or shortened(address) == address:
            return forgotten
        group = await self._store.forget(shortened(address))
        return Forgotten(
            ip=group.ip, removed={name: count + group.removed[name] for name, count in forgotten.removed.items()}
        )

    async def stats(self) -> Mapping[str, Any]:
        """How the log itself fares: counts of this process, and of the queue all share."""
        waiting, dead = (await self._queue.depth(), await self._queue.dead_letters()) if self._started else (None, None)
        return {"running": self.recording, **self.counts(), "queue_depth": waiting, "dead_letters": dead}

    def counts(self) -> Mapping[str, int]:
        """What this process did with records since its start; asks nobody."""
        counts = self._recorder.stats()
        return {
            "recorded": counts.recorded,
            "dropped": counts.dropped,
            "stored": self._writer.records,
            "batches_spooled": len(self._spool),
        }

    def geo_stats(self) -> Mapping[str, int]:
        """What this process asked the geo service."""
        return {} if self._locator is None else self._locator.stats()

    def _stored(self) -> None:
        if self._locator is not None:
            self._locator.notify()
