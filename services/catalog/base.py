"""The catalog seam: metadata of tracks, albums, playlists and artists."""

from __future__ import annotations

from typing import Protocol

from models.ids import SpotifyId
from models.music import Album, Artist, Playlist, Track


class Catalog(Protocol):
    """Reads metadata from its source, never from a cache.

    Every verb raises a `NotFoundError` when the source answered and has no such thing (may be remembered), and a
    `CatalogError` when it could not be learnt (must not be remembered). Safe to repeat and to run side by side.
    """

    async def track(self, track_id: SpotifyId) -> Track:
        """The full track, with its ISRC when the source has one."""
        ...

    async def album(self, album_id: SpotifyId) -> Album:
        """The album with all tracks; `complete` is false when some could not be read."""
        ...

    async def playlist(self, playlist_id: SpotifyId) -> Playlist:
        """The playlist with all rows; `complete` is false when some could not be read."""
        ...

    async def artist(self, artist_id: SpotifyId) -> Artist:
        """The artist and the albums."""
        ...
