"""Sees to it that every public address is looked up once: by one process at a time, and never faster than allowed."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta

from models.access import Place
from models.errors import DatabaseUnavailable, GeoError
from services.access.base import TraceStore
from services.access.geo import MAX_BATCH, IpApi
from services.store.documents import Clock, utc_now

logger = logging.getLogger(__name__)

GATHER_S = 1.0
"""New addresses wait this long for company."""
GAP_S = 4.0
"""Between two requests: 15 of them take the minute in which 15 are allowed, whatever the headers say."""
LOOK_EVERY_S = 30.0
LEASE_S = 30.0
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 900.0


class Locator:
    """`run` looks addresses up; `notify` tells it that there may be new ones."""

    def __init__(
        self,
        *,
        api: IpApi,
        store: TraceStore,
        gap_s: float = GAP_S,
        gather_s: float = GATHER_S,
        first_pause_s: float = FIRST_PAUSE_S,
        clock: Clock = utc_now,
    ) -> None:
        """`gap_s` between two requests, `first_pause_s` after the first failure; new addresses wait `gather_s`."""
        self._api = api
        self._store = store
        self._gap_s = gap_s
        self._gather_s = gather_s
        self._first_pause_s = first_pause_s
        self._clock = clock
        self._owner = secrets.token_hex(8)
        self._news = asyncio.Event()
        self._failures = 0

    def notify(self) -> None:
        """There may be new addresses."""
        self._news.set()

    def stats(self) -> Mapping[str, int]:
        """What this process asked since its start."""
        return self._api.stats()

    async def run(self) -> None:
        """Looks addresses up until cancelled. Nothing that fails here is lost: it is asked for again later."""
        self._news.set()
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()
            except TimeoutError:
                pass  # another process may have died over its work
            await asyncio.sleep(self._gather_s)
            self._news.clear()
            try:
                await self._rounds()
            except DatabaseUnavailable as error:
                logger.warning("geo_database_away", extra={"cause": str(error)})
                await asyncio.sleep(self._first_pause_s)
                self._news.set()

    async def _rounds(self) -> None:
        pause_s: float | None = 0.0
        while pause_s is not None:
            await asyncio.sleep(pause_s)
            pause_s = await self._round()

    async def _round(self) -> float | None:
        """Asks once if there is something to ask; seconds until the next round, `None` when nothing is left."""
        if not await self._store.pending(1):
            return None
        now = self._clock()
        lease = await self._store.lease(self._owner, now, now + timedelta(seconds=LEASE_S))
        if lease is None:
            return None
        if lease.not_before > now:
            return min(LEASE_S / 2, (lease.not_before - now).total_seconds())
        # Read under the lease: what the former holder had in hand is written or was never asked.
        ips = await self._store.pending(MAX_BATCH)
        if not ips:
            return None
        # Noted before the request goes out: whoever takes over after a crash keeps the distance.
        await self._store.hold_back(self._owner, now + timedelta(seconds=self._gap_s))
        places: tuple[Place, ...] = ()
        try:
            answer = await self._api.locate(ips)
        except GeoError as error:
            wait_s = self._pause_after(error)
            logger.warning("geo_failed", extra={"code": error.code, "wait_s": wait_s, **error.facts})
        else:
            self._failures = 0
            places, wait_s = answer.places, max(self._gap_s, answer.wait_s)
        await self._store.hold_back(self._owner, self._clock() + timedelta(seconds=wait_s))
        await self._store.located(places)
        return 0.0

    def _pause_after(self, error: GeoError) -> float:
        self._failures += 1
        pause_s = min(LONGEST_PAUSE_S, self._first_pause_s * 2 ** min(self._failures - 1, 10))
        return float(max(self._gap_s, pause_s if error.retry_after_s is None else error.retry_after_s))
