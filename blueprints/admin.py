"""`/api/admin`: the numbers an operator looks at, and forgetting a person. Needs the admin key."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import ujson
from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.guards import require_admin
from models.errors import InvalidRequest
from models.stats import Stats
from services.access.log import AccessLog
from services.keys import AdminGate
from services.stats import StatsService

bp = Blueprint("admin", url_prefix="/api/admin")

DEFAULT_HOURS = 24


@bp.get("/stats")
@openapi.definition(
    summary="Traffic, latency, jobs, library, upstreams",
    description="Needs the admin key, as `Authorization: Bearer …` or `X-API-Key`.",
    parameter=[openapi.definitions.Parameter("hours", int, "query", "Span up to now, in whole hours; 24 by default")],
    tag="admin",
)
async def get_stats(request: Request, gate: AdminGate, stats: StatsService) -> HTTPResponse:
    """The span's first hour is counted from its beginning: 24 hours are this hour and the 23 before it."""
    require_admin(request, gate)
    return _answer(stats_body(await stats.stats(_hours(request, stats))))


@bp.delete("/ip/<ip:str>")
@openapi.definition(
    summary="Forget a person",
    description="Removes every document of this address. Sums that name nobody keep their counts. May be repeated.",
    tag="admin",
)
async def forget_ip(request: Request, ip: str, gate: AdminGate, access: AccessLog) -> HTTPResponse:
    """How many documents were removed, by collection."""
    require_admin(request, gate)
    forgotten = await access.forget(unquote(ip))
    if forgotten is None:
        raise InvalidRequest("This is not an IPv4 or IPv6 address.")
    return _answer(asdict(forgotten))


def stats_body(stats: Stats) -> dict[str, Any]:
    """The JSON of `stats`: its fields by name, moments in ISO 8601."""
    return _plain(asdict(stats))  # type: ignore[no-any-return]


def _hours(request: Request, stats: StatsService) -> int:
    given = request.args.get("hours")
    if given is None:
        return min(DEFAULT_HOURS, stats.longest_hours)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= stats.longest_hours:
        raise InvalidRequest(f"`hours` is a whole number from 1 to {stats.longest_hours}.")
    return int(given)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _answer(body: dict[str, Any]) -> HTTPResponse:
    text = ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)
    return HTTPResponse(text, headers={"Cache-Control": "no-store"}, content_type="application/json")
