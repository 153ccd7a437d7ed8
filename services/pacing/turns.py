"""A turn at most every so often, over all processes that share a cache."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from services.cache.base import Cache

LOOKS = 4
"""How often within one interval a process looks whether the shared turn is free."""


class Turns:
    """`take` returns when it is the caller's turn: first come, first served within a process."""

    def __init__(
        self,
        *,
        interval_s: float,
        cache: Cache,
        key: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`clock` gives seconds that only grow. A cache that fails leaves each process its own interval."""
        self._interval_s = interval_s
        self._cache = cache
        self._key = key
        self._clock = clock
        self._sleep = sleep
        self._line = asyncio.Lock()
        self._next = float("-inf")
        self.waited_s = 0.0
        """Seconds that callers stood first in line, in sum."""

    async def take(self) -> None:
        """Waits for the turn. Cancelled meanwhile, it takes none."""
        if self._interval_s <= 0:
            return
        async with self._line:
            begun = self._clock()
            await self._sleep(max(0.0, self._next - begun))
            while not await self._cache.add(self._key, b"1", self._interval_s):
                await self._sleep(self._interval_s / LOOKS)
            now = self._clock()
            self._next = now + self._interval_s
            self.waited_s += now - begun
