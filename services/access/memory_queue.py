"""The access queue inside one process: what `publish` hands over is safe when the handler has stored it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass

from models.errors import QueueUnavailable
from services.access.base import BatchHandler
from services.access.codec import BadBatch
from services.access.spool import Spool

logger = logging.getLogger(__name__)

MAX_FAILURES = 20
LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    body: bytes
    stored: asyncio.Future[None]


class MemoryAccessQueue:
    """Implements `AccessQueue`; serves one process only. Dead letters are files, since a process forgets."""

    def __init__(self, *, spool: Spool, first_pause_s: float = 1.0, longest_pause_s: float = LONGEST_PAUSE_S) -> None:
        """The pauses are those between the tries of a batch that could not be stored."""
        self._spool = spool
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._waiting: deque[_Waiting] = deque()
        self._filled = asyncio.Event()
        self._closed = False

    async def start(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        """Refuses what comes and what waits; its owner still has it on the disk."""
        self._closed = True
        while self._waiting:
            _refuse(self._waiting.popleft().stored)

    async def publish(self, body: bytes) -> None:
        """Returns when the batch is stored, or lies with the dead letters."""
        if self._closed:
            raise QueueUnavailable
        waiting = _Waiting(body, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._filled.set()
        try:
            await waiting.stored
        finally:
            waiting.stored.cancel()

    async def consume(self, handler: BatchHandler) -> None:
        """Feeds batches to `handler` until cancelled."""
        while True:
            while not self._waiting:
                self._filled.clear()
                await self._filled.wait()
            waiting = self._waiting.popleft()
            if waiting.stored.cancelled():
                continue
            try:
                await self._deliver(waiting.body, handler)
            except BaseException:
                _refuse(waiting.stored)
                raise
            if not waiting.stored.done():
                waiting.stored.set_result(None)

    async def _deliver(self, body: bytes, handler: BatchHandler) -> None:
        for failures in range(1, MAX_FAILURES + 1):
            try:
                await handler(body)
                return
            except BadBatch as error:
                reason = str(error)
                break
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                logger.exception("access_batch_failed", extra={"failures": failures})
            await asyncio.sleep(min(self._longest_pause_s, self._first_pause_s * 2 ** (failures - 1)))
        logger.error("access_batch_buried", extra={"reason": reason, "bytes": len(body)})
        await asyncio.to_thread(self._spool.bury, body)

    async def depth(self) -> int | None:
        """Batches that wait."""
        return len(self._waiting)

    async def dead_letters(self) -> int | None:
        """Files put aside."""
        return await asyncio.to_thread(self._spool.buried)


def _refuse(stored: asyncio.Future[None]) -> None:
    if not stored.done():
        stored.set_exception(QueueUnavailable())
