"""Puts on the board what the parts of this process count for themselves: once a second, and before each scrape."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from services.metrics.board import Board
from services.metrics.families import Family, Kind

EVERY_S = 1.0

Sample = tuple[Family, tuple[str, ...], float]
Source = Callable[[], Iterable[Sample]]
"""Numbers of one part, of this process since it was started; asks nobody."""


class Sampler:
    """A killed process loses at most a second of these numbers; sums never fall."""

    def __init__(self, *, board: Board, sources: Iterable[Source]) -> None:
        self._board = board
        self._sources = tuple(sources)
        self._base: dict[int, float] = {}

    async def run(self) -> None:
        """Once a second until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(EVERY_S)

    def sample(self) -> None:
        """Writes every number as it is now."""
        values = self._board.values
        for source in self._sources:
            for family, labels, value in source():
                slot = self._board.slot(family.name, labels)
                if family.kind is Kind.COUNTER:
                    # On top of what the process that had this board before has counted.
                    base = self._base.setdefault(slot, values[slot])
                    values[slot] = max(values[slot], base + value)
                else:
                    values[slot] = value
