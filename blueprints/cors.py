"""Which other origins' pages may read answers: those of `CORS_ORIGINS`, and none by default.

Without cookies, always: a page from elsewhere shows a key of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse

from models.settings import Settings

PREFLIGHT: Mapping[str, str] = MappingProxyType(
    {
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE",
        "Access-Control-Allow-Headers": "Authorization, X-API-Key, Content-Type, Prefer, Range, If-Range, "
        "If-None-Match, Last-Event-ID, X-Request-ID",
        "Access-Control-Max-Age": "600",
    }
)
EXPOSED = (
    "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Location, Preference-Applied, "
    "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, X-Cache, X-Request-ID"
)


def register(app: Sanic[Any, Any], settings: Settings) -> None:
    """Adds the headers to answers of `app`, if there are such origins. Preflights are answered by sanic-ext."""
    origins = frozenset(settings.cors_origins or ())
    if not origins:
        return

    async def allow(request: Request, response: BaseHTTPResponse) -> None:
        headers = response.headers
        # Also where there is no `Origin`: what a cache keeps must not be given to a page that comes with one.
        former = headers.get("Vary")
        headers["Vary"] = f"{former}, Origin" if former else "Origin"
        origin = request.headers.get("origin")
        if origin not in origins:
            return
        headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            headers.update(PREFLIGHT)
        else:
            headers["Access-Control-Expose-Headers"] = EXPOSED

    app.register_middleware(allow, "response")
