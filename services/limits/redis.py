"""Limits counted in Redis, for all replicas together, by its clock."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from services.limits.window import WIDTH_MS, Window
from services.redis import RedisLink

SEAT_LASTS_MS = 60_000
"""A seat whose process died is free after this long; see `LimitBook.keep`."""

# The same as `window.moved` and `window.counted`: one contract test holds both to it.
_HIT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, width = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'start', 'former', 'current')
local start, former, current = tonumber(kept[1]), tonumber(kept[2]), tonumber(kept[3])
if not start or now >= start + 2 * width then
    start, former, current = now, 0, 0
elseif now >= start + width then
    start, former, current = start + width, current, 0
end
local passed = 0
if current + former * (start + width - now) / width + 1 <= limit then
    passed, current = 1, current + 1
end
redis.call('HSET', KEYS[1], 'start', string.format('%d', start), 'former', former, 'current', current)
redis.call('PEXPIRE', KEYS[1], start + 2 * width - now)
return {now, start, former, current, passed}
"""

_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
    return 0
end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""

_KEEP = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for at = 2, #ARGV do
    redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[at])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
"""
_KEPT_AT_ONCE = 1000
"""Redis does nothing else while a script runs."""


class RedisLimitBook:
    """Implements `LimitBook` over Redis; one round trip a request."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "music_dl:",
        width_ms: int = WIDTH_MS,
        seat_lasts_ms: int = SEAT_LASTS_MS,
        timeout_s: float = 0.25,
        pause_s: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects on first use. `clock` is for the pauses after a failure alone."""
        self._prefix = prefix
        self._width_ms = width_ms
        self._seat_lasts_ms = seat_lasts_ms
        self._link = RedisLink(url, service="limits", timeout_s=timeout_s, pause_s=pause_s, clock=clock)
        self._hit = self._link.client.register_script(_HIT)
        self._take = self._link.client.register_script(_TAKE)
        self._keep = self._link.client.register_script(_KEEP)

    async def hit(self, label: str, limit: int) -> tuple[Window, bool] | None:
        """Counts a request unless `limit` is reached; `None` when Redis does not answer."""
        key = self._key("rate", label)
        result: Any = await self._link.call("hit", lambda: self._hit(keys=[key], args=[limit, self._width_ms]))
        if result is None:
            return None
        now, start, former, current, passed = result
        return Window(now, start, former, current), bool(passed)

    async def take(self, label: str, seat: str, limit: int) -> bool | None:
        """Takes a seat, unless all are taken; `None` when Redis does not answer."""
        key = self._key("seats", label)
        arguments: list[str | int] = [seat, limit, self._seat_lasts_ms]
        result: Any = await self._link.call("take", lambda: self._take(keys=[key], args=arguments))
        return None if result is None else bool(result)

    async def leave(self, label: str, seat: str) -> None:
        """Gives a seat back; if Redis does not answer, it runs out by itself."""
        key = self._key("seats", label)
        await self._link.call("leave", lambda: self._link.client.zrem(key, seat))

    async def keep(self, held: Mapping[str, set[str]]) -> None:
        """Renews the seats; those that were taken while Redis was away are entered."""
        for label, seats in held.items():
            key, names = self._key("seats", label), sorted(seats)
            for at in range(0, len(names), _KEPT_AT_ONCE):
                await self._renew(key, names[at : at + _KEPT_AT_ONCE])

    async def _renew(self, key: str, seats: list[str]) -> None:
        arguments: list[str | int] = [self._seat_lasts_ms, *seats]
        await self._link.call("keep", lambda: self._keep(keys=[key], args=arguments))

    async def close(self) -> None:
        """Closes the connections."""
        await self._link.close()

    def _key(self, kind: str, label: str) -> str:
        # Addresses are kept nowhere in the clear but where the operator can have them removed.
        return f"{self._prefix}{kind}:{hashlib.blake2b(label.encode(), digest_size=16).hexdigest()}"
