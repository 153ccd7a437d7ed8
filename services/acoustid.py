"""AcoustID: which recordings a sound is known as. Optional: it needs a key, and no failure of it reaches a download.

Source: the description of AcoustID's web service, `/v2/lookup`. At most three questions a second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from models.audio import AudioFacts
from models.errors import AudioOtherRecording, AudioToolFailed, CatalogError
from models.music import Track
from services.audio.fingerprint import Fingerprinter
from services.http import CATALOG_ERRORS, decode_json, read_bounded, translating
from services.matching.identity import KnownRecording, is_another

logger = logging.getLogger(__name__)

CERTAIN_SCORE = 0.9
"""From here on AcoustID's answer is about this very sound; below, about a similar one."""
INTERVAL_S = 0.34
DEADLINE_S = 10.0
MAX_BODY_BYTES = 1_000_000


class AcoustIdClient:
    """Asks for a fingerprint's recordings."""

    def __init__(self, *, http: aiohttp.ClientSession, host: str, key: SecretStr) -> None:
        self._http = http
        self._host = host
        self._key = key
        self._turn = asyncio.Lock()
        self._next_at = 0.0

    async def recordings(self, fingerprint: str, duration_s: float) -> list[KnownRecording]:
        """What the sound is surely known as; empty when it is not known. Raises a `CatalogError`."""
        await self._my_turn()
        question = {
            "client": self._key.get_secret_value(),
            "format": "json",
            "meta": "recordings",
            "duration": str(round(duration_s)),
            "fingerprint": fingerprint,
        }
        with translating(CATALOG_ERRORS):
            async with asyncio.timeout(DEADLINE_S), self._http.post(f"{self._host}/v2/lookup", data=question) as answer:
                body = decode_json(await read_bounded(answer, MAX_BODY_BYTES), CATALOG_ERRORS)
        if not isinstance(body, dict) or body.get("status") != "ok":
            # A wrong key or too many questions: its own words are for the operator.
            raise CatalogError(status=answer.status, said=body.get("error") if isinstance(body, dict) else None)
        return list(_certain(body.get("results")))

    async def _my_turn(self) -> None:
        async with self._turn:
            await asyncio.sleep(max(0.0, self._next_at - time.monotonic()))
            self._next_at = time.monotonic() + INTERVAL_S


class RecordingCheck:
    """Finds out whether a fetched file is known as another recording than the wanted one."""

    def __init__(self, *, fingerprinter: Fingerprinter, client: AcoustIdClient) -> None:
        self._fingerprinter = fingerprinter
        self._client = client
        self._counts: Counter[str] = Counter(calls=0, errors=0, fits=0, other=0, unknown=0, failed=0)

    def stats(self) -> Mapping[str, int]:
        """Requests since the start (calls, errors), and what came of the checks: fits, other, unknown, failed."""
        return dict(self._counts)

    async def check(self, path: Path, facts: AudioFacts, track: Track) -> None:
        """Raises `AudioOtherRecording` on a clear contradiction; anything less, and every failure, lets it pass."""
        try:
            fingerprint = await self._fingerprinter.fingerprint(path)
            if fingerprint is None:
                self._counts["failed"] += 1
                return
            self._counts["calls"] += 1
            known = await self._client.recordings(fingerprint, facts.duration_ms / 1000)
        except (CatalogError, AudioToolFailed) as error:
            self._counts["errors"] += isinstance(error, CatalogError)
            self._counts["failed"] += 1
            logger.warning("acoustid_left_out", extra={"track_id": track.id, "code": error.code, "facts": error.facts})
            return
        another = is_another(track, known)
        self._counts["other" if another else "fits" if known else "unknown"] += 1
        if another:
            artists = ", ".join(known[0].artists)
            raise AudioOtherRecording(
                f'The audio is known as "{known[0].title}"' + (f" by {artists}." if artists else "."),
                known_as=[(recording.title, recording.artists) for recording in known[:5]],
            )


def _certain(results: Any) -> Iterator[KnownRecording]:
    for result in _dicts(results):
        score = result.get("score")
        if isinstance(score, int | float) and score >= CERTAIN_SCORE:
            for recording in _dicts(result.get("recordings")):
                title = recording.get("title")
                if isinstance(title, str) and title.strip():
                    names = (artist.get("name") for artist in _dicts(recording.get("artists")))
                    yield KnownRecording(title, tuple(name for name in names if isinstance(name, str) and name))


def _dicts(values: Any) -> Iterable[dict[str, Any]]:
    return (value for value in values if isinstance(value, dict)) if isinstance(values, list) else ()
