"""Spotify's Web API: a path in, JSON out; tokens and statuses are dealt with here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from models.errors import (
    AlbumNotFound,
    ArtistNotFound,
    CatalogCredentialsRejected,
    CatalogFailed,
    CatalogMalformed,
    CatalogRefused,
    NotFoundError,
    PlaylistNotFound,
    TrackNotFound,
)
from models.music import Kind
from services.catalog.token import TokenProvider
from services.catalog.transport import Answer, Call, Transport
from services.http import CATALOG_ERRORS, decode_json

logger = logging.getLogger(__name__)

NOT_FOUND: dict[Kind, type[NotFoundError]] = {
    Kind.TRACK: TrackNotFound,
    Kind.ALBUM: AlbumNotFound,
    Kind.PLAYLIST: PlaylistNotFound,
    Kind.ARTIST: ArtistNotFound,
}


class SpotifyClient:
    """Asks the Web API in the app's own name."""

    def __init__(self, *, transport: Transport, token: TokenProvider, api_host: str) -> None:
        """`api_host`: base address without `/v1`."""
        self._transport = transport
        self._token = token
        self._base = f"{api_host}/v1"

    async def get(self, kind: Kind, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at `path` (below `/v1`).

        `kind` names what does not exist when the answer is 404. Raises that `NotFoundError` and any `CatalogError`; a
        page size that Spotify does not take is a `CatalogFailed` with the fact `limit_refused`.
        """
        url = self._base + path
        answer = await self._authorised(url, params or {})
        if answer.status == 200:
            body = decode_json(answer.body, CATALOG_ERRORS)
            if not isinstance(body, dict):
                raise CatalogMalformed(url=url, why=f"a JSON {type(body).__name__} for an object")
            return body
        raise self._error(kind, url, answer)

    async def _authorised(self, url: str, params: Mapping[str, str]) -> Answer:
        for attempt in (1, 2):
            token = await self._token.get()
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            answer = await self._transport.send(Call(method="GET", url=url, params=params, headers=headers))
            if answer.status != 401:
                return answer
            logger.info("spotify_token_refused", extra={"attempt": attempt, "body": answer.excerpt()})
            self._token.reject(token)
        raise CatalogCredentialsRejected(url=url, body=answer.excerpt())

    def _error(self, kind: Kind, url: str, answer: Answer) -> Exception:
        said = answer.excerpt()
        if answer.status == 404 or (answer.status == 400 and "invalid" in said.lower() and " id" in said.lower()):
            return NOT_FOUND[kind](url=url, status=answer.status)
        if answer.status == 400 and "limit" in said.lower():
            return CatalogFailed(url=url, status=400, body=said, limit_refused=True)
        self._transport.counts["errors"] += 1
        logger.warning("spotify_refusal", extra={"url": url, "status": answer.status, "body": said})
        if answer.status == 403:
            # The reason (an app without Premium, a playlist of somebody else) is the operator's business.
            return CatalogRefused(url=url, body=said)
        return CatalogFailed(url=url, status=answer.status, body=said)
