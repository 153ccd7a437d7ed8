"""How fast bytes arrive, and how many connections that calls for. Pure: told the time, in seconds."""

from __future__ import annotations

import math

TICK_S = 0.1
WORTH_S = 0.25
"""Each connection beyond the first must have so many seconds of work ahead, or it costs more than it brings."""

PIECE_S = 2.0
"""A piece is what one connection brings in so many seconds."""

LONGEST_PIECE = 9 * 1024 * 1024
"""In bytes. YouTube slows down answers to requests for more than 10 MiB."""


class Pace:
    """Measures a transfer: all bytes over the first tick, then an average that forgets half with each tick."""

    def __init__(self) -> None:
        self.received = 0
        self._first_at: float | None = None
        self._ticked_at = 0.0
        self._ticked_bytes = 0
        self._rate: float | None = None

    def add(self, size: int, now: float) -> None:
        """So many bytes have arrived."""
        if self._first_at is None:
            self._first_at = self._ticked_at = now
        self.received += size

    def rate(self, now: float) -> float:
        """Bytes a second over all connections; 0 before the first byte."""
        if self._first_at is None:
            return 0.0
        if now - self._ticked_at >= TICK_S:
            latest = (self.received - self._ticked_bytes) / (now - self._ticked_at)
            self._rate = latest if self._rate is None else (self._rate + latest) / 2
            self._ticked_at, self._ticked_bytes = now, self.received
        if self._rate is not None:
            return self._rate
        return self.received / max(now - self._first_at, 0.001)

    def wanted(self, missing: int, limit: int, now: float) -> int:
        """Connections that are worth having for the missing bytes; one until the speed has shown itself."""
        rate = self.rate(now)
        if self._rate is None or missing <= 0:
            return 1
        if rate <= 0:
            return limit
        return max(1, min(limit, math.ceil(missing / rate / WORTH_S)))

    def piece_size(self, missing: int, connections: int, now: float) -> int:
        """Bytes of the next piece: smaller towards the end, so that all connections finish together."""
        per_connection = self.rate(now) / max(1, connections)
        size = min(LONGEST_PIECE, int(per_connection * PIECE_S))
        return size if connections <= 1 else min(size, missing // (2 * connections))
