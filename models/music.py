"""What Spotify calls a track, an album, a playlist and an artist: frozen values, every optional field optional.

Source: the Web API's objects of both shapes (classic and 2026). Fields that Spotify may leave out are `None` or empty.
Documents in MongoDB have the same field names; `to_document` and `from_document` translate.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from models.ids import DurationMs, RecordingKey, SpotifyId, own_key


class Kind(StrEnum):
    """What a Spotify link may point at (shows and episodes are refused)."""

    TRACK = "track"
    ALBUM = "album"
    PLAYLIST = "playlist"
    ARTIST = "artist"


class ListSource(StrEnum):
    """Where a list of tracks was read."""

    API = "api"
    EMBED = "embed"
    """The public embed page: at most 100 rows, no ISRC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture; sizes in pixels, `None` when Spotify does not say."""

    url: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistRef:
    """An artist as named on a track or album; `id` is `None` for local files and withdrawn artists."""

    id: SpotifyId | None
    name: str
    spotify_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumRef:
    """An album as named on a track."""

    id: SpotifyId | None
    name: str
    spotify_url: str | None = None
    release_date: str | None = None
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    images: tuple[Image, ...] = ()
    artists: tuple[ArtistRef, ...] = ()
    album_type: str | None = None
    """`album`, `single` or `compilation`."""
    total_tracks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track. Rows of an album have `album=None`; only the full track object surely carries `isrc`."""

    id: SpotifyId
    name: str
    duration_ms: DurationMs
    artists: tuple[ArtistRef, ...] = ()
    album: AlbumRef | None = None
    explicit: bool = False
    preview_url: str | None = None
    popularity: int | None = None
    spotify_url: str | None = None
    isrc: str | None = None
    """12 characters, upper case, no dashes."""
    track_number: int | None = None
    disc_number: int | None = None
    is_playable: bool | None = None
    """`None` when Spotify does not say."""

    @property
    def recording_key(self) -> RecordingKey:
        """What this track shares with the same recording under other ids."""
        return RecordingKey(f"isrc-{self.isrc}") if self.isrc else own_key(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistItem:
    """A playable row of a playlist."""

    position: int
    """From 0, as in the playlist (unavailable rows count)."""
    track: Track
    added_at: str | None = None
    """ISO 8601, as Spotify gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnavailableItem:
    """A row that cannot be played: listed, never a crash."""

    position: int
    reason: str
    """`removed`, `local_file`, `episode`, `unplayable` or `malformed`."""
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copyright:
    """A copyright line; `type` is `C` or `P`."""

    text: str
    type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """An album with all of its tracks, or as many as could be read (`complete`)."""

    id: SpotifyId
    name: str
    artists: tuple[ArtistRef, ...] = ()
    tracks: tuple[Track, ...] = ()
    total_tracks: int = 0
    complete: bool = True
    album_type: str | None = None
    images: tuple[Image, ...] = ()
    spotify_url: str | None = None
    release_date: str | None = None
    label: str | None = None
    popularity: int | None = None
    genres: tuple[str, ...] = ()
    copyrights: tuple[Copyright, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """A playlist with all of its rows, or as many as could be read (`complete`)."""

    id: SpotifyId
    name: str
    description: str | None = None
    images: tuple[Image, ...] = ()
    spotify_url: str | None = None
    owner: str | None = None
    follower_count: int | None = None
    items: tuple[PlaylistItem, ...] = ()
    unavailable: tuple[UnavailableItem, ...] = ()
    total: int | None = None
    """Rows the playlist has; `None` when it could not be learnt (embed page)."""
    complete: bool = True
    source: ListSource = ListSource.API


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumSummary:
    """An album as listed on an artist's page."""

    id: SpotifyId
    name: str
    album_type: str | None = None
    release_date: str | None = None
    total_tracks: int | None = None
    images: tuple[Image, ...] = ()
    spotify_url: str | None = None
    artists: tuple[ArtistRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    """An artist and the albums."""

    id: SpotifyId
    name: str
    images: tuple[Image, ...] = ()
    genres: tuple[str, ...] = ()
    popularity: int | None = None
    follower_count: int | None = None
    spotify_url: str | None = None
    albums: tuple[AlbumSummary, ...] = field(default=())
    total_albums: int | None = None
    complete: bool = True


Resource = Track | Album | Playlist | Artist
ResourceT = TypeVar("ResourceT", Track, Album, Playlist, Artist)

RESOURCE_TYPES: dict[Kind, type[Resource]] = {
    Kind.TRACK: Track,
    Kind.ALBUM: Album,
    Kind.PLAYLIST: Playlist,
    Kind.ARTIST: Artist,
}
_ADAPTERS: dict[Kind, TypeAdapter[Any]] = {}


def _adapter(kind: Kind) -> TypeAdapter[Any]:
    # Built on first use: a schema costs some milliseconds, and start-up time is counted.
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(RESOURCE_TYPES[kind])
    return _ADAPTERS[kind]


def to_document(resource: Resource) -> dict[str, Any]:
    """The resource as a MongoDB document: the same names, `id` as `_id`."""
    document: dict[str, Any] = _plain(resource)
    document["_id"] = document.pop("id")
    return document


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()


def _plain(value: Any) -> Any:
    """As `dataclasses.asdict`, which copies every string with care and takes three times as long."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    kind: Any = type(value)
    names = _field_names(kind)
    return {name: _plain(getattr(value, name)) for name in names} if names else value


def from_document(kind: Kind, document: dict[str, Any]) -> Resource:
    """The resource a document holds; fields it does not know are ignored. Raises `ValueError` when it does not fit."""
    values = {key: value for key, value in document.items() if key != "_id"}
    return cast(Resource, _adapter(kind).validate_python({**values, "id": document["_id"]}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A resource with the moment it was read from Spotify (aware, UTC)."""

    resource: Resource
    fetched_at: datetime
