"""Figures that are asked for when Prometheus scrapes: from the database, the queue, the disk; bounded in time."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric

from models.errors import MusicError, QueueUnavailable
from services.access.log import AccessLog
from services.broker.base import Broker
from services.bucket.keeper import BucketService
from services.health import HealthService
from services.metrics.board import Board
from services.metrics.families import SCRAPE_ERRORS
from services.stats import StatsStore

logger = logging.getLogger(__name__)

DEADLINE_S = 6.0
"""Prometheus gives up after ten seconds; what has not answered by now is missing from this scrape."""
FRESH_S = 5.0
DAY_S = 86_400

Source = Callable[[], Awaitable[Sequence[Metric]]]
"""Raises a `MusicError` or an `OSError` when the figures cannot be had."""


class Figures:
    """Asks all sources side by side. One that does not answer is left out, and counted: it fails no scrape."""

    def __init__(
        self,
        *,
        board: Board,
        sources: Mapping[str, Source],
        deadline_s: float = DEADLINE_S,
        fresh_s: float = FRESH_S,
    ) -> None:
        """Answers younger than `fresh_s` are given again, so that many scrapers cost no more than one."""
        self._values = board.values
        # At zero from the start: an alert sees the first error rise.
        self._errors = {name: board.slot(SCRAPE_ERRORS.name, (name,)) for name in sources}
        self._sources = sources
        self._deadline_s = deadline_s
        self._fresh_s = fresh_s
        self._turn = asyncio.Lock()
        self._kept: list[Metric] = []
        self._until = float("-inf")

    async def now(self) -> Sequence[Metric]:
        """What there is to be had."""
        async with self._turn:
            if time.monotonic() >= self._until:
                asked = await asyncio.gather(*(self._ask(name, source) for name, source in self._sources.items()))
                self._kept = [metric for metrics in asked for metric in metrics]
                self._until = time.monotonic() + self._fresh_s
            return self._kept

    async def _ask(self, name: str, source: Source) -> Sequence[Metric]:
        try:
            async with asyncio.timeout(self._deadline_s):
                return await source()
        except (MusicError, TimeoutError, OSError) as error:
            self._values[self._errors[name]] += 1
            logger.warning("scrape_without", extra={"source": name, "cause": repr(error)})
            return ()


def jobs_figures(store: StatsStore) -> Source:
    """The jobs in the database."""

    async def figures() -> Sequence[Metric]:
        by_state, oldest = await asyncio.gather(store.jobs_by_state(), store.oldest_queued())
        age_s = 0.0 if oldest is None else max(0.0, (datetime.now(UTC) - oldest).total_seconds())
        return (
            _by_label("music_dl_jobs", "Jobs in the database.", "state", by_state),
            _one("music_dl_queue_oldest_seconds", "Age of the wish that has waited longest; 0: none waits.", age_s),
        )

    return figures


def library_figures(store: StatsStore, home: Path) -> Source:
    """The audio that is kept, and the disk."""

    async def figures() -> Sequence[Metric]:
        disk = await asyncio.to_thread(shutil.disk_usage, home)
        library = await store.library(disk.free)
        formats = library.by_format.items()
        return (
            _by_label("music_dl_library_files", "Files.", "format", {name: one["files"] for name, one in formats}),
            _by_label(
                "music_dl_library_bytes", "What they hold.", "format", {name: one["bytes"] for name, one in formats}
            ),
        )

    return figures


def disk_figures(home: Path) -> Source:
    """The disk under `home`."""

    async def figures() -> Sequence[Metric]:
        disk = await asyncio.to_thread(shutil.disk_usage, home)
        return (
            _one("music_dl_disk_free_bytes", "Free on the disk that holds the audio.", disk.free),
            _one("music_dl_disk_size_bytes", "Size of that disk.", disk.total),
        )

    return figures


def queue_figures(broker: Broker) -> Source:
    """The queue of jobs."""

    async def figures() -> Sequence[Metric]:
        depth, dead = await asyncio.gather(broker.depth(), broker.dead_letters())
        if depth is None or dead is None:
            raise QueueUnavailable
        return (
            _one("music_dl_queue_depth", "Jobs that wait for a worker.", depth),
            _one("music_dl_dead_letters", "Jobs' messages that were put aside.", dead),
        )

    return figures


def access_figures(access: AccessLog) -> Source:
    """The queue of access records."""

    async def figures() -> Sequence[Metric]:
        stats = await access.stats()
        if not stats["running"]:
            return ()
        if stats["queue_depth"] is None or stats["dead_letters"] is None:
            raise QueueUnavailable
        return (
            _one("music_dl_access_queue_depth", "Batches of access records in the queue.", stats["queue_depth"]),
            _one("music_dl_access_dead_letters", "Batches that were put aside.", stats["dead_letters"]),
        )

    return figures


def outbox_figures(bucket: BucketService) -> Source:
    """What is still to be done to the bucket."""

    async def figures() -> Sequence[Metric]:
        waiting = await bucket.waiting()
        return (_one("music_dl_outbox_waiting", "Files to be uploaded to the bucket, or removed.", waiting),)

    return figures


def dependency_figures(health: HealthService) -> Source:
    """What `/health/ready` says."""

    async def figures() -> Sequence[Metric]:
        report = await health.report()
        up = {check.name: int(check.ok) for check in report.checks}
        ages = [days for check in report.checks if (days := check.finding.facts.get("yt_dlp_age_days")) is not None]
        return (
            *(_one("music_dl_yt_dlp_age_seconds", "Since yt-dlp's release.", days * DAY_S) for days in ages),
            _by_label("music_dl_dependency_up", "1: usable, as in /health/ready.", "dependency", up),
            _one("music_dl_ready", "1: /health/ready answers 200.", int(report.ok)),
        )

    return figures


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _by_label(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family
