"""Two caches as one: a near one that answers at once, a far one that is shared."""

from __future__ import annotations

from services.cache.base import Cache


class TieredCache:
    """Implements `Cache`: asks the near one first and fills it from the far one.

    Other processes change the far one unseen, so the near one keeps nothing longer than `near_ttl_s`.
    """

    def __init__(self, *, near: Cache, far: Cache, near_ttl_s: float) -> None:
        self._near = near
        self._far = far
        self._near_ttl_s = near_ttl_s

    async def get(self, key: str) -> bytes | None:
        """What was set under `key`, here or elsewhere."""
        value = await self._near.get(key)
        if value is None:
            value = await self._far.get(key)
            if value is not None:
                await self._near.set(key, value, self._near_ttl_s)
        return value

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Remembers `value` in both."""
        await self._near.set(key, value, min(ttl_s, self._near_ttl_s))
        await self._far.set(key, value, ttl_s)

    async def add(self, key: str, value: bytes, ttl_s: float) -> bool:
        """The far one decides: it is the one that is shared."""
        if not await self._far.add(key, value, ttl_s):
            return False
        await self._near.set(key, value, min(ttl_s, self._near_ttl_s))
        return True

    async def delete(self, key: str) -> None:
        """Forgets `key` in both; another process may still know it for `near_ttl_s`."""
        await self._near.delete(key)
        await self._far.delete(key)
