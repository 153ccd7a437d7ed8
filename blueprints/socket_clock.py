"""One clock for all progress sockets of a process: thousands of timers would cost more than the sockets."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Protocol

PERIOD_S = 1.0


class Timed(Protocol):
    """What the clock tells the time."""

    def tick(self, now: float) -> None:
        """Called about once a second with the monotonic time; must not raise."""
        ...


class SocketClock:
    """Ticks for those that are in."""

    def __init__(self) -> None:
        self._sockets: set[Timed] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to tick."""
        self._task = asyncio.create_task(self._run(), name="progress-sockets-clock")

    async def close(self) -> None:
        """Stops."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def add(self, one: Timed) -> None:
        """Ticks for `one`, too."""
        self._sockets.add(one)

    def discard(self, one: Timed) -> None:
        """No more."""
        self._sockets.discard(one)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PERIOD_S)
            now = monotonic()
            for one in list(self._sockets):
                one.tick(now)
