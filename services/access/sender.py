"""Carries batches from the spool to the queue, one after the other, and each until the queue has it."""

from __future__ import annotations

import asyncio
import logging

from models.errors import QueueUnavailable
from services.access.base import AccessQueue
from services.access.spool import Spool

logger = logging.getLogger(__name__)

ADOPT_EVERY_S = 60.0
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0


class AccessSender:
    """`run` sends; `drained` waits until nothing is left."""

    def __init__(self, *, spool: Spool, queue: AccessQueue) -> None:
        self._spool = spool
        self._queue = queue
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()

    def notify(self) -> None:
        """There is something new in the spool."""
        self._empty.clear()
        self._filled.set()

    async def drained(self) -> None:
        """Returns when the spool is empty."""
        if len(self._spool):
            self.notify()
            await self._empty.wait()

    async def run(self) -> None:
        """Sends until cancelled; looks for what dead processes left, too."""
        failures = 0
        while True:
            try:
                sent = await self._send_oldest()
            except (QueueUnavailable, OSError) as error:
                failures += 1
                pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(failures - 1, 10))
                facts = {"cause": str(error), "waiting": len(self._spool), "failures": failures}
                logger.warning("access_batch_not_sent", extra=facts)
                await asyncio.sleep(pause_s)
                continue
            failures = 0
            if not sent:
                await self._rest()

    async def _send_oldest(self) -> bool:
        found = await asyncio.to_thread(self._spool.oldest)
        if found is None:
            return False
        name, body = found
        await self._queue.publish(body)
        await asyncio.to_thread(self._spool.remove, name)
        return True

    async def _rest(self) -> None:
        self._filled.clear()
        if len(self._spool):
            return
        self._empty.set()
        try:
            async with asyncio.timeout(ADOPT_EVERY_S):
                await self._filled.wait()
        except TimeoutError:
            if await asyncio.to_thread(self._spool.adopt):
                self.notify()
