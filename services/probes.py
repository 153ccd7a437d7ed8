"""What the parts of this server tell of themselves: probes for readiness, numbers for the statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from models.errors import BucketError, BucketRateLimited, QueueUnavailable
from models.settings import Settings
from services.broker.base import Broker
from services.bucket.keeper import BucketService
from services.callers import Callers
from services.catalog.spotify import SpotifyCatalog
from services.health import Probe
from services.limits.jobs import JobLimit
from services.pacing import YouTubeGate
from services.source.pool import ChildPool
from services.stats import Upstream
from services.store.mongo import MongoDatabase


def bucket_numbers(bucket: BucketService | None) -> Mapping[str, Upstream]:
    """The bucket's counts, for the statistics."""
    return {} if bucket is None else {"bucket": bucket.stats}


def bucket_probe(bucket: BucketService) -> Probe:
    """Whether the bucket takes writes."""

    async def probe() -> Mapping[str, Any]:
        stats = bucket.stats()
        if stats["state"] == "paused" and stats["reason"] != BucketRateLimited.code:
            raise BucketError(reason=stats["reason"])
        return {name: stats[name] for name in ("kind", "state", "paused_until")}

    return probe


def spotify_numbers(catalog: SpotifyCatalog) -> Upstream:
    """Spotify's counts and ban, for the statistics."""

    def numbers() -> Mapping[str, Any]:
        return {**catalog.stats(), "banned_until": catalog.ban.until()}

    return numbers


def database_probe(database: MongoDatabase) -> Probe:
    """Whether MongoDB answers."""

    async def probe() -> Mapping[str, Any]:
        await database.ping()
        return {}

    return probe


def queue_probe(broker: Broker) -> Probe:
    """Whether the queue answers, and how much waits."""

    async def probe() -> Mapping[str, Any]:
        depth = await broker.depth()
        if depth is None:
            raise QueueUnavailable
        return {"waiting": depth}

    return probe


def spotify_probe(catalog: SpotifyCatalog, settings: Settings) -> Probe:
    """Whether there are credentials, and a ban."""

    async def probe() -> Mapping[str, Any]:
        until = catalog.ban.until()
        return {
            "credentials": settings.has_spotify_credentials,
            "banned_until": until.isoformat(timespec="seconds") if until else None,
        }

    return probe


def youtube_probe(pool: ChildPool, gate: YouTubeGate) -> Probe:
    """Versions, the JavaScript runtime, and whether YouTube blocks this server."""

    async def probe() -> Mapping[str, Any]:
        versions = pool.versions()
        return {
            "yt_dlp": versions.get("yt_dlp"),
            "yt_dlp_age_days": versions.get("yt_dlp_age_days"),
            "js_runtime": versions.get("deno"),
            **await gate.facts(),
        }

    return probe


def limit_numbers(callers: Callers, jobs: JobLimit) -> Callable[[], Mapping[str, int]]:
    """What callers' limits counted in this process."""
    return lambda: {**callers.limits.numbers(), "jobs_refused": jobs.refused}
