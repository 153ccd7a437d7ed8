"""Every family of numbers that is exported: names after Prometheus' conventions, base units, bounded labels.

Labels are words of ours: templates of routes, states, names of services. Never an id, an address, a path as asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

REQUEST_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
STAGE_BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)


class Kind(Enum):
    """How numbers of several processes become one."""

    COUNTER = "counter"
    """Summed, those of dead processes included."""
    HISTOGRAM = "histogram"
    """As a counter. A row: the sum, then how many fell into each class; the last class has no bound."""
    SUM = "sum"
    """A gauge: summed over the living processes."""
    UNTIL = "until"
    """A moment (seconds since 1970), the latest that a living process knows of; shown as the seconds left."""


@dataclass(frozen=True, slots=True)
class Family:
    """`name` without the suffix that its kind adds."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


HTTP_REQUESTS = Family(
    "music_dl_http_requests", Kind.COUNTER, "Requests that were answered.", ("method", "route", "status")
)
HTTP_BYTES = Family(
    "music_dl_http_response_bytes", Kind.COUNTER, "Bytes of bodies that were sent.", ("method", "route")
)
HTTP_DURATION = Family(
    "music_dl_http_request_duration_seconds",
    Kind.HISTOGRAM,
    "From a request's head to the last byte of its answer.",
    ("method", "route"),
    REQUEST_BOUNDS_S,
)
METADATA = Family(
    "music_dl_metadata_answers", Kind.COUNTER, "Metadata answers, by where they came from.", ("kind", "cache")
)
STAGES = Family(
    "music_dl_job_stage_duration_seconds", Kind.HISTOGRAM, "Stages of running jobs.", ("stage",), STAGE_BOUNDS_S
)
RUNS = Family("music_dl_job_runs", Kind.COUNTER, "Runs of jobs, by how they ended.", ("outcome",))
SCRAPE_ERRORS = Family(
    "music_dl_scrape_errors", Kind.COUNTER, "Sources of figures that did not answer a scrape in time.", ("source",)
)

UPSTREAM_CALLS = Family("music_dl_upstream_calls", Kind.COUNTER, "Requests to other services.", ("upstream",))
UPSTREAM_ERRORS = Family(
    "music_dl_upstream_errors", Kind.COUNTER, "Requests to other services that failed.", ("upstream",)
)
LOOKUPS = Family(
    "music_dl_lookups", Kind.COUNTER, "Questions to optional services, by what came of them.", ("service", "outcome")
)
GEO_ADDRESSES = Family("music_dl_geo_lookups", Kind.COUNTER, "Addresses that the geo service was asked about.")
CACHE_CALLS = Family("music_dl_cache_calls", Kind.COUNTER, "Calls of the cache behind the memory.", ("result",))
ACCESS_RECORDS = Family(
    "music_dl_access_records", Kind.COUNTER, "Access records, by what became of them.", ("outcome",)
)
LIMITED = Family(
    "music_dl_limited", Kind.COUNTER, "Refused by a caller's limit, or not counted by it.", ("what", "outcome")
)
YOUTUBE_BLOCKS = Family("music_dl_youtube_blocks", Kind.COUNTER, "Times that YouTube turned us away.", ("host",))

PROCESSES = Family("music_dl_processes", Kind.SUM, "Living processes of this server.")
WEBSOCKETS = Family("music_dl_websocket_connections", Kind.SUM, "Open WebSockets.")
READERS = Family("music_dl_progress_readers", Kind.SUM, "Open streams of progress, WebSockets and events alike.")
SPOOLED = Family("music_dl_access_batches_spooled", Kind.SUM, "Batches of access records that wait on the disk.")
RUNNING = Family("music_dl_jobs_here", Kind.SUM, "Jobs that this server runs now.")
SPOTIFY_BAN = Family("music_dl_spotify_ban_seconds", Kind.UNTIL, "Seconds until Spotify may be asked again.")
YOUTUBE_BLOCK = Family(
    "music_dl_youtube_block_seconds", Kind.UNTIL, "Seconds until YouTube may be asked again; 0: not blocked.", ("host",)
)

ON_BOARD = {
    family.name: family
    for family in (
        *(HTTP_REQUESTS, HTTP_BYTES, HTTP_DURATION, METADATA, STAGES, RUNS, SCRAPE_ERRORS),
        *(
            UPSTREAM_CALLS,
            UPSTREAM_ERRORS,
            LOOKUPS,
            GEO_ADDRESSES,
            CACHE_CALLS,
            ACCESS_RECORDS,
            LIMITED,
            YOUTUBE_BLOCKS,
        ),
        *(PROCESSES, WEBSOCKETS, READERS, SPOOLED, RUNNING, SPOTIFY_BAN, YOUTUBE_BLOCK),
    )
}
"""What processes write on their boards, by name."""
