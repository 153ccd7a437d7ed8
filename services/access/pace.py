"""How fast records are stored while the server is busy: the requests come first, the records are safe on the disk."""

from __future__ import annotations

BUSY_RATE = 200.0
"""Requests a second from which on storing holds back."""
SHARE = 0.01
"""The part of the time that storing may take then."""
LONGEST_LAG_S = 120.0
"""Records older than this are stored at full speed, whatever else goes on."""


def rest_s(*, worked_s: float, rested_s: float, rate: float, lag_s: float) -> float:
    """Seconds still to rest after `worked_s` seconds of storing and `rested_s` seconds since.

    `rate`: requests a second now; `lag_s`: age of the records to be stored next.
    """
    if rate < BUSY_RATE:
        return 0.0
    return max(0.0, min(worked_s * (1 / SHARE - 1) - rested_s, LONGEST_LAG_S - lag_s))
