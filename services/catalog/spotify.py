"""Spotify as the catalog: its Web API, and the public embed page where the API refuses."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import aiohttp

from models.errors import (
    AlbumNotFound,
    CatalogCredentialsRejected,
    CatalogError,
    CatalogMalformed,
    CatalogRateLimited,
    NotFoundError,
    TrackNotFound,
)
from models.ids import SpotifyId
from models.music import Album, AlbumSummary, Artist, Kind, Playlist, Track
from models.settings import Settings
from services.cache.base import Cache
from services.catalog import parse
from services.catalog.ban import SpotifyBan
from services.catalog.client import SpotifyClient
from services.catalog.embed import EmbedPages
from services.catalog.pages import Listing, Page, read_list, read_rest
from services.catalog.playlists import PlaylistReader
from services.catalog.token import TokenProvider
from services.catalog.transport import Transport

logger = logging.getLogger(__name__)

_ALBUM_PAGE = 50
_ARTIST_ALBUMS_PAGE = 50
"""Ten is the most since 2026; the page reader goes down when this is refused."""
_MAX_ARTIST_ALBUMS = 300
_COUNTS = ("calls", "errors", "repeats", "waits", "rate_limited", "token_fetches", "embed_pages")


class SpotifyCatalog:
    """Implements `Catalog` with the app's own credentials; close it at the end."""

    def __init__(self, *, http: aiohttp.ClientSession, settings: Settings, cache: Cache | None = None) -> None:
        """`cache`, when shared, lets all replicas keep to one ban."""
        secret = settings.spotify_client_secret
        self.ban = SpotifyBan(cache=cache)
        self._transport = Transport(
            http=http,
            ban=self.ban,
            timeout_s=settings.spotify_api_timeout_ms / 1000,
            max_retry=settings.max_retry,
            concurrency=settings.spotify_concurrency,
        )
        self._token = TokenProvider(
            transport=self._transport,
            url=settings.spotify_access_token_url,
            client_id=settings.spotify_client_id,
            client_secret=secret.get_secret_value() if secret else None,
        )
        self._client = SpotifyClient(transport=self._transport, token=self._token, api_host=settings.spotify_api_host)
        embed = EmbedPages(transport=self._transport, public_host=settings.spotify_public_host)
        self._max_rows = settings.max_track_allowed_for_playlist
        self._playlists = PlaylistReader(
            client=self._client, embed=embed if settings.spotify_public_fallback else None, max_rows=self._max_rows
        )

    async def track(self, track_id: SpotifyId) -> Track:
        """As `Catalog.track`; a relinked track is known by the id that was asked for."""
        raw = await self._client.get(Kind.TRACK, f"/tracks/{track_id}")
        if parse.is_withdrawn(raw):
            raise TrackNotFound(id=track_id, why="withdrawn")
        return parse.track(raw, asked=track_id)

    async def album(self, album_id: SpotifyId) -> Album:
        """As `Catalog.album`."""
        raw = await self._client.get(Kind.ALBUM, f"/albums/{album_id}")

        async def fetch(offset: int, limit: int) -> dict[str, Any]:
            params = {"offset": str(offset), "limit": str(limit)}
            return await self._client.get(Kind.ALBUM, f"/albums/{album_id}/tracks", params)

        container = raw.get("tracks")
        if isinstance(container, dict) and isinstance(container.get("items"), list):
            listing = await read_rest(Page.parse(container), fetch, _album_row, size=_ALBUM_PAGE, cap=self._max_rows)
        else:
            listing = await read_list(fetch, _album_row, size=_ALBUM_PAGE, cap=self._max_rows)
        tracks = tuple(track for track in listing.rows if track is not None)
        if not tracks and raw.get("name") == "":
            raise AlbumNotFound(id=album_id, why="withdrawn")
        total = max(listing.total, parse.integer(raw.get("total_tracks")) or 0)
        return parse.album(raw, tracks, asked=album_id, total=total, complete=listing.complete and len(tracks) == total)

    async def playlist(self, playlist_id: SpotifyId) -> Playlist:
        """As `Catalog.playlist`."""
        return await self._playlists.read(playlist_id)

    async def artist(self, artist_id: SpotifyId) -> Artist:
        """As `Catalog.artist`; at most 300 albums."""
        raw, listing = await asyncio.gather(
            self._client.get(Kind.ARTIST, f"/artists/{artist_id}"),
            self._artist_albums(artist_id),
            return_exceptions=True,
        )
        if isinstance(raw, BaseException):
            raise raw
        if isinstance(listing, BaseException):
            raise listing
        found = parse.artist(raw, asked=artist_id)
        if listing is None:
            return replace(found, complete=False)
        albums = tuple(album for album in listing.rows if album is not None)
        complete = listing.complete and len(albums) == listing.total
        return replace(found, albums=albums, total_albums=listing.total, complete=complete)

    def stats(self) -> dict[str, int]:
        """What happened since the start, by name: calls, errors, repeats, waits, rate limits, bans and more."""
        return {**{name: self._transport.counts[name] for name in _COUNTS}, "bans": self.ban.count}

    async def close(self) -> None:
        """Ends what runs by itself; the session is its owner's to close."""
        await self._token.close()

    async def _artist_albums(self, artist_id: SpotifyId) -> Listing[AlbumSummary | None] | None:
        """The artist's albums; `None` when their first page cannot be read."""

        async def fetch(offset: int, limit: int) -> dict[str, Any]:
            params = {"offset": str(offset), "limit": str(limit), "include_groups": "album,single,compilation"}
            return await self._client.get(Kind.ARTIST, f"/artists/{artist_id}/albums", params)

        try:
            return await read_list(fetch, _album_summary, size=_ARTIST_ALBUMS_PAGE, cap=_MAX_ARTIST_ALBUMS)
        except (CatalogRateLimited, CatalogCredentialsRejected):
            raise
        except (CatalogError, NotFoundError) as exc:
            logger.warning("spotify_artist_albums_missing", extra={"artist": artist_id, "code": exc.code, **exc.facts})
            return None


def _album_row(_position: int, row: Any) -> Track | None:
    if parse.is_withdrawn(row):
        return None
    try:
        return parse.track(row)
    except CatalogMalformed as exc:
        logger.warning("spotify_album_row_unreadable", extra=exc.facts)
        return None


def _album_summary(_position: int, row: Any) -> AlbumSummary | None:
    try:
        return parse.album_summary(row)
    except CatalogMalformed as exc:
        logger.warning("spotify_album_unreadable", extra=exc.facts)
        return None
