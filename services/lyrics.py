"""Lyrics from LRCLIB's API (`/api/get`, then `/api/search`): plain and synced. Optional: no failure reaches a download.

Source: LRCLIB's public documentation. No key; asked politely, one track at a time, and only while a file is made.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from models.errors import CatalogError
from models.music import Track
from services.audio.tagset import parse_lrc
from services.http import CATALOG_ERRORS, decode_json, read_bounded, translating
from services.matching.identity import KnownRecording, is_another

logger = logging.getLogger(__name__)

DEADLINE_S = 10.0
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
        self._counts: Counter[str] = Counter(calls=0, errors=0, found=0, absent=0, failed=0)

    def stats(self) -> Mapping[str, int]:
        """Requests since the start (calls, errors), and what came of the questions: found, absent, failed."""
        return dict(self._counts)

    async def find(self, track: Track) -> Lyrics | None:
        """The lyrics of this recording, or `None`: there are none, or they could not be had in time."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                lyrics = await self._look_up(track)
        except (CatalogError, TimeoutError) as error:
            self._counts["errors"] += 1
            self._counts["failed"] += 1
            facts = error.facts if isinstance(error, CatalogError) else {"limit_s": DEADLINE_S}
            logger.warning("lyrics_left_out", extra={"track_id": track.id, "cause": repr(error), "facts": facts})
            return None
        self._counts["absent" if lyrics is None else "found"] += 1
        return lyrics

    async def _look_up(self, track: Track) -> Lyrics | None:
        exact = await self._get("/api/get", _question(track, with_length=True))
        if isinstance(exact, dict):
            if exact.get("instrumental") is True:
                return None
            if (lyrics := _lyrics(exact)) is not None:
                return lyrics
        found = await self._get("/api/search", _question(track, with_length=False))
        return _best(track, found if isinstance(found, list) else [])

    async def _get(self, path: str, question: dict[str, str]) -> Any:
        """The JSON answer; `None` for 404, which means that there are no such lyrics."""
        self._counts["calls"] += 1
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


def _best(track: Track, answers: list[Any]) -> Lyrics | None:
    """The first synced lyrics of this recording, else the first plain ones."""
    fitting = [answer for answer in answers if isinstance(answer, dict) and _fits(track, answer)]
    found = [lyrics for answer in fitting if (lyrics := _lyrics(answer)) is not None]
    return next((lyrics for lyrics in found if lyrics.synced), found[0] if found else None)


def _fits(track: Track, answer: dict[str, Any]) -> bool:
    length_s, title, artist = (answer.get(name) for name in ("duration", "trackName", "artistName"))
    if not isinstance(length_s, int | float) or abs(length_s - track.duration_ms / 1000) > SAME_LENGTH_S:
        return False
    if not isinstance(title, str):
        return False
    return not is_another(track, [KnownRecording(title, (artist,) if isinstance(artist, str) else ())])


def _lyrics(answer: dict[str, Any]) -> Lyrics | None:
    plain, synced = answer.get("plainLyrics"), answer.get("syncedLyrics")
    plain = plain if isinstance(plain, str) and plain.strip() else None
    timed = parse_lrc(synced) if isinstance(synced, str) else []
    synced = synced if any(line.text for line in timed) else None
    return Lyrics(plain, synced) if plain or synced else None
