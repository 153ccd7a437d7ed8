"""A row of the table: what was measured, its target, and whether it is met."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

HEADS = ("what", "measured", "target", "verdict", "how")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement; without a target it is told and not judged."""

    name: str
    measured: float
    unit: str = "×"
    bound: Literal["at least", "at most"] = "at most"
    target: float | None = None
    detail: str = ""
    """The figures behind it, so that the ratio can be checked."""

    @property
    def verdict(self) -> str:
        """`ok`, `over`, or nothing."""
        if self.target is None:
            return ""
        good = self.measured >= self.target if self.bound == "at least" else self.measured <= self.target
        return "ok" if good else "over"

    def cells(self) -> tuple[str, ...]:
        """As printed."""
        sign = "≥" if self.bound == "at least" else "≤"
        target = "" if self.target is None else f"{sign} {self.target:g} {self.unit}"
        return self.name, f"{self.measured:.3g} {self.unit}", target, self.verdict, self.detail


@dataclass(frozen=True, slots=True)
class Rounds:
    """Ratios of alternating rounds."""

    ratios: Sequence[float]

    @property
    def median(self) -> float:
        """The one in the middle: a neighbour's burst of work spoils a round, not the result."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> str:
        """From the lowest to the highest."""
        return f"{len(self.ratios)} rounds, {min(self.ratios):.2f} to {max(self.ratios):.2f}"


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table with aligned columns."""
    lines = [HEADS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    ruled = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in ruled
    )
