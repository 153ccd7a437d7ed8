"""A cache in Redis, shared by processes and machines. It fails open: without Redis the server is slower, not broken."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis import asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.cache.base import CacheStats

logger = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")

MAX_CONNECTIONS = 32


class RedisCache:
    """Implements `Cache` over Redis.

    A call waits at most `timeout_s`. After one that failed, all calls are skipped for `pause_s`; then one is let
    through to see whether Redis is back, while the others still skip. So a Redis that hangs costs next to nothing.
    """

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
        self._timeout_s = timeout_s
        self._pause_s = pause_s
        self._clock = clock
        pool: aioredis.BlockingConnectionPool = aioredis.BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # The pause below is our way of trying again.
            retry=Retry(NoBackoff(), 0),
        )
        self._redis: aioredis.Redis = aioredis.Redis.from_pool(pool)
        self._skip_until = float("-inf")
        self._down = False
        self._hits = 0
        self._misses = 0
        self._failures = 0
        self._skipped = 0

    async def get(self, key: str) -> bytes | None:
        """What was set under `key` and has not expired; `None` when Redis does not answer."""
        value = await self._try("get", lambda: self._redis.get(self._prefix + key))
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
            await self._try("set", lambda: self._redis.set(self._prefix + key, value, px=ttl_ms))

    async def add(self, key: str, value: bytes, ttl_s: float) -> bool:
        """As `set`, but only when nothing is remembered under `key`; `False` when something was."""
        ttl_ms = int(ttl_s * 1000)
        if ttl_ms <= 0:
            return await self.get(key) is None

        async def add() -> bool:
            return bool(await self._redis.set(self._prefix + key, value, px=ttl_ms, nx=True))

        return await self._try("add", add) is not False

    async def delete(self, key: str) -> None:
        """Forgets `key`, if Redis answers."""
        await self._try("delete", lambda: self._redis.delete(self._prefix + key))

    async def ping(self) -> bool:
        """Whether Redis answers; `False` without asking in the pause after a failure."""
        return bool(await self._try("ping", self._redis.ping))

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()

    @property
    def stats(self) -> CacheStats:
        """What was counted so far."""
        return CacheStats(hits=self._hits, misses=self._misses, failures=self._failures, skipped=self._skipped)

    async def _try(self, verb: str, call: Callable[[], Awaitable[ResultT]]) -> ResultT | None:
        now = self._clock()
        if now < self._skip_until:
            self._skipped += 1
            return None
        if self._down:
            # The others skip while this one finds out.
            self._skip_until = now + self._pause_s
        try:
            async with asyncio.timeout(self._timeout_s):
                result = await call()
        except (RedisError, OSError, TimeoutError) as error:
            self._failures += 1
            self._skip_until = self._clock() + self._pause_s
            logger.warning(
                "cache_failed",
                extra={"verb": verb, "cause": f"{type(error).__name__}: {error}", "pause_s": self._pause_s},
            )
            self._down = True
            return None
        if self._down:
            logger.info("cache_back")
        self._down = False
        self._skip_until = float("-inf")
        return result
