"""What is counted the moment it happens, and cheaply: requests, and the stages of jobs."""

from __future__ import annotations

from bisect import bisect_left

from services.metrics.board import Board
from services.metrics.families import (
    HTTP_BYTES,
    HTTP_DURATION,
    HTTP_REQUESTS,
    METADATA,
    REQUEST_BOUNDS_S,
    RUNS,
    STAGE_BOUNDS_S,
    STAGES,
    Family,
)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
"""A method that nobody should use, whatever it is called."""
NO_ROUTE = "none"
"""Every address that does not exist."""


class TrafficMeter:
    """HTTP requests. `answered` runs for each of them: it is written for speed."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._values = board.values
        self._rows: dict[tuple[str, str, int], tuple[int, int, int]] = {}
        self._metadata: dict[tuple[str, str], int] = {}

    def answered(self, method: str, route: str, status: int, lasted_s: float, sent: int) -> None:
        """`route`: the address' template, empty when no route answers to the path; `sent`: bytes of the body."""
        row = self._rows.get((method, route, status)) or self._row(method, route, status)
        values = self._values
        requests, duration, size = row
        values[requests] += 1
        values[duration] += lasted_s
        values[duration + 1 + bisect_left(REQUEST_BOUNDS_S, lasted_s)] += 1
        values[size] += sent

    def metadata(self, kind: str, cache: str) -> None:
        """An answer with metadata came from there: `hit`, `stale` or `miss`."""
        slot = self._metadata.get((kind, cache))
        if slot is None:
            slot = self._metadata[kind, cache] = self._board.slot(METADATA.name, (kind, cache))
        self._values[slot] += 1

    def _row(self, method: str, route: str, status: int) -> tuple[int, int, int]:
        if method not in METHODS:
            # Not under its own name: anybody can invent methods.
            return self._rows.get((OTHER, route, status)) or self._row_of(OTHER, route, status)
        return self._row_of(method, route, status)

    def _row_of(self, method: str, route: str, status: int) -> tuple[int, int, int]:
        shown = route or NO_ROUTE
        row = (
            self._board.slot(HTTP_REQUESTS.name, (method, shown, str(status))),
            _histogram(self._board, HTTP_DURATION, (method, shown)),
            self._board.slot(HTTP_BYTES.name, (method, shown)),
        )
        self._rows[method, route, status] = row
        return row


class StageMeter:
    """How long each stage of a job took, and how runs ended."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def stage(self, stage: str, lasted_s: float) -> None:
        """A stage is over."""
        at = _histogram(self._board, STAGES, (stage,))
        self._board.values[at] += lasted_s
        self._board.values[at + 1 + bisect_left(STAGE_BOUNDS_S, lasted_s)] += 1

    def run(self, outcome: str) -> None:
        """A run is over: `done`, `failed`, `cancelled`, or to be tried again."""
        self._board.values[self._board.slot(RUNS.name, (outcome,))] += 1


def _histogram(board: Board, family: Family, labels: tuple[str, ...]) -> int:
    return board.slot(family.name, labels, size=len(family.bounds) + 2)
