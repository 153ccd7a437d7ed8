"""Access records: what each request under `/api` and `/media` leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class AccessRecord(NamedTuple):
    """One request. A tuple, unlike our other values: one is made for every request, and travels by the thousand.

    On its way to the queue it is a plain tuple (`AccessRow`): that is made four times as fast.
    """

    ts: float
    """When the request's head had arrived (seconds since 1970, UTC)."""
    ip: str
    """Normalised address of the client, shortened if so configured; empty when it is not known."""
    method: str
    path: str
    """Without the query."""
    route: str
    """The address' template, `/media/{name}`; empty when no route answers to the path."""
    status: int
    duration_ms: float
    """Until the answer was handed to the system, the last byte of a streamed one included."""
    bytes: int
    """Of the body that was sent."""
    user_agent: str
    track_id: str | None = None
    link: str | None = None
    """The Spotify link that was asked about."""
    kind: str | None = None
    """Of metadata: track, album, playlist or artist."""
    cache: str | None = None
    """Of metadata: hit, stale or miss."""
    aborted: bool = False
    """The client left, or the server gave up, before the body was complete."""
    key_name: str | None = None
    """Name of the key that the caller showed."""


AccessRow = tuple[
    float, str, str, str, str, int, float, int, str, str | None, str | None, str | None, str | None, bool, str | None
]  # fmt: skip
"""The fields of an `AccessRecord` in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessBatch:
    """Records that travel together. The id is what makes counting exact: a batch that comes twice counts once."""

    id: str
    records: tuple[AccessRecord, ...]


class GeoState(StrEnum):
    """What is known about where an address is: field `geo` of `ip_traces`."""

    PENDING = "pending"
    """To be asked."""
    KNOWN = "known"
    UNKNOWN = "unknown"
    """The service does not know it."""
    PRIVATE = "private"
    """Not on the public Internet: never asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an address is, as ip-api says."""

    ip: str
    state: GeoState
    lat: float | None = None
    lng: float | None = None
    country: str | None = None
    country_code: str | None = None
    """ISO 3166-1 alpha-2."""
    region: str | None = None
    isp: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who may ask the service now, and from when on: shared by all replicas, so that its limit holds for all."""

    owner: str
    until: datetime
    not_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many documents of a person were removed, by collection."""

    ip: str
    removed: dict[str, int]
