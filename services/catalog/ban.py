"""Spotify's request to wait: it covers the whole API, so everybody stops asking until it is over."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

from models.errors import CatalogRateLimited
from services.cache.base import Cache

logger = logging.getLogger(__name__)

MAX_BAN_S = 86_400.0
"""The longest `Retry-After` seen in the field; a longer one is taken for this."""
_KEY = "spotify:ban"


class SpotifyBan:
    """When Spotify may be asked again; with a shared cache, all replicas know."""

    def __init__(self, *, cache: Cache | None = None, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since 1970: replicas compare wall clocks."""
        self._cache = cache
        self._clock = clock
        self._until = 0.0
        self.count = 0
        """Bans that this process was given."""

    def until(self) -> datetime | None:
        """The end of the ban (aware, UTC), as far as this process knows; `None` when there is none."""
        return datetime.fromtimestamp(self._until, UTC) if self._until > self._clock() else None

    async def check(self) -> None:
        """Raises `CatalogRateLimited` with the seconds left while a ban lasts, anybody's."""
        if self._until <= self._clock() and self._cache is not None:
            self._learn(await self._cache.get(_KEY))
        left = self._until - self._clock()
        if left > 0:
            raise CatalogRateLimited(retry_after_s=left)

    async def start(self, seconds: float) -> float:
        """Nobody asks for `seconds` from now on; a longer ban stays. Returns the seconds that the ban lasts."""
        now = self._clock()
        seconds = min(max(seconds, 0.0), MAX_BAN_S)
        if now + seconds > self._until:
            self._until = now + seconds
            self.count += 1
            logger.warning("spotify_ban", extra={"seconds": seconds})
            if self._cache is not None:
                await self._cache.set(_KEY, repr(self._until).encode(), seconds)
        return self._until - now

    def _learn(self, shared: bytes | None) -> None:
        if shared is None:
            return
        try:
            until = float(shared)
        except ValueError:
            until = math.nan
        if not math.isfinite(until):
            logger.warning("spotify_ban_unreadable", extra={"value": shared[:40].decode("ascii", "replace")})
            return
        self._until = min(until, self._clock() + MAX_BAN_S)
