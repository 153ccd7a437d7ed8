"""A stand-in of Spotify: token endpoint, Web API (classic or 2026 shape), public embed pages, short links, covers."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import ujson
from aiohttp import web

from _local.sandbox.spotify_faults import Seen, Troubles
from _local.sandbox.spotify_shapes import SHAPES, dressed, embed_page, missing_page, paged, script_redirect
from models.ids import is_spotify_id

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

    Troubles are scripted on `troubles` (faults, latency, hold; `troubles.requests` is the book of what arrived) and by
    the switches below.
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
        self.shape = SHAPES[shape]
        self.troubles = Troubles()
        self.token_life_s = 3600
        self.contents_refused = False
        """Playlists show no rows: 403 for their addresses, none in the object (client credentials since 2026)."""
        self.hidden: set[str] = set()
        """Playlists that only the public page shows (Spotify's own)."""
        self.clamps = False
        """A page size above the limit is cut down, not refused."""
        self.short_links = dict(short_links or {})
        self._tracks, self._albums, self._playlists, self._artists = tracks, albums, playlists, artists
        self._image = image
        self._client = (client_id, client_secret)
        self._shown_tracks: dict[str, Json] = {}
        self._tokens: dict[str, float] = {}
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listens; `url` is known from now on."""
        app = web.Application(middlewares=[self._middleware])
        app.add_routes(
            [
                web.post("/api/token", self._token),
                web.get("/v1/tracks/{id}", self._track),
                web.get("/v1/albums/{id}", self._album),
                web.get("/v1/albums/{id}/tracks", self._album_tracks),
                web.get("/v1/playlists/{id}", self._playlist),
                web.get("/v1/playlists/{id}/{rows:tracks|items}", self._playlist_rows),
                web.get("/v1/artists/{id}", self._artist),
                web.get("/v1/artists/{id}/albums", self._artist_albums),
                web.get("/embed/playlist/{id}", self._embed),
                web.get("/image/{id}", self._picture),
                web.get("/s/{token}", self._redirect),
                web.get("/{token}", self._short_page),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Closes every connection."""
        self.troubles.release()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def settings(self) -> dict[str, str]:
        """The settings (environment names) that point the server at this stand-in."""
        return {
            "SPOTIFY_CLIENT_ID": self._client[0],
            "SPOTIFY_CLIENT_SECRET": self._client[1],
            "SPOTIFY_API_HOST": self.url,
            "SPOTIFY_ACCESS_TOKEN_URL": f"{self.url}/api/token",
            "SPOTIFY_PUBLIC_HOST": self.url,
        }

    def expire_tokens(self) -> None:
        """No token given out so far is accepted any more."""
        self._tokens = dict.fromkeys(self._tokens, 0.0)

    # -- every request ---------------------------------------------------------------------------------------------

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        troubles = self.troubles
        troubles.requests.append(Seen(request.method, request.path, dict(request.query), dict(request.headers)))
        troubles.active += 1
        troubles.peak = max(troubles.peak, troubles.active)
        try:
            spoilt = await troubles.around(request, f"{request.method} {request.path_qs}")
            if spoilt is not None:
                return spoilt
            if request.path.startswith("/v1/"):
                refused = self._unauthorised(request)
                if refused is not None:
                    return refused
                if not is_spotify_id(request.match_info.get("id", "")):
                    return _error(400, "Invalid base62 id")
            response: web.StreamResponse = await handler(request)
            return response
        finally:
            troubles.active -= 1

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return _error(401, "No token provided")
        ends_at = self._tokens.get(header.removeprefix("Bearer "))
        if ends_at is None:
            return _error(401, "Invalid access token")
        return _error(401, "The access token expired") if ends_at <= time.monotonic() else None

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = (str(form.get("client_id", "")), str(form.get("client_secret", "")))
        header = request.headers.get("Authorization", "")
        if header.startswith("Basic "):
            name, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
            given = (name, secret)
        if form.get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type"}, 400)
        if given != self._client:
            what = "Invalid client secret" if given[0] == self._client[0] else "Invalid client"
            return _json({"error": "invalid_client", "error_description": what}, 400)
        token = f"token-{len(self._tokens) + 1}"
        self._tokens[token] = time.monotonic() + self.token_life_s
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": self.token_life_s})

    # -- tracks, albums, artists -----------------------------------------------------------------------------------

    async def _track(self, request: web.Request) -> web.Response:
        track = self._tracks.get(request.match_info["id"])
        return self._answer(track) if track else _missing()

    async def _album(self, request: web.Request) -> web.Response:
        album = self._albums.get(request.match_info["id"])
        if album is None:
            return _missing()
        head = self._dressed({key: value for key, value in album.items() if key != "tracks"})
        rows, address = album.get("tracks", ()), f"{self.url}{request.path}/tracks"
        return _json(head | {"tracks": paged(rows, address, 0, 50, self._album_row)})

    async def _album_tracks(self, request: web.Request) -> web.Response:
        album = self._albums.get(request.match_info["id"])
        if album is None:
            return _missing()
        return self._page(request, album.get("tracks", ()), self._album_row, most=50, usual=20)

    async def _artist(self, request: web.Request) -> web.Response:
        artist = self._artists.get(request.match_info["id"])
        if artist is None:
            return _missing()
        return self._answer({"type": "artist", **{key: value for key, value in artist.items() if key != "albums"}})

    async def _artist_albums(self, request: web.Request) -> web.Response:
        artist = self._artists.get(request.match_info["id"])
        if artist is None:
            return _missing()
        rows = [_simple(self._albums[album]) for album in artist.get("albums", ()) if album in self._albums]
        return self._page(
            request, rows, self._dressed, most=self.shape.artist_albums_limit, usual=self.shape.artist_albums_default
        )

    def _album_row(self, row: Any) -> Any:
        return _simple(self._track_shown(row)) if isinstance(row, str) else self._dressed(row)

    def _track_shown(self, track_id: str) -> Json:
        # Long lists are asked for page by page; dressing a track anew for each would cost more than the answer.
        if track_id not in self._shown_tracks:
            self._shown_tracks[track_id] = self._dressed(self._tracks[track_id])
        return self._shown_tracks[track_id]

    # -- playlists -------------------------------------------------------------------------------------------------

    async def _playlist(self, request: web.Request) -> web.Response:
        playlist = self._shown(request)
        if playlist is None:
            return _missing()
        head = {"type": "playlist", **{key: value for key, value in playlist.items() if key != "tracks"}}
        head = self._dressed(head)
        if not self.contents_refused:
            rows, address = playlist.get("tracks", ()), f"{self.url}{request.path}/{self.shape.rows}"
            head[self.shape.rows] = paged(rows, address, 0, self.shape.first_page, self._row)
        return _json(head)

    async def _playlist_rows(self, request: web.Request) -> web.Response:
        playlist = self._shown(request)
        if playlist is None:
            return _missing()
        if request.match_info["rows"] != self.shape.rows:
            return _error(404, "Service not found") if self.shape.is_classic else _error(403, "Forbidden")
        if self.contents_refused:
            return _error(403, "Forbidden")
        return self._page(request, playlist.get("tracks", ()), self._row, most=self.shape.playlist_limit, usual=20)

    async def _embed(self, request: web.Request) -> web.Response:
        playlist = self._playlists.get(request.match_info["id"])
        if playlist is None:
            return web.Response(status=404, text=missing_page(), content_type="text/html")
        contents = [row and row[self.shape.row] for row in map(self._row, playlist.get("tracks", ()))]
        head = self._dressed({key: value for key, value in playlist.items() if key != "tracks"})
        page = embed_page(head, contents)
        return web.Response(text=page, content_type="text/html")

    def _shown(self, request: web.Request) -> Json | None:
        playlist_id = request.match_info["id"]
        return None if playlist_id in self.hidden else self._playlists.get(playlist_id)

    def _row(self, given: Any) -> Json | None:
        row = {"added_at": None, "is_local": False, "track": given} if isinstance(given, str) else given
        if row is None:
            return None
        content = row.get("track")
        shown = self._track_shown(content) if isinstance(content, str) else self._dressed(content)
        return {key: self._dressed(value) for key, value in row.items() if key != "track"} | {self.shape.row: shown}

    # -- public pages ----------------------------------------------------------------------------------------------

    async def _redirect(self, request: web.Request) -> web.Response:
        link = self.short_links.get(request.match_info["token"])
        return web.Response(status=307, headers={"Location": link}) if link else web.Response(status=404)

    async def _short_page(self, request: web.Request) -> web.Response:
        link = self.short_links.get(request.match_info["token"])
        if link is None:
            return web.Response(status=404, text="<html><body>Not found</body></html>", content_type="text/html")
        return web.Response(text=script_redirect(link), content_type="text/html")

    async def _picture(self, request: web.Request) -> web.Response:
        picture = self._image(request.match_info["id"]) if self._image is not None else None
        if picture is None:
            return web.Response(status=404)
        kind = "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"
        return web.Response(body=picture, content_type=kind, headers={"Cache-Control": "public, max-age=86400"})

    # -- answers ---------------------------------------------------------------------------------------------------

    def _page(
        self, request: web.Request, rows: Sequence[Any], show: Callable[[Any], Any], *, most: int, usual: int
    ) -> web.Response:
        given = request.query.get("limit", str(usual)), request.query.get("offset", "0")
        if not all(number.isdecimal() for number in given) or int(given[0]) < 1:
            return _error(400, "Invalid limit")
        limit, offset = int(given[0]), int(given[1])
        if limit > most:
            if not self.clamps:
                return _error(400, "Invalid limit")
            limit = most
        return _json(paged(rows, f"{self.url}{request.path}", offset, limit, show))

    def _answer(self, value: Json) -> web.Response:
        return _json(self._dressed(value))

    def _dressed(self, value: Any) -> Any:
        return dressed(value, self.shape, self.url)


def _simple(value: Json) -> Json:
    """A simplified track or album object: without what only the full one has."""
    full_only = {"album", "external_ids", "popularity", "tracks", "copyrights", "genres", "label"}
    return {key: entry for key, entry in value.items() if key not in full_only}


def _json(value: Json, status: int = 200) -> web.Response:
    return web.Response(status=status, text=ujson.dumps(value), content_type="application/json")


def _error(status: int, message: str) -> web.Response:
    return _json({"error": {"status": status, "message": message}}, status)


def _missing() -> web.Response:
    return _error(404, "Resource not found")
