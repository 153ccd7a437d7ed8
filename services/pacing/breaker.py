"""A breaker for one host that turns us away: closed, open until a moment, then one probe finds out.

With a shared cache all replicas obey the first refusal, and one probe is made by all of them together. A cache that
fails leaves each process to its own experience.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from models.errors import BotCheck, SessionLimited, SourceBlocked, SourceRateLimited, VideoError
from services.cache.base import Cache

logger = logging.getLogger(__name__)

KINDS: dict[str, type[SourceBlocked]] = {
    kind.code: kind for kind in (SourceBlocked, BotCheck, SessionLimited, SourceRateLimited)
}
FIRST_S: dict[str, float] = {
    # YouTube's own words: "for up to an hour".
    SessionLimited.code: 900.0,
    BotCheck.code: 300.0,
    SourceRateLimited.code: 30.0,
    SourceBlocked.code: 60.0,
}
"""The first pause after each kind of refusal; it doubles with each refused probe."""
LONGEST_S = 3600.0
LONGEST_DEMAND_S = 86_400.0
"""A `Retry-After` beyond this is taken for this."""
REMEMBERED_S = 3600.0
"""So long after its end a block without a successful probe makes the next one longer."""
PROBE_S = 120.0
"""A probe whose process died stops others no longer than this."""
PROBE_WAIT_S = 30.0
"""How long others wait for a probe's outcome before they give up for now."""
PROBE_LOOK_S = 0.5
PROBE_RETRY_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The host turned us away."""

    code: str
    """Of the error that it was."""
    since: float
    """Seconds since 1970, as all times here: replicas compare wall clocks."""
    until: float
    strikes: int
    """Refusals in a row, a probe or more apart."""

    def error(self, stage: str, now: float) -> SourceBlocked:
        """What a caller is told who comes too early."""
        return KINDS[self.code](stage=stage, retry_after_s=max(1.0, self.until - now))


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerStats:
    """What this process's breaker did since it was made."""

    opened: int = 0
    refused: int = 0
    """Callers sent away without asking the host."""
    probes: int = 0


class Breaker:
    """`async with breaker.guarded(stage):` around each request to the host."""

    def __init__(
        self,
        *,
        name: str,
        cache: Cache,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._cache = cache
        self._clock = clock
        self._sleep = sleep
        self._block: Block | None = None
        self._probing = False
        self._opened = 0
        self._refused = 0
        self._probes = 0

    @property
    def until(self) -> float:
        """The end of the newest block that was seen here, in seconds since 1970; 0 when there was none."""
        return 0.0 if self._block is None else self._block.until

    async def look(self) -> Block | None:
        """The block in force, anybody's; `None` when the host may be asked (a probe that is due included)."""
        block = await self._current()
        return block if block is not None and block.until > self._clock() else None

    async def check(self, stage: str) -> None:
        """Raises the kind of `SourceBlocked` that is in force, with the time left."""
        block = await self.look()
        if block is not None:
            self._refused += 1
            raise block.error(stage, self._clock())

    @asynccontextmanager
    async def guarded(self, stage: str) -> AsyncIterator[None]:
        """The body may ask the host. A `SourceBlocked` that it raises opens the breaker, and gets the time to wait.

        Raises `SourceBlocked` at once while the breaker is open; after that one caller is let through to find out,
        and the others wait a while for what it learns.
        """
        probe = await self._admit(stage)
        begun = self._clock()
        try:
            yield
        except SourceBlocked as refusal:
            await self._refuse(refusal, begun, probe)
            raise
        except VideoError:
            # Trouble of this video: the host answered.
            await self._recover(probe)
            raise
        except BaseException:
            # A broken line or a cancellation tells nothing; the next caller finds out.
            await self._end_probe(probe)
            raise
        await self._recover(probe)

    def stats(self) -> BreakerStats:
        """What this process did so far."""
        return BreakerStats(opened=self._opened, refused=self._refused, probes=self._probes)

    async def _admit(self, stage: str) -> bool:
        """Whether the caller is the probe; raises when it may not ask."""
        end = self._clock() + PROBE_WAIT_S
        while True:
            block = await self._current()
            if block is None:
                return False
            now = self._clock()
            if block.until > now:
                self._refused += 1
                raise block.error(stage, now)
            if not self._probing:
                self._probing = True
                # The flag is ours before the first await, so that a process makes no two.
                if await self._cache.add(self._probe_key, b"1", PROBE_S):
                    self._probes += 1
                    logger.info("youtube_probe", extra={"host": self._name, "strikes": block.strikes})
                    return True
                self._probing = False
            if now >= end:
                self._refused += 1
                raise KINDS[block.code](stage=stage, retry_after_s=PROBE_RETRY_S)
            await self._sleep(PROBE_LOOK_S)

    async def _refuse(self, refusal: SourceBlocked, begun: float, probe: bool) -> None:
        now = self._clock()
        former = await self._current()
        # Requests that were under way together are refused together: one strike.
        strikes = former.strikes + 1 if former is not None and former.since < begun else 1
        if former is None or former.since < begun:
            wait_s = min(FIRST_S[refusal.code] * 2 ** min(strikes - 1, 16), LONGEST_S)
            wait_s = max(wait_s, min(refusal.retry_after_s or 0.0, LONGEST_DEMAND_S))
            former = Block(code=refusal.code, since=now, until=now + wait_s, strikes=strikes)
            self._block = former
            self._opened += 1
            logger.warning(
                "youtube_block",
                extra={"host": self._name, "code": former.code, "seconds": wait_s, "strikes": strikes},
            )
            await self._cache.set(self._block_key, _to_bytes(former), wait_s + REMEMBERED_S)
        refusal.retry_after_s = max(1.0, former.until - now)
        await self._end_probe(probe)

    async def _recover(self, probe: bool) -> None:
        if not probe:
            return
        logger.info("youtube_back", extra={"host": self._name})
        self._block = None
        await self._cache.delete(self._block_key)
        await self._end_probe(probe)

    async def _end_probe(self, probe: bool) -> None:
        if probe:
            self._probing = False
            await self._cache.delete(self._probe_key)

    async def _current(self) -> Block | None:
        """The newest block known here or elsewhere; one that is long over is forgotten."""
        shared = _from_bytes(await self._cache.get(self._block_key))
        if shared is not None:
            if self._block is None or shared.since > self._block.since:
                self._block = shared
        elif self._block is not None and self._block.until <= self._clock():
            # Another replica's probe went well, or it was long ago. (While it lasts, a lost cache lifts no block.)
            self._block = None
        return self._block

    @property
    def _block_key(self) -> str:
        return f"youtube:block:{self._name}"

    @property
    def _probe_key(self) -> str:
        return f"youtube:probe:{self._name}"


def _to_bytes(block: Block) -> bytes:
    return json.dumps(asdict(block)).encode()


def _from_bytes(value: bytes | None) -> Block | None:
    if value is None:
        return None
    try:
        fields = json.loads(value)
        block = Block(
            code=str(fields["code"]),
            since=float(fields["since"]),
            until=float(fields["until"]),
            strikes=int(fields["strikes"]),
        )
    except (ValueError, KeyError, TypeError):
        block = None
    if block is None or block.code not in KINDS or not math.isfinite(block.until):
        logger.warning("youtube_block_unreadable", extra={"value": value[:100].decode(errors="replace")})
        return None
    return block
