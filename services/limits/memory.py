"""Limits counted in this process alone."""

from __future__ import annotations

import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping

from services.limits.window import WIDTH_MS, Window, counted, moved

CALLERS_KEPT = 50_000
"""Whoever asked longest ago is forgotten first: somebody with many addresses must not fill the memory."""


class MemoryLimitBook:
    """Implements `LimitBook` for one process."""

    def __init__(
        self,
        *,
        width_ms: int = WIDTH_MS,
        callers_kept: int = CALLERS_KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._width_ms = width_ms
        self._callers_kept = callers_kept
        self._clock = clock
        self._windows: OrderedDict[str, Window] = OrderedDict()
        self._seats: defaultdict[str, set[str]] = defaultdict(set)

    async def hit(self, label: str, limit: int) -> tuple[Window, bool] | None:
        """Counts a request unless `limit` is reached."""
        now = int(self._clock() * 1000)
        window, passed = counted(moved(self._windows.get(label), now, self._width_ms), limit, self._width_ms)
        self._windows[label] = window
        self._windows.move_to_end(label)
        if len(self._windows) > self._callers_kept:
            self._windows.popitem(last=False)
        return window, passed

    async def take(self, label: str, seat: str, limit: int) -> bool | None:
        """Takes a seat, unless all are taken."""
        seats = self._seats[label]
        if seat not in seats and len(seats) >= limit:
            return False
        seats.add(seat)
        return True

    async def leave(self, label: str, seat: str) -> None:
        """Gives a seat back."""
        seats = self._seats[label]
        seats.discard(seat)
        if not seats:
            del self._seats[label]

    async def keep(self, held: Mapping[str, set[str]]) -> None:
        """Nothing runs out here."""

    async def close(self) -> None:
        """Nothing is open."""
