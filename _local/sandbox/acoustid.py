"""Stand-in for AcoustID's `POST /v2/lookup`: says what it was told to say, in the order it was told, then "unknown"."""

from __future__ import annotations

import base64
import binascii
from collections import deque
from typing import Any

from aiohttp import web

from _local.sandbox.standin import HttpStandIn

KEY = "sandbox-acoustid"


def known_as(title: str, *artists: str, score: float = 0.97) -> dict[str, Any]:
    """One result: the sound is this recording."""
    recording = {
        "id": "00000000-0000-4000-8000-000000000000",
        "title": title,
        "duration": 60,
        "artists": [{"id": "00000000-0000-4000-8000-000000000001", "name": name} for name in artists],
    }
    return {"id": "00000000-0000-4000-8000-000000000002", "score": score, "recordings": [recording]}


class AcoustIdStandIn(HttpStandIn):
    """`answers` are the lists of results for the next lookups; `asked` what came: duration and fingerprint."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: deque[list[dict[str, Any]]] = deque()
        self.asked: list[tuple[int, str]] = []

    def routes(self, app: web.Application) -> None:
        """The one endpoint."""
        app.router.add_post("/v2/lookup", self._lookup)

    def error(self, status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
        """AcoustID's error body."""
        body = {"status": "error", "error": {"code": 14 if status == 429 else 1, "message": message}}
        return web.json_response(body, status=status, headers=headers)

    async def _lookup(self, request: web.Request) -> web.Response:
        asked = await request.post()
        if asked.get("client") != KEY:
            body = {"status": "error", "error": {"code": 4, "message": "invalid API key"}}
            return web.json_response(body, status=400)
        fingerprint = str(asked.get("fingerprint", ""))
        if not _is_fingerprint(fingerprint):
            body = {"status": "error", "error": {"code": 3, "message": "invalid fingerprint"}}
            return web.json_response(body, status=400)
        self.asked.append((int(str(asked.get("duration", "0"))), fingerprint))
        results = self.answers.popleft() if self.answers else []
        if "recordings" not in str(asked.get("meta", "")).replace("+", " ").split():
            results = [{"id": result["id"], "score": result["score"]} for result in results]
        return web.json_response({"status": "ok", "results": results})


def _is_fingerprint(text: str) -> bool:
    """Whether it is Chromaprint's compressed form: the algorithm's number, how many values, and the values."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return False
    return len(data) > 4 and data[0] == 1 and int.from_bytes(data[1:4]) > 0
