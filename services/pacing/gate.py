"""All that stands before YouTube: two breakers, one for each host, and turns for extractions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from models.match import Shelf
from services.cache.base import Cache
from services.pacing.breaker import Breaker, BreakerStats
from services.pacing.turns import Turns

SEARCH = "search"
EXTRACT = "extract"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateStats:
    """Numbers of this process, for operators."""

    music: BreakerStats
    """music.youtube.com: the search for songs."""
    videos: BreakerStats
    """www.youtube.com: the search for videos, and extraction."""
    waited_s: float
    """Seconds that extractions waited for their turn, in sum."""


class YouTubeGate:
    """Asked before each search and extraction; shared by all of a process, and by its cache with the replicas."""

    def __init__(self, *, music: Breaker, videos: Breaker, turns: Turns) -> None:
        self._music = music
        self._videos = videos
        self._turns = turns

    @classmethod
    def over(cls, cache: Cache, *, min_interval_s: float) -> Self:
        """The gate that replicas share through this cache; `min_interval_s` lies between two extractions' begins."""
        return cls(
            music=Breaker(name="music", cache=cache),
            videos=Breaker(name="videos", cache=cache),
            turns=Turns(interval_s=min_interval_s, cache=cache, key="youtube:turn"),
        )

    @asynccontextmanager
    async def search(self, shelf: Shelf) -> AsyncIterator[None]:
        """The body may ask this shelf; raises the `SourceBlocked` in force instead."""
        if shelf is Shelf.YOUTUBE:
            async with self._videos.guarded(SEARCH):
                yield
            return
        # What the search would find could not be extracted.
        await self._videos.check(SEARCH)
        async with self._music.guarded(SEARCH):
            yield

    @asynccontextmanager
    async def extraction(self) -> AsyncIterator[None]:
        """The body may extract, and it is its turn; raises the `SourceBlocked` in force instead."""
        await self._videos.check(EXTRACT)
        await self._turns.take()
        async with self._videos.guarded(EXTRACT):
            yield

    async def facts(self) -> dict[str, Any]:
        """For the health page: until when YouTube is left alone, and why; `None` for both when it is not."""
        blocks = [block for breaker in (self._videos, self._music) if (block := await breaker.look()) is not None]
        longest = max(blocks, key=lambda block: block.until, default=None)
        return {
            "blocked_until": longest and datetime.fromtimestamp(longest.until, UTC).isoformat(timespec="seconds"),
            "blocked_by": longest and longest.code,
        }

    def blocked_until(self) -> Mapping[str, float]:
        """For each host, the end of the newest block seen here (seconds since 1970, 0: none); asks nobody."""
        return {"music": self._music.until, "videos": self._videos.until}

    def stats(self) -> GateStats:
        """Numbers since the start of this process."""
        return GateStats(music=self._music.stats(), videos=self._videos.stats(), waited_s=self._turns.waited_s)
