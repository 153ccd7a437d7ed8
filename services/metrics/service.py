"""`/metrics`: the totals of this server, whichever of its processes is asked, as Prometheus' text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from services.metrics.board import Board, Name, Page
from services.metrics.families import ON_BOARD, Family, Kind
from services.metrics.figures import Figures
from services.metrics.sampler import Sampler

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class MetricsService:
    """One question: `text`."""

    def __init__(self, *, board: Board, sampler: Sampler, figures: Figures, build: Mapping[str, str]) -> None:
        """`build`: versions, by name."""
        self._board = board
        self._sampler = sampler
        self._figures = figures
        self._build = InfoMetricFamily("music_dl_build", "What runs here.", value=dict(build))

    async def text(self) -> bytes:
        """Everything there is to tell now. What cannot be had in time is left out."""
        # First, as it looks at what the sampler then tells: bans of other replicas, blocks.
        asked = await self._figures.now()
        self._sampler.sample()
        pages = await asyncio.to_thread(self._board.pages)
        return generate_latest(_Scrape([self._build, *families(pages, time.time()), *asked]))


@dataclass(frozen=True, slots=True)
class _Scrape(Collector):
    """What one scrape gathered; there is no registry, so nothing is registered twice."""

    metrics: Sequence[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.metrics


def families(pages: Sequence[Page], now: float) -> Iterator[Metric]:
    """The boards' numbers as one; `now` in seconds since 1970."""
    rows: dict[Name, list[float]] = {}
    for page in pages:
        for name, numbers in page.rows.items():
            family = ON_BOARD.get(name[0])
            if family is None or (not page.alive and family.kind in {Kind.SUM, Kind.UNTIL}):
                continue
            former = rows.get(name)
            rows[name] = numbers if former is None else _together(family.kind, former, numbers)
    for family in ON_BOARD.values():
        found = {labels: numbers for (name, labels), numbers in rows.items() if name == family.name}
        yield _metric(family, found, now)


def _together(kind: Kind, one: list[float], other: list[float]) -> list[float]:
    if kind is Kind.UNTIL:
        return [max(a, b) for a, b in zip(one, other, strict=True)]
    return [a + b for a, b in zip(one, other, strict=True)]


def _metric(family: Family, rows: Mapping[tuple[str, ...], list[float]], now: float) -> Metric:
    ordered = sorted(rows.items())
    if family.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(family.name, family.help, labels=family.labels)
        bounds = [*map(str, family.bounds), "+Inf"]
        for labels, (total, *classes) in ordered:
            histogram.add_metric(labels, list(zip(bounds, accumulate(classes), strict=True)), total)
        return histogram
    metric = (
        CounterMetricFamily(family.name, family.help, labels=family.labels)
        if family.kind is Kind.COUNTER
        else GaugeMetricFamily(family.name, family.help, labels=family.labels)
    )
    for labels, (value,) in ordered:
        metric.add_metric(labels, max(0.0, value - now) if family.kind is Kind.UNTIL else value)
    return metric
