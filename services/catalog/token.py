"""The access token: client credentials, one fetch however many wait, renewed before it ends."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from models.errors import CatalogCredentialsRejected, CatalogFailed, CatalogMalformed, MusicError
from services.catalog.transport import Answer, Call, Transport
from services.http import CATALOG_ERRORS, decode_json

logger = logging.getLogger(__name__)

_DEFAULT_LIFE_S = 3600.0
_EARLY_S = 300.0
"""A token is renewed this long before it ends (at most a tenth of its life), while calls go on with the old one."""
_LAST_CALL_S = 10.0
"""A token with less left than this (at most a twentieth of its life) is not used any more."""
_PAUSE_AFTER_FAILURE_S = 10.0


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    renew_at: float
    """Moments of the provider's clock."""
    end_at: float


class TokenProvider:
    """Gives the token of the app's own credentials."""

    def __init__(
        self,
        *,
        transport: Transport,
        url: str,
        client_id: str | None,
        client_secret: str | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives seconds that only grow."""
        self._clock = clock
        self._transport = transport
        self._url = url
        self._credentials = f"{client_id}:{client_secret}" if client_id and client_secret else None
        self._token: _Token | None = None
        self._fetch: asyncio.Task[_Token] | None = None
        self._quiet_until = 0.0

    async def get(self) -> str:
        """A token that is good for some seconds at least.

        Raises `CatalogCredentialsRejected` (also when none are configured) or what `Transport.send` raises.
        """
        now = self._clock()
        token = self._token
        if token is not None and now < token.end_at:
            if now >= token.renew_at and now >= self._quiet_until:
                self._start()
            return token.text
        # Shielded: the waiter that started the fetch may leave, the others still want it.
        return (await asyncio.shield(self._start())).text

    def reject(self, text: str) -> None:
        """Forgets the token `text`, which Spotify did not accept; a newer one stays."""
        if self._token is not None and self._token.text == text:
            self._token = None

    async def close(self) -> None:
        """Ends a fetch that still runs."""
        if self._fetch is not None:
            self._fetch.cancel()
            await asyncio.gather(self._fetch, return_exceptions=True)

    def _start(self) -> asyncio.Task[_Token]:
        if self._fetch is None:
            self._fetch = asyncio.create_task(self._renew(), name="spotify-token")
            self._fetch.add_done_callback(self._ended)
        return self._fetch

    def _ended(self, fetch: asyncio.Task[_Token]) -> None:
        self._fetch = None
        if fetch.cancelled():
            return
        failure = fetch.exception()
        if failure is not None:
            # Nobody may be waiting: an early renewal reports here, and the old token serves on.
            self._quiet_until = self._clock() + _PAUSE_AFTER_FAILURE_S
            logger.warning("spotify_token_failed", extra=_facts(failure))

    async def _renew(self) -> _Token:
        if self._credentials is None:
            raise CatalogCredentialsRejected(
                "This server has no Spotify credentials: SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are not set."
            )
        asked_at = self._clock()
        encoded = base64.b64encode(self._credentials.encode()).decode("ascii")
        self._transport.counts["token_fetches"] += 1
        answer = await self._transport.send(
            Call(
                method="POST",
                url=self._url,
                headers={"Authorization": f"Basic {encoded}", "Accept": "application/json"},
                form={"grant_type": "client_credentials"},
            )
        )
        self._token = _read(answer, asked_at)
        return self._token


def _read(answer: Answer, asked_at: float) -> _Token:
    if answer.status in {400, 401, 403}:
        raise CatalogCredentialsRejected(status=answer.status, body=answer.excerpt())
    if answer.status != 200:
        raise CatalogFailed(status=answer.status, body=answer.excerpt())
    try:
        body = decode_json(answer.body, CATALOG_ERRORS)
    except CatalogMalformed:
        # Its facts quote the body, and half a token is a secret too.
        raise CatalogMalformed(why="the token answer is not JSON") from None
    text = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text:
        raise CatalogMalformed(why="no access_token")
    life = body.get("expires_in")
    life_s = float(life) if isinstance(life, (int, float)) and life > 0 else _DEFAULT_LIFE_S
    return _Token(
        text=text,
        renew_at=asked_at + life_s - min(_EARLY_S, life_s / 10),
        end_at=asked_at + life_s - min(_LAST_CALL_S, life_s / 20),
    )


def _facts(failure: BaseException) -> dict[str, object]:
    return {"error": str(failure), **(failure.facts if isinstance(failure, MusicError) else {})}
