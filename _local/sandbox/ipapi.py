"""Stand-in for ip-api.com: `GET /json/{ip}`, `POST /batch`, its quotas (`X-Rl`, `X-Ttl`, 429) and its polite failures.

Places are invented from the address, the same for the same address. Failures are 200 with `"status": "fail"`.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections import Counter
from typing import Any

from aiohttp import web

from _local.sandbox.standin import HttpStandIn

WINDOW_S = 60
MAX_BATCH = 100

PLACES = (
    ("Norland", "NX", "Hillshire", "North Hill", "Atlantic/Reykjavik", 64.1, -21.9),
    ("Sudania Bay", "SB", "Baymouth", "Old Bay", "America/Sao_Paulo", -23.5, -46.6),
    ("Estmark", "EM", "Riverton", "Upper River", "Europe/Berlin", 52.5, 13.4),
    ("Westholm", "WH", "Fjordby", "Outer Fjord", "Europe/Oslo", 59.9, 10.7),
    ("Kitamori", "KM", "Aomine", "Aomine East", "Asia/Tokyo", 35.7, 139.7),
)


class IpApiStandIn(HttpStandIn):
    """`single_per_minute` and `batch_per_minute` are the quotas; `asked` counts how often each address was asked."""

    def __init__(self, *, single_per_minute: int = 45, batch_per_minute: int = 15) -> None:
        super().__init__()
        self.single_per_minute = single_per_minute
        self.batch_per_minute = batch_per_minute
        self.asked: Counter[str] = Counter()
        self.refused = 0
        """Requests over the quota."""
        self._windows: dict[str, tuple[float, int]] = {}

    def routes(self, app: web.Application) -> None:
        """The two endpoints."""
        app.router.add_get("/json", self._single)
        app.router.add_get("/json/", self._single)
        app.router.add_get("/json/{ip}", self._single)
        app.router.add_post("/batch", self._batch)

    async def _single(self, request: web.Request) -> web.Response:
        headers, allowed = self._take("single", self.single_per_minute)
        if not allowed:
            return web.Response(status=429, headers=headers)
        ip = request.match_info.get("ip") or request.remote or ""
        return web.json_response(self.place(ip, _fields(request.query.get("fields"))), headers=headers)

    async def _batch(self, request: web.Request) -> web.Response:
        headers, allowed = self._take("batch", self.batch_per_minute)
        if not allowed:
            return web.Response(status=429, headers=headers)
        wanted = await request.json()
        if not isinstance(wanted, list) or len(wanted) > MAX_BATCH:
            return web.Response(status=422, headers=headers)
        default = _fields(request.query.get("fields"))
        places = []
        for entry in wanted:
            if isinstance(entry, str):
                places.append(self.place(entry, default))
            else:
                places.append(self.place(entry["query"], _fields(entry.get("fields")) or default))
        return web.json_response(places, headers=headers)

    def place(self, ip: str, fields: list[str] | None = None) -> dict[str, Any]:
        """What ip-api says of an address; `fields` narrows it down."""
        self.asked[ip] += 1
        answer = _describe(ip)
        return {name: value for name, value in answer.items() if fields is None or name in fields}

    def _take(self, quota: str, per_minute: int) -> tuple[dict[str, str], bool]:
        now = time.monotonic()
        started, used = self._windows.get(quota, (now, 0))
        if now - started >= WINDOW_S:
            started, used = now, 0
        allowed = used < per_minute
        if allowed:
            used += 1
        else:
            self.refused += 1
        self._windows[quota] = (started, used)
        ttl = max(0, round(WINDOW_S - (now - started)))
        return {"X-Rl": str(per_minute - used), "X-Ttl": str(ttl)}, allowed


def _fields(text: str | None) -> list[str] | None:
    return [name.strip() for name in text.split(",")] if text else None


def _describe(ip: str) -> dict[str, Any]:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return {"status": "fail", "message": "invalid query", "query": ip}
    if address.is_private or address.is_loopback or address.is_link_local:
        return {"status": "fail", "message": "private range", "query": ip}
    if address.is_reserved or address.is_multicast or address.is_unspecified:
        return {"status": "fail", "message": "reserved range", "query": ip}
    digest = hashlib.sha256(address.packed).digest()
    country, code, region, city, zone, lat, lon = PLACES[digest[0] % len(PLACES)]
    return {
        "status": "success",
        "query": ip,
        "country": country,
        "countryCode": code,
        "region": region[:2].upper(),
        "regionName": region,
        "city": city,
        "zip": f"{digest[1]:03d}{digest[2] % 100:02d}",
        "lat": round(lat + digest[3] / 256, 4),
        "lon": round(lon + digest[4] / 256, 4),
        "timezone": zone,
        "isp": f"Example Net {digest[5] % 7}",
        "org": f"Example Net {digest[5] % 7}",
        "as": f"AS{64496 + digest[5] % 7} Example Net",
    }
