"""What an operator sees of a span of time; durations in milliseconds, sizes in bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LATENCY_BOUNDS_MS = (
    *(1, 2, 3, 4, 6, 8, 11, 15, 20, 28, 40, 55, 75, 100, 140, 200, 280, 400, 550, 750),
    *(1000, 1400, 2000, 2800, 4000, 5500, 7500, 10_000, 15_000, 30_000, 60_000, 120_000),
)
"""Upper bounds of the latency classes; what takes longer than the last falls into one more class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long answers took. Percentiles are interpolated within a latency class (`LATENCY_BOUNDS_MS`)."""

    mean_ms: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HourRow(Latency):
    """Requests that came within one hour."""

    hour: datetime
    requests: int
    bytes: int
    errors: int
    """Answers with a status from 500 on."""
    unique_ips: int | None
    """`None` when the span asked for is longer than two days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRow(Latency):
    """Requests to one route."""

    method: str
    route: str
    """Template of the address; empty for addresses that do not exist."""
    requests: int
    bytes: int
    errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryRow:
    """Requests from one country; `None` as long as the place is not known, and for private addresses."""

    country_code: str | None
    country: str | None
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRow:
    """Requests that named one track, and how many of them were answered with what."""

    track_id: str
    name: str | None
    artists: tuple[str, ...]
    requests: int
    metadata: int
    downloads: int
    plays: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """Requests of one holder of a key; `admin` holds that of the administration."""

    key_name: str
    requests: int
    bytes: int
    errors: int
    """Answers with a status from 500 on."""
    limited: int
    """Answers with status 429: a limit was reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What the access records of a span say."""

    requests: int = 0
    bytes: int = 0
    unique_ips: int = 0
    latency: Latency = field(default_factory=Latency)
    """Of all requests of the span."""
    hours: tuple[HourRow, ...] = ()
    routes: tuple[RouteRow, ...] = ()
    statuses: Mapping[int, int] = field(default_factory=dict)
    cache: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Metadata answers: kind → `hit`, `stale`, `miss` → how many."""
    countries: tuple[CountryRow, ...] = ()
    tracks: tuple[TrackRow, ...] = ()
    keys: tuple[KeyRow, ...] = ()
    """Of callers that showed a key, those who asked most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNumbers:
    """The download jobs as they are now. `None`: the queue could not be asked."""

    by_state: Mapping[str, int]
    queue_depth: int | None
    oldest_queued_s: float | None
    """Age of the wish that has waited longest; `None` when none waits."""
    dead_letters: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryNumbers:
    """The audio that is kept now."""

    files: int
    bytes: int
    by_format: Mapping[str, Mapping[str, int]]
    """Format → `files`, `bytes`."""
    by_confidence: Mapping[str, int]
    """How sure the matches are: `0.9-1.0`, `0.8-0.9`, … → files."""
    disk_free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Everything `GET /api/admin/stats` shows."""

    since: datetime
    until: datetime
    span_hours: int
    kept_hours: int
    """The longest span that can be asked for."""
    traffic: Traffic
    jobs: JobNumbers
    library: LibraryNumbers
    upstream: Mapping[str, Mapping[str, Any]]
    """By name: calls, errors and bans of this process since it was started."""
    access_log: Mapping[str, Any]
    """How the access log itself fares: recorded, dropped, waiting, dead letters."""
    limits: Mapping[str, int]
    """Of callers' limits, counted by this process since its start; `…_uncounted` passed while Redis was away."""
