"""Requests of one caller within a minute: counted, told in headers, and refused beyond the limit.

Counted is what asks something of the server: all under `/api`, and each socket once. Not counted are `/media`, as a
player makes many requests for one song, preflights, and everything that is open to all; a wrong key counts everywhere.
"""

from __future__ import annotations

from typing import cast

from sanic import Request
from sanic.response import BaseHTTPResponse

from blueprints.access_log import TracedRequest
from models.caller import Caller
from models.errors import TooManyRequests, WrongKey
from services.limits.service import CallerLimits

COUNTED = ("api/", "ws/")


async def count(request: Request, path: str, caller: Caller) -> None:
    """Counts the request to the route of this path; notes what is left, and what stands against one too many."""
    traced = cast(TracedRequest, request)
    refusal = getattr(traced, "refusal", None)
    if not path.startswith(COUNTED) and not isinstance(refusal, WrongKey):
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


def tell(request: Request, response: BaseHTTPResponse) -> None:
    """Adds the headers to the answer of a request that was counted."""
    quota = getattr(request, "quota", None)
    if quota is not None:
        response.headers["RateLimit-Limit"] = str(quota.limit)
        response.headers["RateLimit-Remaining"] = str(quota.remaining)
        response.headers["RateLimit-Reset"] = str(quota.reset_s)
        response.headers["RateLimit-Policy"] = f"{quota.limit};w=60"
