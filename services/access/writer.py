"""Stores batches as they come from the queue: the consumer's end of the access log."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from models.errors import DatabaseUnavailable
from services.access import codec
from services.access.base import AccessStore
from services.access.pace import BUSY_RATE, rest_s

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
REST_STEP_S = 0.5
FIRST_GUESS_S = 0.1
"""How long storing a batch is taken to last as long as nobody knows."""


class AccessWriter:
    """`handle` is the queue's handler."""

    def __init__(
        self,
        *,
        store: AccessStore,
        stored: Callable[[], None],
        rate: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`stored` is called after each batch; `rate` tells how many requests a second this process answers now."""
        self._store = store
        self._stored = stored
        self._rate = rate
        self._sleep = sleep
        self.hurried = False
        """Set it to have what waits stored without rests: the server stops."""
        self.records = 0
        """Records stored by this process."""
        self._worked_s = FIRST_GUESS_S
        """What a batch takes: the longest of late, as a small one tells little about the next."""
        self._ended = 0.0
        self._rush_began: float | None = None

    async def handle(self, body: bytes) -> None:
        """Stores the batch, waiting for a database that is away. Raises `BadBatch`."""
        oldest = codec.first_moment(body)
        if oldest is not None:
            await self._rest(oldest)
        started = time.monotonic()
        batch = await asyncio.to_thread(codec.from_bytes, body)
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._store.write(batch)
                break
            except DatabaseUnavailable as error:
                logger.warning("access_batch_not_stored", extra={"cause": str(error.facts.get("cause", error))})
                await self._sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._ended = time.monotonic()
        self._worked_s = max(self._ended - started, self._worked_s / 2)
        self.records += len(batch.records)
        self._stored()

    async def _rest(self, oldest: float) -> None:
        """In steps, since a rush may begin or be over any moment; rest from before it counts for nothing in it."""
        while not self.hurried:
            now, rate = time.monotonic(), self._rate()
            if rate < BUSY_RATE:
                self._rush_began = None
            elif self._rush_began is None:
                self._rush_began = now
            left_s = rest_s(
                worked_s=self._worked_s,
                rested_s=now - max(self._ended, self._rush_began or 0.0),
                rate=rate,
                lag_s=time.time() - oldest,
            )
            if left_s <= 0:
                return
            await self._sleep(min(left_s, REST_STEP_S))
