"""Lyrics from LRCLIB's API (`/api/get`, then `/api/search`): plain and synced. Optional: no failure reaches a download.

Source: LRCLIB's public documentation. No key; asked politely, one track at a time, and only while a file is made.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import aiohttp

from models.errors import CatalogError
from models.music import Track
from services.http import CATALOG_ERRORS, decode_json, read_bounded, translating

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 1_000_000
SAME_LENGTH_S = 3.0
"""Lyrics of a version of another length would run out of step."""


@dataclass(frozen=True, slots=True)
class Lyrics:
    """`synced` is LRC text; either may be missing."""

    plain: str | None
    synced: str | None


class LyricsClient:
    """Looks lyrics up; counts what it found and what went wrong."""

    def __init__(self, *, http: aiohttp.ClientSession, host: str) -> None:
        self._http = http
        self._host = host
        self.found = 0
        self.failures = 0

    async def find(self, track: Track) -> Lyrics | None:
        """The lyrics of this recording, or `None`: there are none, or they could not be had."""
        try:
            lyrics = await self._exact(track) or await self._similar(track)
        except CatalogError as error:
            self.failures += 1
            logger.warning("lyrics_left_out", extra={"track_id": track.id, "code": error.code, "facts": error.facts})
            return None
        if lyrics is not None:
            self.found += 1
        return lyrics

    async def _exact(self, track: Track) -> Lyrics | None:
        answer = await self._get("/api/get", _question(track, with_length=True))
        return _lyrics(answer) if isinstance(answer, dict) else None

    async def _similar(self, track: Track) -> Lyrics | None:
        answers = await self._get("/api/search", _question(track, with_length=False))
        if not isinstance(answers, list):
            return None
        for answer in answers:
            length_s = answer.get("duration") if isinstance(answer, dict) else None
            if isinstance(length_s, int | float) and abs(length_s - track.duration_ms / 1000) <= SAME_LENGTH_S:
                return _lyrics(answer)
        return None

    async def _get(self, path: str, question: dict[str, str]) -> Any:
        """The JSON answer; `None` for 404, which means that there are no such lyrics."""
        with translating(CATALOG_ERRORS):
            async with self._http.get(self._host + path, params=question) as response:
                if response.status == 404:
                    return None
                body = await read_bounded(response, MAX_BODY_BYTES)
                if response.status != 200:
                    raise CatalogError(status=response.status)
        return decode_json(body, CATALOG_ERRORS)


def _question(track: Track, *, with_length: bool) -> dict[str, str]:
    question = {"track_name": track.name, "artist_name": track.artists[0].name if track.artists else ""}
    if with_length:
        question["album_name"] = track.album.name if track.album else ""
        question["duration"] = str(round(track.duration_ms / 1000))
    return question


def _lyrics(answer: dict[str, Any]) -> Lyrics | None:
    plain, synced = answer.get("plainLyrics"), answer.get("syncedLyrics")
    plain = plain if isinstance(plain, str) and plain.strip() else None
    synced = synced if isinstance(synced, str) and synced.strip() else None
    return Lyrics(plain, synced) if plain or synced else None
