"""A cache in this process: bounded by bytes, the least recently used goes first."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from services.cache.base import CacheStats

ENTRY_OVERHEAD_BYTES = 300
"""What the two objects, the entry and its places in the tables take beside the text and the value (CPython, 64 bit)."""


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes
    expires_at: float
    size: int


class MemoryCache:
    """Implements `Cache` for one process. Every verb takes constant time and never waits."""

    def __init__(self, max_bytes: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`max_bytes` bounds keys, values and their overhead together; `clock` gives seconds that only grow."""
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0
        self._hits = 0
        self._misses = 0
        self._evictions = 0

    async def get(self, key: str) -> bytes | None:
        """What was set under `key` and has not expired."""
        entry = self._entries.get(key)
        if entry is not None and entry.expires_at <= self._clock():
            self._drop(key)
            entry = None
        if entry is None:
            self._misses += 1
            return None
        self._entries.move_to_end(key)
        self._hits += 1
        return entry.value

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Remembers `value` for `ttl_s` seconds; not at all when it alone is larger than the cache."""
        if key in self._entries:
            self._drop(key)
        size = len(key.encode()) + len(value) + ENTRY_OVERHEAD_BYTES
        if ttl_s <= 0 or size > self._max_bytes:
            return
        while self._bytes + size > self._max_bytes:
            self._drop(next(iter(self._entries)))
            self._evictions += 1
        self._entries[key] = _Entry(value, self._clock() + ttl_s, size)
        self._bytes += size

    async def add(self, key: str, value: bytes, ttl_s: float) -> bool:
        """As `set`, but only when nothing is remembered under `key`; whether it was remembered."""
        entry = self._entries.get(key)
        if entry is not None and entry.expires_at > self._clock():
            return False
        await self.set(key, value, ttl_s)
        return True

    async def delete(self, key: str) -> None:
        """Forgets `key`."""
        if key in self._entries:
            self._drop(key)

    @property
    def stats(self) -> CacheStats:
        """What was counted so far."""
        return CacheStats(
            hits=self._hits,
            misses=self._misses,
            evictions=self._evictions,
            entries=len(self._entries),
            bytes_used=self._bytes,
        )

    def _drop(self, key: str) -> None:
        self._bytes -= self._entries.pop(key).size
