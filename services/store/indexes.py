"""The indexes of the stores' collections.

None stands on an array field: the embedded server would then no longer find single elements of it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An ascending index; with `expire_after_s`, documents go so many seconds after the date in their one key."""

    collection: str
    keys: tuple[str, ...]
    expire_after_s: int | None = None


ACCESS_COLLECTIONS = (
    *("access_logs", "access_hours", "ip_traces", "ip_trace_urls", "ip_forgotten"),
    *("ip_hours", "ip_days", "track_hours", "track_days", "key_hours", "key_days"),
)
"""Where access records and what is counted from them lie; everything in them expires."""

INDEXES: tuple[Index, ...] = (
    *(
        Index(collection=name, keys=("expires_at",), expire_after_s=0)
        for name in ("tracks", "albums", "playlists", "artists", "list_parts")
    ),
    Index(collection="claims", keys=("until",), expire_after_s=0),
    Index(collection="downloads", keys=("name",)),
    Index(collection="downloads", keys=("bucket_key",)),
    Index(collection="outbox", keys=("home",)),
    # On one field: the embedded server uses no other index for a query that has a date in it.
    Index(collection="jobs", keys=("state",)),
    Index(collection="jobs", keys=("asked_by",)),
    Index(collection="batches", keys=("state",)),
    *(Index(collection=name, keys=("expires_at",), expire_after_s=0) for name in ACCESS_COLLECTIONS),
    *(
        Index(collection=name, keys=("ip",))
        for name in ("access_logs", "ip_traces", "ip_trace_urls", "ip_hours", "ip_days")
    ),
    Index(collection="access_logs", keys=("ts",)),
    Index(collection="ip_traces", keys=("last_hour_name",)),
    Index(collection="ip_traces", keys=("geo",)),
    *(Index(collection=name, keys=("hour_name",)) for name in ("access_hours", "ip_hours", "track_hours", "key_hours")),
    *(Index(collection=name, keys=("day_name",)) for name in ("ip_days", "track_days", "key_days")),
)
