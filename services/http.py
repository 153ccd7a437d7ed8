"""HTTP as a client: the one shared session, bounded bodies, and foreign errors turned into ours at the edge."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson
import ujson

from models.errors import CatalogMalformed, CatalogTimeout, CatalogUnreachable, MusicError

USER_AGENT = "music-dl-server/0.1 (+aiohttp)"
_CONNECT_TIMEOUT_S = 10.0
_READ_SIZE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFamily:
    """How one upstream's troubles are called: the errors that `translating` raises."""

    unreachable: type[MusicError]
    """No connection, or it broke."""
    timeout: type[MusicError]
    malformed: type[MusicError]
    """The answer is not what HTTP or JSON allows."""


CATALOG_ERRORS = ErrorFamily(unreachable=CatalogUnreachable, timeout=CatalogTimeout, malformed=CatalogMalformed)


def open_session(*, connections: int = 100, timeout_s: float = 30.0) -> aiohttp.ClientSession:
    """The session that all parts of a process share; call it in the running loop and close it at the end.

    At most `connections` sockets are open at once. `timeout_s` bounds a whole exchange where the caller names no other.
    Cookies are not kept. Redirects are the caller's business: pass `allow_redirects=False` where a token travels.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=60),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT},
        json_serialize=ujson.dumps,
        timeout=aiohttp.ClientTimeout(total=timeout_s, connect=_CONNECT_TIMEOUT_S),
    )


@contextmanager
def translating(family: ErrorFamily) -> Iterator[None]:
    """Turns what aiohttp, asyncio and the system raise into `family`'s errors, the cause kept; cancellation passes."""
    try:
        yield
    except TimeoutError as exc:
        raise family.timeout(cause=type(exc).__name__) from exc
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError) as exc:
        # A payload error is a body that broke off: the connection's fault, not the format's.
        raise family.unreachable(cause=f"{type(exc).__name__}: {exc}") from exc
    except (aiohttp.ClientError, ValueError) as exc:
        raise family.malformed(cause=f"{type(exc).__name__}: {exc}") from exc


async def read_bounded(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, or its first `limit` bytes when there is more."""
    parts: list[bytes] = []
    left = limit
    while left > 0:
        part = await response.content.read(min(left, _READ_SIZE))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def decode_json(body: bytes, family: ErrorFamily) -> Any:
    """The JSON value in `body`; raises the family's `malformed`."""
    try:
        return _decoded(body)
    except (ValueError, RecursionError) as exc:
        raise family.malformed(cause=f"not JSON: {exc}", body=body[:200].decode("utf-8", "replace")) from exc


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        # ujson takes what is almost JSON, such as half a pair of surrogates within a title.
        return ujson.loads(body)


def retry_after_s(value: str | None) -> float | None:
    """The seconds that a `Retry-After` header asks for (RFC 9110 §10.2.3: seconds or a date), if it says any."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
