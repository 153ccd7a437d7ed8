"""Takes access records from requests, and costs them next to nothing: a bounded list, soon emptied."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from models.access import AccessRow
from services.access import codec
from services.access.addresses import normalised, shortened
from services.access.spool import Spool

logger = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.5
"""With the time that writing takes, less than the second that a killed process may lose."""
SHORTEST_RATED_S = 0.1
CAPACITY = 50_000
BATCH_RECORDS = 2000
"""Few enough for the loop never to wait long while one is encoded. So many are written at once, without waiting: the
memory they lie in is used again while it is still in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderStats:
    """What this process recorded since it was started."""

    recorded: int
    dropped: int
    """Records lost because memory or disk had no more room."""


class AccessRecorder:
    """`add` is for the request path; `run` carries what it collected to the spool."""

    def __init__(
        self,
        *,
        spool: Spool,
        spooled: Callable[[], None],
        anonymize: bool,
        capacity: int = CAPACITY,
        flush_every_s: float = FLUSH_EVERY_S,
    ) -> None:
        """`spooled` is called when there is something new in the spool."""
        self._spool = spool
        self._spooled = spooled
        self._capacity = capacity
        self._flush_every_s = flush_every_s
        self._buffer: list[AccessRow] = []
        self._full = asyncio.Event()
        self._flush: asyncio.Task[None] | None = None
        self._enough = min(BATCH_RECORDS, capacity)
        self._taken = 0
        """Records that have left the buffer, but for those that were dropped then."""
        self._dropped = 0
        self._rate = 0.0
        self._rated_at = time.monotonic()
        self._rated = 0
        self.address = lru_cache(maxsize=8192)(_shortened_address if anonymize else _address)
        """(what the trusted proxies say, the peer) → the address to record."""

    def add(self, row: AccessRow) -> None:
        """Takes a record; never waits, never fails. When there is no room, it is dropped and counted."""
        buffer = self._buffer
        buffer.append(row)
        if len(buffer) > self._enough:
            self._crowded()

    @property
    def rate(self) -> float:
        """Records a second, of late: when a rush begins it is seen at once."""
        passed_s = time.monotonic() - self._rated_at
        return max(self._rate, (self._recorded - self._rated) / max(passed_s, SHORTEST_RATED_S))

    def _crowded(self) -> None:
        if len(self._buffer) > self._capacity:
            self._buffer.pop()
            self._dropped += 1
        else:
            self._full.set()

    @property
    def _recorded(self) -> int:
        return self._taken + len(self._buffer)

    def stats(self) -> RecorderStats:
        """What was counted."""
        return RecorderStats(recorded=self._recorded, dropped=self._dropped)

    async def run(self) -> None:
        """Flushes twice a second, and whenever a batch is full, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._flush_every_s):
                    await self._full.wait()
            self._full.clear()
            await self.flush()

    async def flush(self) -> None:
        """Returns when everything that was added before lies on the disk, or has been dropped."""
        # A thread cannot be cancelled: a flush that is given up half-way would spool the same records again.
        self._flush = asyncio.create_task(self._flush_after(self._flush), name="access-flush")
        await asyncio.shield(self._flush)

    async def _flush_after(self, former: asyncio.Task[None] | None) -> None:
        if former is not None:
            await asyncio.wait({former})
        self._note_rate()
        records, self._buffer = self._buffer, []
        self._taken += len(records)
        try:
            while records:
                chunk = records[:BATCH_RECORDS]
                if not await asyncio.to_thread(self._spool_batch, chunk):
                    self._drop(len(chunk))
                del records[:BATCH_RECORDS]
                self._spooled()
        except OSError as error:
            logger.warning("access_log_not_spooled", extra={"cause": str(error), "records": len(records)})
            # They wait for the next try, as far as there is room.
            room = max(0, self._capacity - len(self._buffer))
            self._drop(max(0, len(records) - room))
            self._buffer[:0] = records[:room]
            self._taken -= len(records[:room])

    def _spool_batch(self, rows: list[AccessRow]) -> bool:
        batch_id = secrets.token_hex(8)
        return self._spool.put(batch_id, codec.to_bytes(batch_id, rows))

    def _drop(self, count: int) -> None:
        if count:
            self._taken -= count
            self._dropped += count
            logger.warning("access_records_dropped", extra={"records": count, "dropped": self._dropped})

    def _note_rate(self) -> None:
        now = time.monotonic()
        if now - self._rated_at >= self._flush_every_s:
            self._rate = (self._recorded - self._rated) / (now - self._rated_at)
            self._rated_at, self._rated = now, self._recorded


def _address(told: str, peer: str) -> str:
    return normalised(told) or normalised(peer) or ""


def _shortened_address(told: str, peer: str) -> str:
    address = _address(told, peer)
    return shortened(address) if address else ""
