"""The wire shapes of metadata: the original's JSON fields, and ours beside them (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from models.audio import StoredAudio
from models.ids import SpotifyId
from models.music import Album, AlbumRef, Artist, ArtistRef, Image, Playlist, Resource, Track
from services.urls import MediaUrls

Stored = Mapping[SpotifyId, StoredAudio]


_HITS = b',"music_dl_hit":%10d}'
_HITS_AND_DOWNLOADS = b',"music_dl_hit":%10d,"music_dl_download_count":%10d}'


def render_metadata(resource: Resource, stored: Stored, urls: MediaUrls, base_url: str) -> bytearray:
    """The body, with counts of 0 at its end; `set_counts` writes the present ones."""
    body = metadata_body(resource, stored, urls, base_url)
    rendered = bytearray(orjson.dumps(body))
    rendered[-1:] = _counts(0, 0 if isinstance(resource, Track) else None)
    return rendered


def set_counts(body: bytearray, *, hits: int, downloads: int | None) -> None:
    """Writes the counts into a rendered body, in place: a long list is not copied for every answer.

    Their width is fixed, the rest being blanks, which JSON allows. `downloads` only for a track.
    """
    counts = _counts(hits, downloads)
    body[-len(counts) :] = counts


def _counts(hits: int, downloads: int | None) -> bytes:
    return _HITS % hits if downloads is None else _HITS_AND_DOWNLOADS % (hits, downloads)


def metadata_body(resource: Resource, stored: Stored, urls: MediaUrls, base_url: str) -> dict[str, Any]:
    """The body but for its counts."""

    def downloaded(track_id: SpotifyId) -> dict[str, Any]:
        audio = stored.get(track_id)
        return {
            "music_dl_downloaded": audio is not None,
            "music_dl_cdn": None if audio is None else urls.of(audio, base_url),
        }

    match resource:
        case Track():
            return {"type": "track", **_track(resource), **downloaded(resource.id)}
        case Album():
            return {
                "type": "album",
                "id": resource.id,
                "name": resource.name,
                "album_type": resource.album_type,
                "copyrights": [asdict(line) for line in resource.copyrights],
                "genres": list(resource.genres),
                "images": _images(resource.images),
                "spotify_url": resource.spotify_url,
                "label": resource.label,
                "popularity": resource.popularity,
                "release_date": resource.release_date,
                "total_tracks": resource.total_tracks,
                "returned": len(resource.tracks),
                "complete": resource.complete,
                "artists": _artists(resource.artists),
                "tracks": [{**_album_row(track), **downloaded(track.id)} for track in resource.tracks],
            }
        case Playlist():
            return {
                "type": "playlist",
                "id": resource.id,
                "name": resource.name,
                "description": resource.description,
                "owner": resource.owner,
                "images": _images(resource.images),
                "spotify_url": resource.spotify_url,
                "follower_count": resource.follower_count,
                "total": resource.total,
                "returned": len(resource.items),
                "complete": resource.complete,
                "source": resource.source.value,
                "unavailable": [asdict(row) for row in resource.unavailable],
                "tracks": [
                    {
                        **_track(item.track),
                        "position": item.position,
                        "added_at": item.added_at,
                        **downloaded(item.track.id),
                    }
                    for item in resource.items
                ],
            }
        case Artist():
            return {
                "type": "artist",
                "id": resource.id,
                "name": resource.name,
                "images": _images(resource.images),
                "genres": list(resource.genres),
                "popularity": resource.popularity,
                "follower_count": resource.follower_count,
                "spotify_url": resource.spotify_url,
                "total_albums": resource.total_albums,
                "returned": len(resource.albums),
                "complete": resource.complete,
                "albums": [
                    {
                        "id": album.id,
                        "name": album.name,
                        "album_type": album.album_type,
                        "release_date": album.release_date,
                        "total_tracks": album.total_tracks,
                        "images": _images(album.images),
                        "spotify_url": album.spotify_url,
                        "artists": _artists(album.artists),
                    }
                    for album in resource.albums
                ],
            }


def _track(track: Track) -> dict[str, Any]:
    album = track.album
    return {
        **_album_row(track),
        "popularity": track.popularity,
        "isrc": track.isrc,
        "images": _images(album.images) if album else [],
        "album": _album(album) if album else None,
    }


def _album_row(track: Track) -> dict[str, Any]:
    return {
        "id": track.id,
        "name": track.name,
        # The original says `duration`, the contract `duration_ms`; both are milliseconds.
        "duration": track.duration_ms,
        "duration_ms": track.duration_ms,
        "explicit": track.explicit,
        "preview_url": track.preview_url,
        "spotify_url": track.spotify_url,
        "track_number": track.track_number,
        "disc_number": track.disc_number,
        "artists": _artists(track.artists),
    }


def _album(album: AlbumRef) -> dict[str, Any]:
    return {
        "id": album.id,
        "name": album.name,
        "spotify_url": album.spotify_url,
        "release_date": album.release_date,
        "images": _images(album.images),
    }


def _artists(artists: tuple[ArtistRef, ...]) -> list[dict[str, Any]]:
    return [{"id": artist.id, "name": artist.name, "spotify_url": artist.spotify_url} for artist in artists]


def _images(images: tuple[Image, ...]) -> list[dict[str, Any]]:
    return [{"url": image.url, "width": image.width, "height": image.height} for image in images]
