"""The public embed page of a playlist: what a browser is shown without an account. At most 100 rows, no ISRC."""

from __future__ import annotations

import re
from typing import Any

from models.errors import CatalogFailed, CatalogMalformed, CatalogRefused, PlaylistNotFound
from models.ids import DurationMs, SpotifyId
from models.links import PAGE_HOST
from models.music import ArtistRef, Image, Kind, ListSource, Playlist, PlaylistItem, Track, UnavailableItem
from services.catalog import parse, rows
from services.catalog.transport import Call, Transport
from services.http import CATALOG_ERRORS, decode_json

_DATA = re.compile(rb"""<script\b[^<>]{0,200}\bid=["']__NEXT_DATA__["'][^<>]{0,200}>""")


class EmbedPages:
    """Reads playlists from their embed pages."""

    def __init__(self, *, transport: Transport, public_host: str | None) -> None:
        """`public_host`: base URL that stands for open.spotify.com, path kept."""
        self._transport = transport
        self._base = public_host or f"https://{PAGE_HOST}"

    async def playlist(self, playlist_id: SpotifyId) -> Playlist:
        """The playlist as the page shows it: `source` is `embed`, `complete` false, `total` unknown.

        Raises `PlaylistNotFound` when the page says so, else a `CatalogError`.
        """
        url = f"{self._base}/embed/playlist/{playlist_id}"
        self._transport.counts["embed_pages"] += 1
        answer = await self._transport.send(Call(method="GET", url=url, headers={"Accept": "text/html"}, banned=False))
        if answer.status in {404, 410}:
            raise PlaylistNotFound(url=url)
        if answer.status in {401, 403}:
            raise CatalogRefused(url=url, status=answer.status)
        if answer.status != 200:
            raise CatalogFailed(url=url, status=answer.status)
        return read_page(playlist_id, answer.body)


def read_page(playlist_id: SpotifyId, body: bytes) -> Playlist:
    """The playlist in the page's own data (`__NEXT_DATA__`, `props.pageProps.state.data.entity`)."""
    start = _DATA.search(body)
    end = body.find(b"</script>", start.end()) if start else -1
    if start is None or end < 0:
        raise CatalogMalformed(why="an embed page without data")
    page = _dig(decode_json(body[start.end() : end], CATALOG_ERRORS), "props", "pageProps")
    if page.get("status") == 404:
        raise PlaylistNotFound(id=playlist_id)
    entity = _dig(page, "state", "data", "entity")
    listed = entity.get("trackList")
    name = parse.text(entity.get("name")) or parse.text(entity.get("title"))
    if name is None or not isinstance(listed, list):
        raise CatalogMalformed(why="an embed page without playlist")
    items, unavailable = rows.parted(_row(position, row) for position, row in enumerate(listed))
    return Playlist(
        id=playlist_id,
        name=name,
        images=_images(entity),
        spotify_url=parse.page_url(Kind.PLAYLIST, playlist_id),
        owner=parse.text(entity.get("subtitle")),
        items=items,
        unavailable=unavailable,
        total=None,
        complete=False,
        source=ListSource.EMBED,
    )


def _row(position: int, row: Any) -> rows.Row:
    fields = row if isinstance(row, dict) else {}
    uri, name = parse.text(fields.get("uri")) or "", parse.text(fields.get("title"))
    found, duration = parse.spotify_id({"uri": uri}), parse.integer(fields.get("duration"))
    reason = rows.MALFORMED
    if uri.startswith("spotify:local:"):
        reason = rows.LOCAL_FILE
    elif uri.startswith("spotify:episode:") or fields.get("entityType") == "episode":
        reason = rows.EPISODE
    elif fields.get("isPlayable") is False:
        reason = rows.UNPLAYABLE
    elif uri.startswith("spotify:track:") and found is not None and name and duration is not None:
        return PlaylistItem(position=position, track=_track(found, name, duration, fields))
    return UnavailableItem(position=position, reason=reason, name=name or None)


def _track(found: SpotifyId, name: str, duration: int, fields: dict[str, Any]) -> Track:
    preview = fields.get("audioPreview")
    playable = fields.get("isPlayable")
    return Track(
        id=found,
        name=name,
        duration_ms=DurationMs(duration),
        artists=_artists(parse.text(fields.get("subtitle")) or ""),
        explicit=fields.get("isExplicit") is True,
        preview_url=parse.text(preview.get("url")) if isinstance(preview, dict) else None,
        spotify_url=parse.page_url(Kind.TRACK, found),
        is_playable=playable if isinstance(playable, bool) else None,
    )


def _artists(subtitle: str) -> tuple[ArtistRef, ...]:
    # A comma and a no-break space join names; a comma and a plain space belong to one ("Tyler, The Creator").
    return tuple(ArtistRef(id=None, name=name.strip()) for name in subtitle.split(",\u00a0") if name.strip())


def _images(entity: dict[str, Any]) -> tuple[Image, ...]:
    cover, identity = entity.get("coverArt"), entity.get("visualIdentity")
    found = parse.images(cover.get("sources")) if isinstance(cover, dict) else ()
    return found or (parse.images(identity.get("image")) if isinstance(identity, dict) else ())


def _dig(value: Any, *path: str) -> dict[str, Any]:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
