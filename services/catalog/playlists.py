"""Playlists: the object with its first page, else the rows' own address of either name, else the public page."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from models.errors import CatalogError, CatalogMalformed, CatalogRefused, NotFoundError, PlaylistNotFound
from models.ids import SpotifyId
from models.music import Kind, Playlist
from services.catalog import parse
from services.catalog.client import SpotifyClient
from services.catalog.embed import EmbedPages
from services.catalog.pages import Listing, Page, first_page, read_rest
from services.catalog.rows import Row, parted, read_row

logger = logging.getLogger(__name__)

_SIZES = {"items": 50, "tracks": 100}
"""The largest page of each name: 2026 and classic."""
_KINDS_OF_ROW = {"additional_types": "track,episode"}
_HIDDEN_PREFIX = "37i9dQZF1"
"""Spotify's own playlists: the API says 404 to apps made after November 2024, and the public page shows them."""


class PlaylistReader:
    """Reads a playlist in whichever way Spotify still allows this app."""

    def __init__(self, *, client: SpotifyClient, embed: EmbedPages | None, max_rows: int) -> None:
        """`embed=None`: no fallback to the public page."""
        self._client = client
        self._embed = embed
        self._max_rows = max_rows

    async def read(self, playlist_id: SpotifyId) -> Playlist:
        """As `Catalog.playlist`."""
        try:
            raw = await self._client.get(Kind.PLAYLIST, f"/playlists/{playlist_id}", _KINDS_OF_ROW)
        except PlaylistNotFound as exc:
            return await self._hidden(playlist_id, exc)
        except CatalogRefused as exc:
            return await self._from_page(playlist_id, exc)
        head = parse.playlist(raw, asked=playlist_id)
        try:
            listing = await self._listing(playlist_id, raw)
        except CatalogRefused as exc:
            shown = await self._from_page(playlist_id, exc)
            return _merged(head, shown, _stated_total(raw))
        items, unavailable = parted(listing.rows)
        return replace(head, items=items, unavailable=unavailable, total=listing.total, complete=listing.complete)

    async def _listing(self, playlist_id: SpotifyId, raw: dict[str, Any]) -> Listing[Row]:
        """All rows; raises `CatalogRefused` when Spotify keeps them from this app."""
        name, container = _container(raw)
        if container is not None:
            first = Page.parse(container)
            if _carries(first.rows):
                rows = _Rows(self._client, playlist_id, _address_name(container, name))
                size = _page_size(container, rows.name)
                return await read_rest(first, rows.fetch, read_row, size=size, cap=self._max_rows)
        refusal: Exception | None = None
        for name in ("items", "tracks"):
            rows = _Rows(self._client, playlist_id, name)
            try:
                first, size = await first_page(rows.fetch_here, size=_SIZES[name])
            except (CatalogRefused, PlaylistNotFound, CatalogMalformed) as exc:
                refusal = exc
                continue
            if _carries(first.rows) or not (first.total or _stated_total(raw)):
                return await read_rest(first, rows.fetch_here, read_row, size=size, cap=self._max_rows)
        raise CatalogRefused(playlist=playlist_id, cause=str(refusal)) from refusal

    async def _from_page(self, playlist_id: SpotifyId, refusal: CatalogRefused) -> Playlist:
        """What the public page shows; raises `refusal` when it shows nothing."""
        if self._embed is None:
            raise refusal
        try:
            return _cut(await self._embed.playlist(playlist_id), self._max_rows)
        except (CatalogError, NotFoundError) as exc:
            logger.warning("embed_page_failed", extra={"playlist": playlist_id, "code": exc.code, **exc.facts})
            raise refusal from exc

    async def _hidden(self, playlist_id: SpotifyId, missing: PlaylistNotFound) -> Playlist:
        if self._embed is None:
            raise missing
        try:
            return _cut(await self._embed.playlist(playlist_id), self._max_rows)
        except PlaylistNotFound:
            raise missing from None
        except CatalogError as exc:
            logger.warning("embed_page_failed", extra={"playlist": playlist_id, "code": exc.code, **exc.facts})
            # The API's 404 says little about Spotify's own playlists; for all others it is an answer.
            if playlist_id.startswith(_HIDDEN_PREFIX):
                raise
            raise missing from exc


class _Rows:
    """Pages of one playlist's rows, under the name that this server still answers."""

    def __init__(self, client: SpotifyClient, playlist_id: SpotifyId, name: str) -> None:
        self.name = name
        self._client = client
        self._playlist_id = playlist_id

    async def fetch_here(self, offset: int, limit: int) -> dict[str, Any]:
        return await self._get(self.name, offset, limit)

    async def fetch(self, offset: int, limit: int) -> dict[str, Any]:
        """As `fetch_here`; when that name is refused, the other one."""
        try:
            return await self._get(self.name, offset, limit)
        except (CatalogRefused, PlaylistNotFound):
            other = "items" if self.name == "tracks" else "tracks"
            return await self._get(other, offset, min(limit, _SIZES[other]))

    async def _get(self, name: str, offset: int, limit: int) -> dict[str, Any]:
        params = {**_KINDS_OF_ROW, "offset": str(offset), "limit": str(limit)}
        return await self._client.get(Kind.PLAYLIST, f"/playlists/{self._playlist_id}/{name}", params)


def _container(raw: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """The paging object within the playlist, the one with rows first."""
    found: tuple[str, dict[str, Any] | None] = ("tracks", None)
    for name in ("items", "tracks"):
        container = raw.get(name)
        if isinstance(container, dict) and isinstance(container.get("items"), list):
            if container["items"]:
                return name, container
            found = (name, container)
    return found


def _stated_total(raw: dict[str, Any]) -> int | None:
    """The number of rows that the playlist object names, with or without showing them."""
    for name in ("items", "tracks"):
        container = raw.get(name)
        total = parse.integer(container.get("total")) if isinstance(container, dict) else None
        if total is not None:
            return total
    return None


def _carries(rows: Iterable[Any]) -> bool:
    """Whether any row has a place for its content: rows stripped of it are a refusal in disguise."""
    return any(not isinstance(row, dict) or "item" in row or "track" in row for row in rows)


def _address_name(container: dict[str, Any], name: str) -> str:
    """The last part of the address that the server itself names for further pages."""
    for key in ("next", "href"):
        address = container.get(key)
        if isinstance(address, str):
            last = urlsplit(address).path.rstrip("/").rpartition("/")[2]
            if last in _SIZES:
                return last
    return name


def _page_size(container: dict[str, Any], name: str) -> int:
    """The page size that the server itself uses for further pages, when it is larger than ours."""
    following = container.get("next")
    stated = parse_qs(urlsplit(following).query).get("limit", [""])[0] if isinstance(following, str) else ""
    return max(_SIZES[name], min(int(stated), 100)) if stated.isdecimal() else _SIZES[name]


def _cut(playlist: Playlist, cap: int) -> Playlist:
    """The playlist with its first `cap` rows."""
    return replace(
        playlist,
        items=tuple(item for item in playlist.items if item.position < cap),
        unavailable=tuple(item for item in playlist.unavailable if item.position < cap),
    )


def _merged(head: Playlist, shown: Playlist, total: int | None) -> Playlist:
    """The API's description with the public page's rows."""
    returned = len(shown.items) + len(shown.unavailable)
    return replace(
        head,
        images=head.images or shown.images,
        owner=head.owner or shown.owner,
        items=shown.items,
        unavailable=shown.unavailable,
        total=total,
        complete=total is not None and returned >= total,
        source=shown.source,
    )
