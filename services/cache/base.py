"""The cache seam: bytes by key, shared or not. A miss is normal, and so is a cache that is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Cache(Protocol):
    """Remembers bytes for a while. No verb ever raises: a cache that fails is counted and answers like an empty one."""

    async def get(self, key: str) -> bytes | None:
        """What was set under `key` and has not expired."""
        ...

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Remembers `value` for `ttl_s` seconds (not at all when that is not positive)."""
        ...

    async def add(self, key: str, value: bytes, ttl_s: float) -> bool:
        """As `set`, but only when nothing is remembered under `key`; whether it was remembered.

        Of several callers at once, here or elsewhere, one is told `True`; all are when the cache does not answer.
        """
        ...

    async def delete(self, key: str) -> None:
        """Forgets `key`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """What a cache has counted since it was made; `None` where it cannot know."""

    hits: int
    misses: int
    failures: int = 0
    """Calls that the cache did not answer."""
    skipped: int = 0
    """Calls that were not even tried, shortly after a failure."""
    evictions: int = 0
    """Entries that went before their time, to make room."""
    entries: int | None = None
    bytes_used: int | None = None
