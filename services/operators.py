"""What operators are told of one process: readiness, statistics, metrics; put together from its parts."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from models.settings import Settings
from services.access.log import AccessLog
from services.acoustid import RecordingCheck
from services.audio.ffmpeg import Ffmpeg
from services.broker.base import Broker
from services.bucket.keeper import BucketService
from services.cache.memory import MemoryCache
from services.cache.redis import RedisCache
from services.catalog.spotify import SpotifyCatalog
from services.health import HealthService, Probe
from services.lyrics import LyricsClient
from services.metrics import Board, MetricsService, Sampler, figures, sources
from services.metrics.sampler import Source as NumbersOf
from services.pacing import YouTubeGate
from services.probes import (
    bucket_numbers,
    bucket_probe,
    cache_probe,
    database_probe,
    disk_probe,
    ffmpeg_program,
    js_runtime,
    program_probe,
    queue_probe,
    spotify_numbers,
    spotify_probe,
    youtube_numbers,
    youtube_probe,
)
from services.programs import Program
from services.progress import ProgressHub
from services.source.pool import ChildPool
from services.stats import StatsService, Upstream
from services.store.mongo import MongoDatabase
from services.store.stats import MongoStatsStore
from services.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloading:
    """The parts that only a process which downloads has."""

    worker: Worker
    pool: ChildPool
    ffmpeg: Ffmpeg
    lyrics: LyricsClient | None
    recordings: RecordingCheck | None

    def optional(self) -> dict[str, Upstream]:
        """Numbers of the optional services that are configured, by name."""
        services = {"lyrics": self.lyrics, "acoustid": self.recordings}
        return {name: service.stats for name, service in services.items() if service is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What there is to tell of."""

    settings: Settings
    database: MongoDatabase
    cache: MemoryCache | RedisCache
    broker: Broker
    access: AccessLog
    limits: Callable[[], Mapping[str, int]]
    """What callers' limits counted."""
    catalog: SpotifyCatalog
    youtube: YouTubeGate
    hub: ProgressHub
    bucket: BucketService | None
    downloading: Downloading | None
    board: Board
    sockets: Callable[[], int]
    """How many WebSockets are open."""


class Operators:
    """The services for operators; `run` is to be run beside the requests."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = MongoStatsStore(parts.database)
        self._programs: dict[str, Program] = {}
        if (here := parts.downloading) is not None:
            self._programs = {"js_runtime": js_runtime(), "ffmpeg": ffmpeg_program(here.ffmpeg)}
        self.health = HealthService(self._probes())
        upstreams = self._upstreams()
        self.stats = StatsService(
            store=self._store,
            broker=parts.broker,
            access=parts.access,
            upstreams=upstreams,
            limits=parts.limits,
            home=parts.settings.music_dl_home,
            retention_days=parts.settings.access_log_retention_days,
        )
        self._sampler = Sampler(board=parts.board, sources=self._sources(upstreams))
        self.metrics = MetricsService(
            board=parts.board,
            sampler=self._sampler,
            figures=figures.Figures(board=parts.board, sources=self._figures()),
            build={
                "version": _installed("music-dl-server"),
                "python": platform.python_version(),
                "yt_dlp": _installed("yt-dlp"),
            },
        )

    async def run(self) -> None:
        """Keeps the board up to date until cancelled; learns the programs' versions before anybody asks."""
        async with asyncio.TaskGroup() as tasks:
            for program in self._programs.values():
                tasks.create_task(program.version())
            tasks.create_task(self._sampler.run())

    def _probes(self) -> dict[str, tuple[Probe, bool]]:
        parts, settings, here = self._parts, self._parts.settings, self._parts.downloading
        probes = {
            "database": (database_probe(parts.database), True),
            "queue": (queue_probe(parts.broker, self._store), True),
            "spotify": (spotify_probe(parts.catalog, settings), False),
            "youtube": (
                youtube_probe(parts.youtube, here.pool if here else None, max_age_days=settings.ytdlp_max_age_days),
                False,
            ),
            "disk": (disk_probe(settings.music_dl_home), False),
        }
        if isinstance(parts.cache, RedisCache):
            probes["cache"] = (cache_probe(parts.cache), False)
        if parts.bucket is not None:
            probes["bucket"] = (bucket_probe(parts.bucket), False)
        for name, program in self._programs.items():
            # No file is kept that ffmpeg has not verified: a process that only downloads is of no use without it.
            required = name == "ffmpeg" and settings.music_dl_role == "worker"
            probes[name] = (program_probe(program), required)
        return probes

    def _upstreams(self) -> dict[str, Upstream]:
        parts, here = self._parts, self._parts.downloading
        return {
            "spotify": spotify_numbers(parts.catalog),
            "youtube": youtube_numbers(parts.youtube, here.pool if here else None),
            "ip_api": parts.access.geo_stats,
            **(here.optional() if here is not None else {}),
            **bucket_numbers(parts.bucket),
        }

    def _sources(self, upstreams: Mapping[str, Upstream]) -> list[NumbersOf]:
        parts, here = self._parts, self._parts.downloading
        return [
            sources.upstream_numbers(upstreams),
            sources.access_numbers(parts.access),
            sources.limit_numbers(parts.limits),
            sources.ban_numbers(parts.catalog.ban),
            sources.youtube_numbers(parts.youtube),
            sources.cache_numbers(lambda: parts.cache.stats),
            sources.process_numbers(
                parts.hub, sockets=parts.sockets, running=lambda: 0 if here is None else here.worker.running
            ),
        ]

    def _figures(self) -> dict[str, figures.Source]:
        parts, home = self._parts, self._parts.settings.music_dl_home
        asked = {
            "jobs": figures.jobs_figures(self._store),
            "library": figures.library_figures(self._store, home),
            "disk": figures.disk_figures(home),
            "queue": figures.queue_figures(parts.broker),
            "access_log": figures.access_figures(parts.access),
            "dependencies": figures.dependency_figures(self.health),
        }
        if parts.bucket is not None:
            asked["outbox"] = figures.outbox_figures(parts.bucket)
        return asked


def _installed(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"
