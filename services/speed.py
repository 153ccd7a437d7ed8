"""Speed and time left of a transfer, smoothed so that a person can read them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

WINDOW_S = 4.0


class SpeedMeter:
    """Bytes a second over the last few seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque()

    def add(self, done: int) -> None:
        """Notes that `done` bytes have arrived in all. A smaller number than before starts the measurement anew."""
        now = self._clock()
        if self._marks and done < self._marks[-1][1]:
            self._marks.clear()
        self._marks.append((now, done))
        # One mark older than the window stays, so that a slow transfer still has two.
        while len(self._marks) > 2 and self._marks[1][0] < now - WINDOW_S:
            self._marks.popleft()

    def bytes_per_s(self) -> float | None:
        """The speed, once there are two moments to compare."""
        if len(self._marks) < 2:
            return None
        (first_at, first), (last_at, last) = self._marks[0], self._marks[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else None

    def seconds_left(self, total: int | None) -> float | None:
        """Time until `total` bytes have arrived at the present speed; `None` when it cannot be said."""
        speed = self.bytes_per_s()
        if total is None or not speed:
            return None
        return max(0.0, (total - self._marks[-1][1]) / speed)
