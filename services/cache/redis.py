"""A cache in Redis, shared by processes and machines. It fails open: without Redis the server is slower, not broken."""

from __future__ import annotations

import time
from collections.abc import Callable

from services.cache.base import CacheStats
from services.redis import RedisLink


class RedisCache:
    """Implements `Cache` over Redis, by way of a `RedisLink`: a Redis that hangs costs next to nothing."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "music_dl:",
        timeout_s: float = 0.25,
        pause_s: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects on first use. `prefix` stands before every key, so that others may share the database."""
        self._prefix = prefix
        self._link = RedisLink(url, service="cache", timeout_s=timeout_s, pause_s=pause_s, clock=clock)
        self._redis = self._link.client
        self._hits = 0
        self._misses = 0

    async def get(self, key: str) -> bytes | None:
        """What was set under `key` and has not expired; `None` when Redis does not answer."""
        value = await self._link.call("get", lambda: self._redis.get(self._prefix + key))
        if value is None:
            self._misses += 1
            return None
        self._hits += 1
        # Text only from a client that decodes, which ours does not.
        return value.encode() if isinstance(value, str) else value

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Remembers `value` for `ttl_s` seconds, if Redis answers."""
        ttl_ms = int(ttl_s * 1000)
        if ttl_ms <= 0:
            await self.delete(key)
        else:
            await self._link.call("set", lambda: self._redis.set(self._prefix + key, value, px=ttl_ms))

    async def add(self, key: str, value: bytes, ttl_s: float) -> bool:
        """As `set`, but only when nothing is remembered under `key`; `False` when something was."""
        ttl_ms = int(ttl_s * 1000)
        if ttl_ms <= 0:
            return await self.get(key) is None

        async def add() -> bool:
            return bool(await self._redis.set(self._prefix + key, value, px=ttl_ms, nx=True))

        return await self._link.call("add", add) is not False

    async def delete(self, key: str) -> None:
        """Forgets `key`, if Redis answers."""
        await self._link.call("delete", lambda: self._redis.delete(self._prefix + key))

    async def ping(self) -> bool:
        """Whether Redis answers; `False` without asking in the pause after a failure."""
        return bool(await self._link.call("ping", self._redis.ping))

    async def close(self) -> None:
        """Closes the connections."""
        await self._link.close()

    @property
    def stats(self) -> CacheStats:
        """What was counted so far."""
        return CacheStats(
            hits=self._hits, misses=self._misses, failures=self._link.failures, skipped=self._link.skipped
        )
