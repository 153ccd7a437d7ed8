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


INDEXES: tuple[Index, ...] = (
    *(
        Index(collection=name, keys=("expires_at",), expire_after_s=0)
        for name in ("tracks", "albums", "playlists", "artists", "list_parts")
    ),
    Index(collection="claims", keys=("until",), expire_after_s=0),
    Index(collection="downloads", keys=("name",)),
    # On one field: the embedded server uses no other index for a query that has a date in it.
    Index(collection="jobs", keys=("state",)),
)
