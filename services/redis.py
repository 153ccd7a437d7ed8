"""One way to Redis for all that shares something through it: bounded in time, and out of the way when it is gone."""

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

logger = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")

MAX_CONNECTIONS = 32


class RedisLink:
    """Calls to one Redis on behalf of one service.

    A call waits at most `timeout_s`. After one that failed, all calls are skipped for `pause_s`; then one is let
    through to see whether Redis is back, while the others still skip. So a Redis that hangs costs next to nothing.
    """

    def __init__(
        self,
        url: str,
        *,
        service: str,
        timeout_s: float = 0.25,
        pause_s: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects on first use. `service` names in the log what does without Redis meanwhile."""
        self._service = service
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
        self.client: aioredis.Redis = aioredis.Redis.from_pool(pool)
        self._skip_until = float("-inf")
        self._down = False
        self.failures = 0
        """Calls that Redis did not answer."""
        self.skipped = 0
        """Calls that were not even tried, shortly after a failure."""

    async def call(self, verb: str, call: Callable[[], Awaitable[ResultT]]) -> ResultT | None:
        """What `call` gives; `None` when Redis does not answer, or is not asked."""
        now = self._clock()
        if now < self._skip_until:
            self.skipped += 1
            return None
        if self._down:
            # The others skip while this one finds out.
            self._skip_until = now + self._pause_s
        try:
            async with asyncio.timeout(self._timeout_s):
                result = await call()
        except (RedisError, OSError, TimeoutError) as error:
            self.failures += 1
            self._skip_until = self._clock() + self._pause_s
            logger.warning(
                "redis_failed",
                extra={
                    "service": self._service,
                    "verb": verb,
                    "cause": f"{type(error).__name__}: {error}",
                    "pause_s": self._pause_s,
                },
            )
            self._down = True
            return None
        if self._down:
            logger.info("redis_back", extra={"service": self._service})
        self._down = False
        self._skip_until = float("-inf")
        return result

    async def close(self) -> None:
        """Closes the connections."""
        await self.client.aclose()
