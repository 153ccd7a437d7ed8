"""The two shapes of Spotify's Web API: classic, and what development-mode apps are answered since 2026."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]

_GONE_IN_2026 = {
    "track": ("popularity", "available_markets", "linked_from", "preview_url"),
    "album": ("label", "popularity", "available_markets", "album_group"),
    "artist": ("genres", "followers", "popularity"),
}
EMBED_ROWS = 100


@dataclass(frozen=True)
class Shape:
    """What differs between the two."""

    name: str
    rows: str
    """Name of a playlist's rows: in the object, and as the last part of their address."""
    row: str
    first_page: int
    playlist_limit: int
    artist_albums_limit: int
    artist_albums_default: int

    @property
    def is_classic(self) -> bool:
        """Whether all fields are answered."""
        return self.name == "classic"


CLASSIC = Shape("classic", "tracks", "track", 100, 100, 50, 20)
OF_2026 = Shape("2026", "items", "item", 50, 50, 10, 5)
SHAPES = {shape.name: shape for shape in (CLASSIC, OF_2026)}


def dressed(value: Any, shape: Shape, base: str) -> Any:
    """A copy of `value` in this shape, pictures with an address on this server."""
    if isinstance(value, list):
        return [dressed(entry, shape, base) for entry in value]
    if not isinstance(value, dict):
        return value
    gone = () if shape.is_classic else _GONE_IN_2026.get(str(value.get("type")), ())
    copy = {key: dressed(entry, shape, base) for key, entry in value.items() if key not in gone}
    url = copy.get("url")
    if isinstance(url, str) and url.startswith("/image/"):
        copy["url"] = base + url
    return copy


def paged(rows: Sequence[Any], address: str, offset: int, limit: int, show: Callable[[Any], Any]) -> Json:
    """A paging object over `rows`, each of those on the page as `show` gives it."""
    end = offset + limit

    def link(start: int) -> str:
        return f"{address}?offset={start}&limit={limit}"

    return {
        "href": link(offset),
        "items": [show(row) for row in rows[offset:end]],
        "limit": limit,
        "next": link(end) if end < len(rows) else None,
        "offset": offset,
        "previous": link(max(0, offset - limit)) if offset else None,
        "total": len(rows),
    }


def embed_page(playlist: Mapping[str, Any], contents: Sequence[Json | None]) -> str:
    """The public page of a playlist, with what a browser needs to draw its first rows."""
    listed = [
        {
            "uri": content.get("uri") or f"spotify:{content.get('type', 'track')}:{content['id']}",
            "uid": f"{position:016x}",
            "title": content.get("name"),
            "subtitle": ",\u00a0".join(artist["name"] for artist in content.get("artists", ())),
            "isExplicit": bool(content.get("explicit")),
            "duration": content.get("duration_ms"),
            "isPlayable": content.get("is_playable", True),
            "audioPreview": {"format": "MP3_96", "url": content["preview_url"]} if content.get("preview_url") else None,
            "entityType": content.get("type", "track"),
        }
        for position, content in enumerate(contents)
        if content is not None and content.get("id")
    ]
    entity = {
        "type": "playlist",
        "name": playlist.get("name"),
        "title": playlist.get("name"),
        "uri": f"spotify:playlist:{playlist['id']}",
        "id": playlist["id"],
        "subtitle": (playlist.get("owner") or {}).get("display_name"),
        "coverArt": {"sources": playlist.get("images") or []},
        "trackList": listed[:EMBED_ROWS],
    }
    return _next_page({"state": {"data": {"entity": entity}}, "status": 200})


def missing_page() -> str:
    """The public page of what does not exist."""
    return _next_page({"status": 404, "title": "Page not found"})


def script_redirect(link: str) -> str:
    """The page of a short link: it redirects by script, and names its target in its head."""
    return (
        "<!DOCTYPE html><html><head><title>Spotify</title>"
        f'<meta property="og:url" content="{link}"></head><body><script>'
        f"window.top.location = validate({json.dumps(link)});</script>"
        f'<a href="https://spotify.app.link/?$fallback={quote(link, safe="")}">Open</a></body></html>'
    )


def _next_page(properties: Json) -> str:
    data = json.dumps({"props": {"pageProps": properties}, "page": "/playlist/[id]"}).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html><html><head><meta charSet="utf-8"/></head><body><div id="__next"></div>'
        f'<script id="__NEXT_DATA__" type="application/json">{data}</script></body></html>'
    )
