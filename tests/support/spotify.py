"""A small Spotify catalogue of numbered things, and the catalog under test pointed at its stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from _local.sandbox.spotify import SpotifyStandIn
from models.ids import SpotifyId
from models.settings import Settings
from services.cache.base import Cache
from services.catalog.spotify import SpotifyCatalog
from services.http import open_session

Json = dict[str, Any]


def sid(prefix: str, number: int = 0) -> SpotifyId:
    """A Spotify id that is easy to read: `prefix`, zeros, `number`."""
    return SpotifyId(f"{prefix}{number:0{22 - len(prefix)}d}")


def page(kind: str, spotify_id: str) -> Json:
    return {"spotify": f"https://open.spotify.com/{kind}/{spotify_id}"}


def artist_json(number: int, **more: Any) -> Json:
    spotify_id = sid("Ar", number)
    return {
        "type": "artist",
        "id": spotify_id,
        "name": f"Artist {number}",
        "external_urls": page("artist", spotify_id),
        "genres": ["polka"],
        "followers": {"href": None, "total": 12},
        "popularity": 40,
        "images": [{"url": f"/image/artist{number}", "width": 640, "height": 640}],
        **more,
    }


def album_ref_json(number: int) -> Json:
    spotify_id = sid("Al", number)
    return {
        "type": "album",
        "album_type": "album",
        "id": spotify_id,
        "name": f"Album {number}",
        "release_date": "2001-02-03",
        "total_tracks": 3,
        "images": [{"url": f"/image/album{number}", "width": 640, "height": 640}],
        "external_urls": page("album", spotify_id),
        "artists": [{"type": "artist", "id": sid("Ar", 1), "name": "Artist 1"}],
    }


def track_json(number: int, **more: Any) -> Json:
    spotify_id = sid("Tr", number)
    return {
        "type": "track",
        "id": spotify_id,
        "uri": f"spotify:track:{spotify_id}",
        "name": f"Track {number}",
        "duration_ms": 180_000 + number,
        "explicit": number % 2 == 1,
        "preview_url": f"https://p.example/{number}",
        "popularity": 50,
        "external_ids": {"isrc": f"XX-AAA-01-{number:05d}"},
        "external_urls": page("track", spotify_id),
        "artists": [{"type": "artist", "id": sid("Ar", 1), "name": "Artist 1", "external_urls": page("artist", "x")}],
        "album": album_ref_json(1),
        "track_number": number,
        "disc_number": 1,
        "is_local": False,
        **more,
    }


def album_json(number: int, tracks: list[Any], **more: Any) -> Json:
    return {
        **album_ref_json(number),
        "total_tracks": len(tracks),
        "label": "Label",
        "popularity": 30,
        "genres": ["polka"],
        "copyrights": [{"text": "© Somebody", "type": "C"}],
        "tracks": tracks,
        **more,
    }


def playlist_json(number: int, rows: list[Any], **more: Any) -> Json:
    spotify_id = sid("Pl", number)
    return {
        "type": "playlist",
        "id": spotify_id,
        "name": f"Playlist {number}",
        "description": "All of it",
        "owner": {"id": "somebody", "display_name": "Somebody"},
        "followers": {"href": None, "total": 7},
        "images": [{"url": f"/image/playlist{number}", "width": None, "height": None}],
        "external_urls": page("playlist", spotify_id),
        "tracks": rows,
        **more,
    }


def numbered(things: list[Json]) -> dict[str, Json]:
    """The things by their ids."""
    return {str(thing["id"]): thing for thing in things}


def stand_in(
    *,
    tracks: int = 0,
    albums: list[Json] | None = None,
    playlists: list[Json] | None = None,
    artists: list[Json] | None = None,
    more_tracks: list[Json] | None = None,
    **options: Any,
) -> SpotifyStandIn:
    """A stand-in with `tracks` numbered tracks and what else is given."""
    return SpotifyStandIn(
        tracks=numbered([track_json(number) for number in range(tracks)] + (more_tracks or [])),
        albums=numbered(albums or []),
        playlists=numbered(playlists or []),
        artists=numbered(artists or []),
        **options,
    )


def list_of(count: int, *, shape: str = "classic") -> SpotifyStandIn:
    """A stand-in with one playlist (number 1) and one album (number 1) of `count` tracks each."""
    ids = [sid("Tr", number) for number in range(count)]
    return stand_in(tracks=count, albums=[album_json(1, ids)], playlists=[playlist_json(1, ids)], shape=shape)


@asynccontextmanager
async def catalog_at(
    spotify: SpotifyStandIn, *, cache: Cache | None = None, **settings: str
) -> AsyncIterator[SpotifyCatalog]:
    """The catalog under test, reading from the (running) stand-in; `settings` by their environment names."""
    async with open_session() as http, catalog_with(http, spotify, cache=cache, **settings) as catalog:
        yield catalog


@asynccontextmanager
async def catalog_with(
    http: aiohttp.ClientSession, spotify: SpotifyStandIn, *, cache: Cache | None = None, **settings: str
) -> AsyncIterator[SpotifyCatalog]:
    """As `catalog_at`, with a session of the caller's."""
    catalog = SpotifyCatalog(http=http, settings=Settings.from_env({**spotify.settings(), **settings}), cache=cache)
    try:
        yield catalog
    finally:
        await catalog.close()
