"""A stand-in of Spotify: token endpoint, Web API (classic or 2026 shape), public embed pages, short links, covers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]


class SpotifyStandIn:
    """Serves a catalogue as Spotify would, on `http://127.0.0.1:<port>` (`url`, once started).

    The catalogue is plain Web API JSON in the classic shape, ids being 22 base62 characters; the 2026 shape is derived:

    * `tracks`: id -> full track object (`type id name duration_ms explicit preview_url popularity external_ids{isrc}
      external_urls{spotify} artists[{id,name,type,external_urls}] album{simplified album object, without tracks}
      track_number disc_number is_local`);
    * `albums`: id -> full album object, but `tracks` is a plain list of all of its tracks, each a track id (looked up
      in `tracks`) or a simplified track object;
    * `playlists`: id -> full playlist object, but `tracks` is a plain list of all of its rows: `{added_at, is_local,
      track}` with `track` a track id (looked up in `tracks`), a full object (local file, episode, ...) or `None`; a row
      may also be a bare track id, or `None`;
    * `artists`: id -> artist object plus `albums`: list of album ids (looked up in `albums`);
    * `short_links`: token -> the Spotify link it leads to; `/<token>` answers with a page that redirects by script,
      as spotify.link does, and `/s/<token>` with 307;
    * `image`: gives the bytes (JPEG or PNG) of `/image/<id>`, `None` for 404. An image `url` in the catalogue that
      starts with `/image/` is answered with this server's address before it.

    Only the `id` and what is said above is needed; further fields pass through as given.
    `await start(port=0)`, `await stop()`, or `async with`. `settings()` names what points the server here.
    """

    def __init__(
        self,
        *,
        tracks: Mapping[str, Json],
        albums: Mapping[str, Json],
        playlists: Mapping[str, Json],
        artists: Mapping[str, Json],
        short_links: Mapping[str, str] | None = None,
        image: Callable[[str], bytes | None] | None = None,
        client_id: str = "sandbox-id",
        client_secret: str = "sandbox-secret",
        shape: str = "classic",
    ) -> None:
        self.url = ""

    async def start(self, port: int = 0) -> None:
        """Listens; `url` is known from now on."""

    async def stop(self) -> None:
        """Closes every connection."""

    def settings(self) -> dict[str, str]:
        """The settings (environment names) that point the server at this stand-in."""
        return {}
