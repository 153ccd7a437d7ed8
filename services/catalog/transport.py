"""One request to Spotify, repeated where that helps: faults of the line, faults of the server, short waits."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from models.errors import CatalogFailed, CatalogRateLimited, CatalogTimeout, CatalogUnreachable, MusicError
from services.catalog.ban import SpotifyBan
from services.http import CATALOG_ERRORS, read_bounded, retry_after_s, translating

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_WAIT_S = 2.0
"""The longest `Retry-After` that is waited for inside a call, once."""
DEFAULT_RETRY_AFTER_S = 5.0
"""For a 429 that does not say how long."""
_FIRST_PAUSE_S = 0.1
_LAST_PAUSE_S = 1.0
_REPEATABLE = (CatalogUnreachable, CatalogTimeout, CatalogFailed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as it goes out."""

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    banned: bool = True
    """Whether Spotify's ban covers this address (the public pages are another server)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: any status but 429 and 5xx."""

    status: int
    body: bytes

    def excerpt(self) -> str:
        """The start of the body, for logs."""
        return self.body[:300].decode("utf-8", "replace")


class Transport:
    """Sends calls, at most `concurrency` at once, each bounded in time; counts what happens."""

    def __init__(
        self, *, http: aiohttp.ClientSession, ban: SpotifyBan, timeout_s: float, max_retry: int, concurrency: int
    ) -> None:
        """`timeout_s` bounds one exchange; no repeat starts later than twice that after the first."""
        self.ban = ban
        self.counts: Counter[str] = Counter()
        self._http = http
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._patience_s = 2 * timeout_s
        self._max_retry = max_retry
        self._slots = asyncio.Semaphore(concurrency)

    async def send(self, call: Call) -> Answer:
        """The answer, after up to `max_retry` repeats of what may pass; the call must be safe to repeat.

        Raises `CatalogRateLimited` (also without asking, while a ban lasts), `CatalogUnreachable`, `CatalogTimeout`,
        `CatalogFailed` (5xx).
        """
        give_up_at = time.monotonic() + self._patience_s
        repeats = 0
        waited = False
        while True:
            try:
                return await self._once(call)
            except CatalogRateLimited as exc:
                if not exc.facts.get("answered"):
                    raise
                wait_s = exc.retry_after_s or 0.0
                if waited or wait_s > MAX_WAIT_S:
                    raise await self._banned(call, wait_s) from exc
                waited = True
                self.counts["waits"] += 1
                await asyncio.sleep(wait_s)
            except _REPEATABLE as exc:
                self.counts["errors"] += 1
                pause_s = _pause_s(repeats)
                if repeats >= self._max_retry or time.monotonic() + pause_s > give_up_at:
                    logger.warning("spotify_call_failed", extra=_facts(call, exc, repeats))
                    raise
                repeats += 1
                self.counts["repeats"] += 1
                await asyncio.sleep(pause_s)

    async def _once(self, call: Call) -> Answer:
        async with self._slots:
            if call.banned:
                await self.ban.check()
            self.counts["calls"] += 1
            with translating(CATALOG_ERRORS):
                async with self._http.request(
                    call.method,
                    call.url,
                    params=call.params,
                    headers=call.headers,
                    data=call.form,
                    allow_redirects=False,
                    timeout=self._timeout,
                ) as response:
                    status, headers = response.status, response.headers
                    body = await read_bounded(response, MAX_BODY_BYTES)
        answer = Answer(status, body)
        if status == 429:
            self.counts["rate_limited"] += 1
            asked = retry_after_s(headers.get("Retry-After"))
            raise CatalogRateLimited(retry_after_s=DEFAULT_RETRY_AFTER_S if asked is None else asked, answered=True)
        if status >= 500:
            raise CatalogFailed(status=status, body=answer.excerpt())
        return answer

    async def _banned(self, call: Call, wait_s: float) -> CatalogRateLimited:
        # Told to wait twice in a row, "0 s" is not to be believed.
        wait_s = max(wait_s, 1.0)
        return CatalogRateLimited(retry_after_s=await self.ban.start(wait_s) if call.banned else wait_s)


def _pause_s(repeats: int) -> float:
    """Seconds before the next try: doubling, with jitter so that pages of one list do not return in step."""
    return min(_LAST_PAUSE_S, _FIRST_PAUSE_S * (1 << repeats)) * random.uniform(0.5, 1.0)


def _facts(call: Call, exc: MusicError, repeats: int) -> dict[str, object]:
    return {"url": call.url, "code": exc.code, "repeats": repeats, **exc.facts}
