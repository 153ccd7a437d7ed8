"""How fast may be written: a count of the writes within each window of time, shared by all processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from models.errors import BucketRateLimited


@dataclass(frozen=True, slots=True)
class Window:
    """At most so many writes within so many seconds."""

    writes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PaceState:
    """What has been written lately, in seconds since 1970."""

    stamps: tuple[float, ...] = ()
    hold_until: float = 0.0


class PaceBook(Protocol):
    """Keeps one `PaceState` per name for all processes, changed by compare-and-set."""

    async def change(self, name: str, decide: Callable[[PaceState], PaceState | None]) -> PaceState | None:
        """Writes what `decide` gives for the state as it is, and returns it; `None`: nothing was to be written."""
        ...


class MemoryPaceBook:
    """A `PaceBook` that serves one process only."""

    def __init__(self) -> None:
        self._states: dict[str, PaceState] = {}

    async def change(self, name: str, decide: Callable[[PaceState], PaceState | None]) -> PaceState | None:
        """See `PaceBook`."""
        state = decide(self._states.get(name, PaceState()))
        if state is not None:
            self._states[name] = state
        return state


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to make `writes` writes, given at `at`."""

    writes: int
    at: float


class WritePace:
    """Gives leave to write. It never sleeps: who may not write is told when to come back."""

    def __init__(
        self, *, book: PaceBook, name: str, windows: Sequence[Window], clock: Callable[[], float] = time.time
    ) -> None:
        self._book = book
        self._name = name
        self._windows = tuple(windows)
        self._longest = max(window.seconds for window in windows)
        self._clock = clock

    async def take(self, wanted: int, *, least: int = 1) -> Turn:
        """Leave for up to `wanted` writes, counted from now on; raises `BucketRateLimited` for fewer than `least`.

        `settle` it after the last write.
        """
        now = self._clock()
        wait_s = 0.0
        granted = 0

        def decide(state: PaceState) -> PaceState | None:
            nonlocal wait_s, granted
            stamps = tuple(stamp for stamp in state.stamps if stamp > now - self._longest)
            granted = min(wanted, self._free(stamps, now))
            wait_s = max(state.hold_until - now, self._wait_s(stamps, now, least))
            if wait_s > 0 or granted < least:
                return None
            return PaceState(stamps + (now,) * granted, state.hold_until)

        if await self._book.change(self._name, decide) is None:
            raise BucketRateLimited(retry_after_s=max(wait_s, 0.05), pace=True)
        return Turn(granted, now)

    async def settle(self, turn: Turn, used: int) -> None:
        """The writes are over: those `used` count from now, for the bucket may have seen them as late as that."""
        now = self._clock()

        def decide(state: PaceState) -> PaceState:
            mine = [stamp for stamp in state.stamps if stamp == turn.at][: turn.writes]
            others = list(state.stamps)
            for stamp in mine:
                others.remove(stamp)
            return replace(state, stamps=tuple(sorted([*others, *[now] * used])))

        await self._book.change(self._name, decide)

    async def hold(self, seconds: float) -> None:
        """Nobody writes for so long: the bucket said so."""
        until = self._clock() + seconds
        await self._book.change(self._name, lambda state: replace(state, hold_until=max(until, state.hold_until)))

    def _free(self, stamps: Sequence[float], now: float) -> int:
        return min(
            window.writes - sum(1 for stamp in stamps if stamp > now - window.seconds) for window in self._windows
        )

    def _wait_s(self, stamps: Sequence[float], now: float, least: int) -> float:
        """Seconds until `least` writes are free in every window."""
        wait_s = 0.0
        for window in self._windows:
            recent = sorted(stamp for stamp in stamps if stamp > now - window.seconds)
            surplus = len(recent) + least - window.writes
            if surplus > 0:
                leaving = recent[min(surplus, len(recent)) - 1] if recent else now
                wait_s = max(wait_s, leaving + window.seconds - now)
        return wait_s
