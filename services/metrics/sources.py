"""Where the sampler finds the numbers: in the parts that count for themselves. Nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.access.log import AccessLog
from services.cache.base import CacheStats
from services.catalog.ban import SpotifyBan
from services.metrics import families as f
from services.metrics.sampler import Sample, Source
from services.pacing import YouTubeGate
from services.progress import ProgressHub

Numbers = Callable[[], Mapping[str, Any]]
"""A part's own `stats`."""

LIMIT_OUTCOMES = {"refused", "uncounted"}
LOOKUP_OUTCOMES = {
    "lyrics": ("found", "absent", "failed"),
    "acoustid": ("fits", "other", "unknown", "failed"),
}
"""What came of a question to an optional service."""


def upstream_numbers(upstreams: Mapping[str, Numbers]) -> Source:
    """Calls and errors of every upstream that counts them, and what optional ones were good for."""

    def numbers() -> Iterator[Sample]:
        for name, stats in upstreams.items():
            counts = stats()
            for family, field in ((f.UPSTREAM_CALLS, "calls"), (f.UPSTREAM_ERRORS, "errors")):
                if field in counts:
                    yield family, (name,), counts[field]
            for outcome in LOOKUP_OUTCOMES.get(name, ()):
                yield f.LOOKUPS, (name, outcome), counts[outcome]
            if "addresses" in counts:
                yield f.GEO_ADDRESSES, (), counts["addresses"]

    return numbers


def access_numbers(access: AccessLog) -> Source:
    """What became of access records."""

    def numbers() -> Iterator[Sample]:
        counts = access.counts()
        for outcome in ("recorded", "dropped", "stored"):
            yield f.ACCESS_RECORDS, (outcome,), counts[outcome]
        yield f.SPOOLED, (), counts["batches_spooled"]

    return numbers


def limit_numbers(limits: Callable[[], Mapping[str, int]]) -> Source:
    """Who was turned away for asking too much, and who passed because nobody could count."""

    def numbers() -> Iterator[Sample]:
        for name, count in limits().items():
            what, _, outcome = name.partition("_")
            if outcome in LIMIT_OUTCOMES:
                yield f.LIMITED, (what, outcome), count

    return numbers


def ban_numbers(ban: SpotifyBan) -> Source:
    """Until when Spotify is left alone."""

    def numbers() -> Iterator[Sample]:
        until = ban.until()
        yield f.SPOTIFY_BAN, (), 0.0 if until is None else until.timestamp()

    return numbers


def youtube_numbers(gate: YouTubeGate) -> Source:
    """Until when YouTube is left alone, and how often it turned us away."""

    def numbers() -> Iterator[Sample]:
        for host, until in gate.blocked_until().items():
            yield f.YOUTUBE_BLOCK, (host,), until
        stats = gate.stats()
        yield f.YOUTUBE_BLOCKS, ("music",), stats.music.opened
        yield f.YOUTUBE_BLOCKS, ("videos",), stats.videos.opened

    return numbers


def cache_numbers(stats: Callable[[], CacheStats]) -> Source:
    """How the cache does."""

    def numbers() -> Iterator[Sample]:
        counts = stats()
        yield f.CACHE_CALLS, ("hit",), counts.hits
        # A cache that does not answer answers like an empty one.
        yield f.CACHE_CALLS, ("miss",), counts.misses
        yield f.CACHE_CALLS, ("failed",), counts.failures
        yield f.CACHE_CALLS, ("skipped",), counts.skipped

    return numbers


def process_numbers(hub: ProgressHub, *, sockets: Callable[[], int], running: Callable[[], int]) -> Source:
    """What this process does now."""

    def numbers() -> Iterator[Sample]:
        yield f.PROCESSES, (), 1
        yield f.WEBSOCKETS, (), sockets()
        yield f.READERS, (), hub.stats().readers
        yield f.RUNNING, (), running()

    return numbers
