"""A sliding window in three numbers, as a pure function.

Requests of the running window count in full, those of the one before by the share of it that the last minute still
covers. A fixed window would let twice the limit through around its end; a log of every request would cost memory by
the request.
"""

from __future__ import annotations

import math
from typing import NamedTuple

WIDTH_MS = 60_000


class Window(NamedTuple):
    """Requests of one caller; times in milliseconds on one clock. A tuple, as two are made for every request."""

    now: int
    start: int
    """When the running window began: with its first request, or with the end of the one before."""
    former: int = 0
    """Requests of the window before it."""
    current: int = 0


class Quota(NamedTuple):
    """What a caller is told about its limit."""

    limit: int
    remaining: int
    reset_s: int
    """Seconds until the running window ends."""
    retry_after_s: int | None = None
    """Seconds until the next request may pass; `None` when this one did."""


def moved(window: Window | None, now: int, width_ms: int = WIDTH_MS) -> Window:
    """The window as it stands at `now`."""
    if window is None or now >= window.start + 2 * width_ms:
        return Window(now, now)
    if now >= window.start + width_ms:
        return Window(now, window.start + width_ms, former=window.current)
    return Window(now, window.start, window.former, window.current)


def counted(window: Window, limit: int, width_ms: int = WIDTH_MS) -> tuple[Window, bool]:
    """One request more, unless that is more than `limit`."""
    if _load(window, width_ms) + 1 > limit:
        return window, False
    return Window(window.now, window.start, window.former, window.current + 1), True


def quota(window: Window, passed: bool, limit: int, width_ms: int = WIDTH_MS) -> Quota:
    """What to tell the caller of a window after its request."""
    left_ms = window.start + width_ms - window.now
    return Quota(
        limit=limit,
        remaining=max(0, math.floor(limit - _load(window, width_ms))),
        reset_s=math.ceil(left_ms / 1000),
        retry_after_s=None if passed else max(1, math.ceil(_wait_ms(window, limit, width_ms) / 1000)),
    )


def _load(window: Window, width_ms: int) -> float:
    # Whole numbers as far as possible: at the very edge a rounding error would refuse what may pass.
    covered_ms = window.start + width_ms - window.now
    return window.current + window.former * covered_ms / width_ms


def _wait_ms(window: Window, limit: int, width_ms: int) -> float:
    """Until one more request fits, if no other comes."""
    room = limit - 1 - window.current
    if room >= 0:
        # As soon as the former window weighs no more than the room.
        return window.start + width_ms * (1 - room / window.former) - window.now
    # Not before this window has become the former one.
    return window.start + width_ms * (2 - (limit - 1) / window.current) - window.now
