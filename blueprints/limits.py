"""Requests of one caller within a minute: counted, told in headers, and refused beyond the limit.

Counted is what asks something of the server: all under `/api`, and each socket once. Not counted are `/media`, as a
player makes many requests for one song, preflights, and everything that is open to all; a wrong key counts everywhere.
"""

from __future__ import annotations

from typing import Any, cast

from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse

from blueprints.access_log import TracedRequest
from blueprints.callers import caller_of
from models.errors import TooManyRequests, WrongKey
from models.settings import Settings
from services.limits.service import CallerLimits

COUNTED = ("api/", "ws/")


def register(app: Sanic[Any, Any], settings: Settings) -> None:
    """Has requests to `app` counted, if there is a limit; after `callers.register`."""
    if settings.rate_limit_per_minute:
        app.register_middleware(_count, "request")
        app.register_middleware(_tell, "response")


async def _count(request: Request) -> None:
    caller = caller_of(request)
    if caller is None or request.route is None:
        return
    traced = cast(TracedRequest, request)
    refusal = getattr(traced, "refusal", None)
    if not request.route.path.startswith(COUNTED) and not isinstance(refusal, WrongKey):
        return
    limits: CallerLimits = request.app.ctx.services.callers.limits
    quota = await limits.request(caller)
    if quota is None:
        return
    traced.quota = quota
    if quota.retry_after_s is not None:
        traced.refusal = TooManyRequests(
            f"At most {quota.limit} requests a minute.", retry_after_s=float(quota.retry_after_s)
        )


async def _tell(request: Request, response: BaseHTTPResponse) -> None:
    quota = getattr(request, "quota", None)
    if quota is not None:
        response.headers["RateLimit-Limit"] = str(quota.limit)
        response.headers["RateLimit-Remaining"] = str(quota.remaining)
        response.headers["RateLimit-Reset"] = str(quota.reset_s)
        response.headers["RateLimit-Policy"] = f"{quota.limit};w=60"
