"""What each caller may do at most: requests in a minute, and sockets at a time. The administrator may all.

Without the book's answer everybody passes, is counted as such, and the log says so once.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from models.caller import Caller
from models.errors import TooManySockets
from services.limits.base import LimitBook
from services.limits.window import Quota, quota

logger = logging.getLogger(__name__)

KEEP_EVERY_S = 20.0
"""A third of the time that a seat lasts."""


class CallerLimits:
    """Asked for each request and each socket; a limit of 0 is none."""

    def __init__(
        self,
        *,
        book: LimitBook,
        requests_per_minute: int = 0,
        max_sockets: int = 0,
        keep_every_s: float = KEEP_EVERY_S,
    ) -> None:
        self._book = book
        self._requests_per_minute = requests_per_minute
        self._max_sockets = max_sockets
        self._keep_every_s = keep_every_s
        self._held: defaultdict[str, set[str]] = defaultdict(set)
        self._counts: Counter[str] = Counter()
        self._blind = False

    async def request(self, caller: Caller) -> Quota | None:
        """Counts a request, unless there are too many already; `None` when this caller has no limit now."""
        if caller.is_admin:
            return None
        self._counts["requests"] += 1
        result = await self._book.hit(caller.label, self._requests_per_minute)
        self._note(seen=result is not None)
        if result is None:
            self._counts["requests_uncounted"] += 1
            return None
        window, passed = result
        if not passed:
            self._counts["requests_refused"] += 1
        return quota(window, passed, self._requests_per_minute)

    def socket(self, caller: Caller | None) -> AbstractAsyncContextManager[None]:
        """Holds a seat for an open socket or stream while the body runs; raises `TooManySockets` instead."""
        if caller is None or caller.is_admin or not self._max_sockets:
            return nullcontext()
        return self._seated(caller)

    @asynccontextmanager
    async def _seated(self, caller: Caller) -> AsyncIterator[None]:
        seat = secrets.token_hex(8)
        taken = await self._book.take(caller.label, seat, self._max_sockets)
        self._note(seen=taken is not None)
        if taken is False:
            self._counts["sockets_refused"] += 1
            raise TooManySockets(f"At most {self._max_sockets} open progress connections for one caller.")
        if taken is None:
            self._counts["sockets_uncounted"] += 1
        held = self._held[caller.label]
        held.add(seat)
        try:
            yield
        finally:
            held.discard(seat)
            if not held:
                self._held.pop(caller.label, None)
            # Also when the caller has left, which cancels what serves it.
            await asyncio.shield(self._book.leave(caller.label, seat))

    async def run(self) -> None:
        """Renews the seats held here until cancelled."""
        while True:
            await asyncio.sleep(self._keep_every_s)
            await self._book.keep({label: set(seats) for label, seats in self._held.items()})

    def numbers(self) -> Mapping[str, int]:
        """What was counted in this process since its start."""
        names = ("requests", "requests_refused", "requests_uncounted", "sockets_refused", "sockets_uncounted")
        return {
            **{name: self._counts[name] for name in names},
            "sockets_open": sum(map(len, self._held.values())),
        }

    def _note(self, *, seen: bool) -> None:
        if self._blind is seen:
            self._blind = not seen
            logger.warning("limits_not_counted" if self._blind else "limits_counted_again")
