"""Stand-in for LRCLIB: `GET /api/get` (exact song, duration within two seconds) and `GET /api/search`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from _local.sandbox.standin import HttpStandIn

TOLERANCE_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LyricsEntry:
    """One song's lyrics. `lines`: (milliseconds from the start, text)."""

    id: int
    track: str
    artist: str
    album: str
    duration_s: int
    lines: tuple[tuple[int, str], ...] = ()
    instrumental: bool = False
    synced: bool = True

    def as_json(self) -> dict[str, Any]:
        """LRCLIB's body."""
        plain = "\n".join(text for _, text in self.lines) or None
        timed = "\n".join(f"{stamp(at_ms)} {text}" for at_ms, text in self.lines) or None
        return {
            "id": self.id,
            "name": self.track,
            "trackName": self.track,
            "artistName": self.artist,
            "albumName": self.album,
            "duration": float(self.duration_s),
            "instrumental": self.instrumental,
            "plainLyrics": None if self.instrumental else plain,
            "syncedLyrics": timed if self.synced and not self.instrumental else None,
        }


def stamp(at_ms: int) -> str:
    """LRC time, `[mm:ss.xx]`."""
    minutes, rest = divmod(at_ms, 60_000)
    return f"[{minutes:02d}:{rest // 1000:02d}.{rest % 1000 // 10:02d}]"


class LrclibStandIn(HttpStandIn):
    """Serves the given entries; what it does not have is LRCLIB's 404 `TrackNotFound`."""

    def __init__(self, entries: Iterable[LyricsEntry] = ()) -> None:
        super().__init__()
        self.entries = list(entries)

    def routes(self, app: web.Application) -> None:
        """The endpoints that need no key."""
        app.router.add_get("/api/get", self._get)
        app.router.add_get("/api/get/{id:[0-9]+}", self._by_id)
        app.router.add_get("/api/search", self._search)

    def error(self, status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
        """LRCLIB's error body."""
        name = {400: "BadRequest", 404: "TrackNotFound"}.get(status, "Error")
        body = {"message": message, "name": name, "statusCode": status}
        return web.json_response(body, status=status, headers=headers)

    async def _get(self, request: web.Request) -> web.Response:
        wanted = {key: request.query.get(key, "").strip() for key in ("track_name", "artist_name", "album_name")}
        if not wanted["track_name"] or not wanted["artist_name"]:
            return self.error(400, "track_name and artist_name are required")
        try:
            duration_s = float(request.query["duration"]) if "duration" in request.query else None
        except ValueError:
            return self.error(400, "duration must be a number")
        for entry in self.entries:
            if not _same(entry.track, wanted["track_name"]) or not _same(entry.artist, wanted["artist_name"]):
                continue
            if wanted["album_name"] and not _same(entry.album, wanted["album_name"]):
                continue
            if duration_s is None or abs(entry.duration_s - duration_s) <= TOLERANCE_S:
                return web.json_response(entry.as_json())
        return self.error(404, "Failed to find specified track")

    async def _by_id(self, request: web.Request) -> web.Response:
        wanted = int(request.match_info["id"])
        for entry in self.entries:
            if entry.id == wanted:
                return web.json_response(entry.as_json())
        return self.error(404, "Failed to find specified track")

    async def _search(self, request: web.Request) -> web.Response:
        words = " ".join(request.query.get(key, "") for key in ("q", "track_name", "artist_name", "album_name"))
        needles = words.casefold().split()
        if not needles:
            return web.json_response([])
        found = [entry for entry in self.entries if all(needle in _haystack(entry) for needle in needles)]
        return web.json_response([entry.as_json() for entry in found[:20]])


def _same(left: str, right: str) -> bool:
    return left.casefold() == right.casefold()


def _haystack(entry: LyricsEntry) -> str:
    return f"{entry.track} {entry.artist} {entry.album}".casefold()
