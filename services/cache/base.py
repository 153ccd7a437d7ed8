"""The cache seam: bytes by key, shared or not. A miss is normal, and so is a cache that is gone."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Remembers bytes for a while. No verb ever raises: a cache that fails is counted and answers like an empty one."""

    async def get(self, key: str) -> bytes | None:
        """What was set under `key` and has not expired."""
        ...

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Remembers `value` for `ttl_s` seconds (not at all when that is not positive)."""
        ...

    async def delete(self, key: str) -> None:
        """Forgets `key`."""
        ...
