"""Rows of a playlist: tracks, and what is in their place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from models.errors import CatalogMalformed
from models.music import PlaylistItem, UnavailableItem
from services.catalog import parse

Row = PlaylistItem | UnavailableItem

REMOVED = "removed"
LOCAL_FILE = "local_file"
EPISODE = "episode"
UNPLAYABLE = "unplayable"
MALFORMED = "malformed"


def parted(rows: Iterable[Row]) -> tuple[tuple[PlaylistItem, ...], tuple[UnavailableItem, ...]]:
    """Playable rows, and the others."""
    items: list[PlaylistItem] = []
    unavailable: list[UnavailableItem] = []
    for row in rows:
        if isinstance(row, PlaylistItem):
            items.append(row)
        else:
            unavailable.append(row)
    return tuple(items), tuple(unavailable)


def read_row(position: int, row: Any) -> Row:
    """One row of either shape; never raises."""
    if row is not None and not isinstance(row, dict):
        return UnavailableItem(position=position, reason=MALFORMED)
    content = row_content(row or {})
    if content is None:
        return UnavailableItem(position=position, reason=LOCAL_FILE if row and row.get("is_local") is True else REMOVED)
    reason = _trouble(row or {}, content)
    if reason is None:
        try:
            return PlaylistItem(
                position=position, track=parse.track(content), added_at=parse.text((row or {}).get("added_at"))
            )
        except CatalogMalformed:
            reason = MALFORMED
    return UnavailableItem(position=position, reason=reason, name=parse.text(content.get("name")) or None)


def row_content(row: dict[str, Any]) -> dict[str, Any] | None:
    """The track or episode in the row: under `item` since 2026, under `track` before; both may be there."""
    for key in ("item", "track"):
        content = row.get(key)
        if isinstance(content, dict):
            return content
    return None


def _trouble(row: dict[str, Any], content: dict[str, Any]) -> str | None:
    uri = parse.text(content.get("uri")) or ""
    if row.get("is_local") is True or content.get("is_local") is True or uri.startswith("spotify:local:"):
        return LOCAL_FILE
    if content.get("type") == "episode" or uri.startswith("spotify:episode:"):
        return EPISODE
    if parse.is_withdrawn(content) or uri == "spotify:track:null":
        return REMOVED
    if content.get("is_playable") is False:
        return UNPLAYABLE
    return None
