"""ip-api.com's batch service: where up to a hundred addresses are, in one request.

https://ip-api.com/docs/api:batch: 15 requests a minute; `X-Rl` says how many are left and `X-Ttl` in how many seconds
they are renewed; beyond, 429, and a ban for those who go on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from models.access import GeoState, Place
from models.errors import GeoMalformed, GeoRefused, GeoTimeout, GeoUnreachable
from services.http import ErrorFamily, decode_json, read_bounded, translating

MAX_BATCH = 100
MAX_BODY_BYTES = 1024 * 1024
TIMEOUT_S = 15.0
WINDOW_S = 60.0
"""The service's own window: what is waited for when a refusal names no time."""
FIELDS = "status,message,query,country,countryCode,regionName,lat,lon,timezone,isp"
_ERRORS = ErrorFamily(unreachable=GeoUnreachable, timeout=GeoTimeout, malformed=GeoMalformed)
_PRIVATE = frozenset({"private range", "reserved range"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one request gave: places in the order of the addresses, and how long to wait before the next one."""

    places: tuple[Place, ...]
    wait_s: float


def batch_url(json_url: str) -> str:
    """The batch service beside the JSON service: `…/json` → `…/batch`."""
    return f"{json_url.rstrip('/').removesuffix('/json')}/batch"


class IpApi:
    """Asks once, and tells what came of it; when to ask is its caller's business."""

    def __init__(self, *, http: aiohttp.ClientSession, base_url: str) -> None:
        """`base_url` is the JSON service's address (`IP_INFO_API_BASE_URL`)."""
        self._http = http
        self._url = batch_url(base_url)
        self._counts: Counter[str] = Counter(calls=0, addresses=0, errors=0, rate_limited=0)

    def stats(self) -> Mapping[str, int]:
        """What happened since the start: calls, addresses, errors, rate limits."""
        return dict(self._counts)

    async def locate(self, ips: Sequence[str]) -> Answer:
        """Where these addresses are, at most `MAX_BATCH`; a `GeoError` says in `retry_after_s` when to ask again."""
        self._counts["calls"] += 1
        self._counts["addresses"] += len(ips)
        try:
            return await self._ask(ips)
        except (GeoUnreachable, GeoTimeout, GeoMalformed, GeoRefused):
            self._counts["errors"] += 1
            raise

    async def _ask(self, ips: Sequence[str]) -> Answer:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        with translating(_ERRORS):
            async with self._http.post(
                self._url, params={"fields": FIELDS}, json=list(ips), timeout=timeout, allow_redirects=False
            ) as response:
                body = await read_bounded(response, MAX_BODY_BYTES)
        left, renewed_s = _number(response.headers.get("X-Rl")), _number(response.headers.get("X-Ttl"))
        if response.status == 429:
            self._counts["rate_limited"] += 1
            raise GeoRefused(retry_after_s=WINDOW_S if renewed_s is None else renewed_s + 1, status=429)
        if response.status != 200:
            raise GeoRefused(status=response.status, body=body[:200].decode("utf-8", "replace"))
        rows = decode_json(body, _ERRORS)
        if not isinstance(rows, list) or len(rows) != len(ips) or not all(isinstance(row, dict) for row in rows):
            raise GeoMalformed(cause="not one object for each address")
        # The last second counts in full: the header is rounded.
        wait_s = (WINDOW_S if renewed_s is None else renewed_s + 1) if left is not None and left < 1 else 0.0
        return Answer(places=tuple(_place(ip, row) for ip, row in zip(ips, rows, strict=True)), wait_s=wait_s)


def _place(ip: str, row: Mapping[str, Any]) -> Place:
    if row.get("status") != "success":
        return Place(ip=ip, state=GeoState.PRIVATE if row.get("message") in _PRIVATE else GeoState.UNKNOWN)
    lat, lng = _coordinate(row.get("lat"), 90), _coordinate(row.get("lon"), 180)
    code = _text(row.get("countryCode"))
    return Place(
        ip=ip,
        state=GeoState.KNOWN,
        lat=lat if lng is not None else None,
        lng=lng if lat is not None else None,
        country=_text(row.get("country")),
        country_code=code.upper() if code else None,
        region=_text(row.get("regionName")),
        isp=_text(row.get("isp")),
        timezone=_text(row.get("timezone")),
    )


def _text(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


def _coordinate(value: Any, limit: float) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) <= limit else None


def _number(header: str | None) -> float | None:
    try:
        value = float(header or "")
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None
