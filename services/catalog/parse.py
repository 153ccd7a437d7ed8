"""Web API objects, classic or 2026, to values: what must be there is checked, the rest may be missing.

`asked` is the id that a thing is to be known by, whatever its object says.
"""

from __future__ import annotations

import re
from typing import Any

from models.errors import CatalogMalformed
from models.ids import DurationMs, SpotifyId, is_spotify_id
from models.links import PAGE_HOST
from models.music import Album, AlbumRef, AlbumSummary, Artist, ArtistRef, Copyright, Image, Kind, Playlist, Track

_ISRC = re.compile(r"[A-Z0-9]{12}")
_DATE = re.compile(r"(?!0000)\d{4}(?:-\d{2}){0,2}")
_URI = re.compile(r"spotify:[a-z]+:([0-9A-Za-z]{22})")


def track(raw: Any, *, asked: SpotifyId | None = None) -> Track:
    """A full or simplified track object; rows of a list have no `asked`.

    A relinked track (`linked_from`) keeps the id that lists and links know, not the one of its stand-in.
    """
    fields = _object(raw, "track")
    origin = _mapping(fields.get("linked_from"))
    found = asked or spotify_id(origin) or spotify_id(fields)
    duration = integer(fields.get("duration_ms"))
    if found is None or duration is None or duration < 0:
        raise CatalogMalformed(why="a track without id or duration")
    return Track(
        id=found,
        name=_name(fields, "track"),
        duration_ms=DurationMs(duration),
        artists=artist_refs(fields.get("artists")),
        album=_album_ref(fields.get("album")),
        explicit=fields.get("explicit") is True,
        preview_url=text(fields.get("preview_url")),
        popularity=integer(fields.get("popularity")),
        spotify_url=page_url(Kind.TRACK, found),
        isrc=_isrc(_mapping(fields.get("external_ids")).get("isrc")),
        track_number=_positive(fields.get("track_number")),
        disc_number=_positive(fields.get("disc_number")),
        is_playable=_flag(fields.get("is_playable")),
    )


def is_withdrawn(raw: Any) -> bool:
    """Whether a track object is the husk that Spotify leaves of a withdrawn track: no name and no length."""
    return isinstance(raw, dict) and raw.get("name") == "" and not raw.get("duration_ms")


def album(raw: Any, tracks: tuple[Track, ...], *, asked: SpotifyId, total: int, complete: bool) -> Album:
    """A full album object with the tracks read from it."""
    fields = _object(raw, "album")
    return Album(
        id=asked,
        name=_name(fields, "album"),
        artists=artist_refs(fields.get("artists")),
        tracks=tracks,
        total_tracks=total,
        complete=complete,
        album_type=text(fields.get("album_type")),
        images=images(fields.get("images")),
        spotify_url=page_url(Kind.ALBUM, asked),
        release_date=_date(fields.get("release_date")),
        label=text(fields.get("label")),
        popularity=integer(fields.get("popularity")),
        genres=_texts(fields.get("genres")),
        copyrights=tuple(
            Copyright(text=line, type=text(entry.get("type")))
            for entry in _objects(fields.get("copyrights"))
            if (line := text(entry.get("text")))
        ),
    )


def album_summary(raw: Any) -> AlbumSummary:
    """A simplified album object, as listed for an artist."""
    fields = _object(raw, "album")
    found = spotify_id(fields)
    if found is None:
        raise CatalogMalformed(why="an album without id")
    return AlbumSummary(
        id=found,
        name=_name(fields, "album"),
        album_type=text(fields.get("album_type")),
        release_date=_date(fields.get("release_date")),
        total_tracks=integer(fields.get("total_tracks")),
        images=images(fields.get("images")),
        spotify_url=page_url(Kind.ALBUM, found),
        artists=artist_refs(fields.get("artists")),
    )


def artist(raw: Any, *, asked: SpotifyId) -> Artist:
    """An artist object, without albums yet."""
    fields = _object(raw, "artist")
    return Artist(
        id=asked,
        name=_name(fields, "artist"),
        images=images(fields.get("images")),
        genres=_texts(fields.get("genres")),
        popularity=integer(fields.get("popularity")),
        follower_count=integer(_mapping(fields.get("followers")).get("total")),
        spotify_url=page_url(Kind.ARTIST, asked),
    )


def playlist(raw: Any, *, asked: SpotifyId) -> Playlist:
    """A playlist object, without rows yet."""
    fields = _object(raw, "playlist")
    owner = _mapping(fields.get("owner"))
    return Playlist(
        id=asked,
        name=_name(fields, "playlist"),
        description=text(fields.get("description")),
        images=images(fields.get("images")),
        spotify_url=page_url(Kind.PLAYLIST, asked),
        owner=text(owner.get("display_name")) or text(owner.get("id")),
        follower_count=integer(_mapping(fields.get("followers")).get("total")),
    )


def artist_refs(raw: Any) -> tuple[ArtistRef, ...]:
    """Artists as named on a track or album; nameless ones are left out."""
    refs = []
    for fields in _objects(raw):
        name = text(fields.get("name"))
        if name:
            found = spotify_id(fields)
            refs.append(ArtistRef(id=found, name=name, spotify_url=found and page_url(Kind.ARTIST, found)))
    return tuple(refs)


def images(raw: Any) -> tuple[Image, ...]:
    """Pictures that have an address."""
    return tuple(
        Image(url=url, width=_positive(fields.get("width")), height=_positive(fields.get("height")))
        for fields in _objects(raw)
        if (url := text(fields.get("url")))
    )


def spotify_id(fields: dict[str, Any]) -> SpotifyId | None:
    """The object's `id`, or the one in its `uri` (a `linked_from` may have that alone)."""
    found = fields.get("id")
    if isinstance(found, str) and is_spotify_id(found):
        return SpotifyId(found)
    uri = fields.get("uri")
    match = _URI.fullmatch(uri) if isinstance(uri, str) else None
    return SpotifyId(match[1]) if match else None


def page_url(kind: Kind, found: SpotifyId) -> str:
    """The public page of this id."""
    return f"https://{PAGE_HOST}/{kind.value}/{found}"


def text(value: Any) -> str | None:
    """The string that `value` is, if it is one."""
    return value if isinstance(value, str) else None


def integer(value: Any) -> int | None:
    """The whole number that `value` is, if it is one; a fraction is cut off."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if abs(value) < 2**53 else None


def _album_ref(raw: Any) -> AlbumRef | None:
    if not isinstance(raw, dict):
        return None
    found = spotify_id(raw)
    return AlbumRef(
        id=found,
        name=text(raw.get("name")) or "",
        spotify_url=found and page_url(Kind.ALBUM, found),
        release_date=_date(raw.get("release_date")),
        images=images(raw.get("images")),
        artists=artist_refs(raw.get("artists")),
        album_type=text(raw.get("album_type")),
        total_tracks=integer(raw.get("total_tracks")),
    )


def _object(raw: Any, what: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise CatalogMalformed(why=f"a {what} that is no object")
    return raw


def _name(fields: dict[str, Any], what: str) -> str:
    name = fields.get("name")
    if not isinstance(name, str):
        raise CatalogMalformed(why=f"a {what} without name")
    return name


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()


def _positive(value: Any) -> int | None:
    number = integer(value)
    return number if number is not None and number > 0 else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _date(value: Any) -> str | None:
    return value if isinstance(value, str) and _DATE.fullmatch(value) else None


def _isrc(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    code = re.sub(r"[\s\-]", "", value).upper()
    return code if _ISRC.fullmatch(code) else None
