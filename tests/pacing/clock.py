"""A clock that a test moves: sleeping moves it at once, or waits until the test lets go."""

from __future__ import annotations

import asyncio


class Clock:
    """Seconds; call it to read it."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.sleeping = 0
        self._going = asyncio.Event()
        self._going.set()

    def __call__(self) -> float:
        return self.now

    def hold(self) -> None:
        """Who sleeps from now on does not wake."""
        self._going.clear()

    def let_go(self) -> None:
        """All wake; time has passed by their sleep."""
        self._going.set()

    async def sleep(self, seconds: float) -> None:
        """In place of `asyncio.sleep`."""
        self.sleeping += 1
        try:
            await asyncio.sleep(0)
            await self._going.wait()
            self.now += max(0.0, seconds)
        finally:
            self.sleeping -= 1
