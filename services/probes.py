"""What the parts of this server tell of themselves: probes for readiness, numbers for the statistics."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.errors import AudioToolFailed, BucketRateLimited, CatalogRateLimited, DatabaseUnavailable, QueueUnavailable
from models.settings import Settings
from services.audio.ffmpeg import Ffmpeg
from services.broker.base import Broker
from services.bucket.keeper import BucketService
from services.cache.redis import RedisCache
from services.callers import Callers
from services.catalog.spotify import SpotifyCatalog
from services.health import Finding, Probe, State
from services.limits.jobs import JobLimit
from services.pacing import YouTubeGate
from services.programs import Program
from services.source.pool import ChildPool
from services.source.versions import find_deno
from services.stats import StatsStore, Upstream
from services.store.mongo import MongoDatabase

SIDE_QUESTION_S = 1.0
"""What is only worth knowing beside a probe's answer may take half of its time."""
DISK_LOW_BYTES = 1024**3
DISK_FULL_BYTES = 64 * 1024**2
"""No whole song may fit any more."""


def bucket_numbers(bucket: BucketService | None) -> Mapping[str, Upstream]:
    """The bucket's counts, for the statistics."""
    return {} if bucket is None else {"bucket": bucket.stats}


def spotify_numbers(catalog: SpotifyCatalog) -> Upstream:
    """Spotify's counts and ban, for the statistics."""

    def numbers() -> Mapping[str, Any]:
        return {**catalog.stats(), "banned_until": catalog.ban.until()}

    return numbers


def youtube_numbers(gate: YouTubeGate, pool: ChildPool | None) -> Upstream:
    """YouTube's counts and blocks, for the statistics; a process that only answers asks YouTube nothing."""

    def numbers() -> Mapping[str, Any]:
        until = max(gate.blocked_until().values())
        blocked = until > datetime.now(UTC).timestamp()
        return {
            **({} if pool is None else pool.stats()),
            **asdict(gate.stats()),
            "blocked_until": datetime.fromtimestamp(until, UTC) if blocked else None,
        }

    return numbers


def bucket_probe(bucket: BucketService) -> Probe:
    """Whether the bucket takes writes."""

    async def probe() -> Finding:
        stats = bucket.stats()
        facts = {"kind": stats["kind"], "uploader": stats["state"], "paused_until": stats["paused_until"]}
        if stats["state"] != "paused":
            return Finding(facts=facts)
        state = State.LIMITED if stats["reason"] == BucketRateLimited.code else State.DOWN
        return Finding(facts=facts, state=state, code=stats["reason"])

    return probe


def database_probe(database: MongoDatabase) -> Probe:
    """Whether MongoDB answers."""

    async def probe() -> Finding:
        await database.ping()
        return Finding()

    return probe


def cache_probe(cache: RedisCache) -> Probe:
    """Whether Redis answers."""

    async def probe() -> Finding:
        return Finding() if await cache.ping() else Finding(state=State.DOWN, code="cache_unavailable")

    return probe


def queue_probe(broker: Broker, store: StatsStore) -> Probe:
    """Whether the queue answers, how much waits and since when, and what was put aside."""

    async def oldest_s() -> float | None:
        with contextlib.suppress(DatabaseUnavailable, TimeoutError):
            async with asyncio.timeout(SIDE_QUESTION_S):
                oldest = await store.oldest_queued()
                return None if oldest is None else max(0.0, (datetime.now(UTC) - oldest).total_seconds())
        return None

    async def probe() -> Finding:
        depth, dead, oldest = await asyncio.gather(broker.depth(), broker.dead_letters(), oldest_s())
        if depth is None:
            raise QueueUnavailable
        return Finding(facts={"waiting": depth, "oldest_queued_s": oldest, "dead_letters": dead})

    return probe


def spotify_probe(catalog: SpotifyCatalog, settings: Settings) -> Probe:
    """Whether there are credentials, and a ban; anybody's, when replicas share a cache."""

    async def probe() -> Finding:
        with contextlib.suppress(CatalogRateLimited):
            await catalog.ban.check()
        until = catalog.ban.until()
        facts = {
            "credentials": settings.has_spotify_credentials,
            "banned_until": until.isoformat(timespec="seconds") if until else None,
        }
        if until is not None:
            return Finding(facts=facts, state=State.LIMITED, code=CatalogRateLimited.code)
        if not settings.has_spotify_credentials:
            return Finding(facts=facts, state=State.LIMITED, code="no_credentials")
        return Finding(facts=facts)

    return probe


def youtube_probe(gate: YouTubeGate, pool: ChildPool | None, *, max_age_days: int) -> Probe:
    """Whether YouTube blocks this server, and how old the library is that knows YouTube's ways."""

    async def probe() -> Finding:
        facts = await gate.facts()
        age = None
        if pool is not None:
            versions = pool.versions()
            age = versions.get("yt_dlp_age_days")
            facts |= {"yt_dlp": versions.get("yt_dlp"), "yt_dlp_age_days": age, "js_runtime": versions.get("deno")}
        if facts["blocked_by"] is not None:
            return Finding(facts=facts, state=State.LIMITED, code=facts["blocked_by"])
        if age is not None and age > max_age_days:
            return Finding(facts=facts, state=State.LIMITED, code="yt_dlp_old")
        return Finding(facts=facts)

    return probe


def limit_numbers(callers: Callers, jobs: JobLimit) -> Callable[[], Mapping[str, int]]:
    """What callers' limits counted in this process."""
    return lambda: {**callers.limits.numbers(), "jobs_refused": jobs.refused}


def program_probe(program: Program) -> Probe:
    """Whether the program is there and runs."""

    async def probe() -> Finding:
        version = await program.version()
        if version is None:
            return Finding(facts={"version": None}, state=State.DOWN, code="missing")
        return Finding(facts={"version": version})

    return probe


def disk_probe(home: Path) -> Probe:
    """Whether there is room for audio."""

    async def probe() -> Finding:
        disk = await asyncio.to_thread(shutil.disk_usage, home)
        facts = {"free_bytes": disk.free, "total_bytes": disk.total}
        if disk.free < DISK_FULL_BYTES:
            return Finding(facts=facts, state=State.DOWN, code="disk_full")
        if disk.free < DISK_LOW_BYTES:
            return Finding(facts=facts, state=State.LIMITED, code="disk_low")
        return Finding(facts=facts)

    return probe


def js_runtime() -> Program:
    """Deno, which runs what YouTube's player is made of."""

    async def find() -> Path | None:
        return await asyncio.to_thread(find_deno)

    return Program(find=find, argument="--version", pattern=r"deno (\S+)")


def ffmpeg_program(ffmpeg: Ffmpeg) -> Program:
    """The ffmpeg that verifies and tags."""

    async def find() -> Path | None:
        try:
            return await ffmpeg.path()
        except AudioToolFailed:
            return None

    return Program(find=find, argument="-version", pattern=r"ffmpeg version (\S+)")
