"""Tells a listener how far a transfer is: not too often, and never too late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.source.base import FetchProgress, FetchState

EVERY_S = 0.02


class Announcer:
    """Calls `listener` at most once in `EVERY_S`; what falls between is told when that time is over."""

    def __init__(self, listener: FetchProgress | None, state: Callable[[], FetchState]) -> None:
        self._listener = listener
        self._state = state
        self._told_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        """There is news."""
        if self._listener is None or self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        wait_s = self._told_at + EVERY_S - loop.time()
        if wait_s <= 0:
            self._tell()
        else:
            self._timer = loop.call_later(wait_s, self._tell)

    def last(self) -> None:
        """Tells the final state."""
        self.stop()
        if self._listener is not None:
            self._tell()

    def stop(self) -> None:
        """Tells nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell(self) -> None:
        self._timer = None
        self._told_at = asyncio.get_running_loop().time()
        if self._listener is not None:
            self._listener(self._state())
