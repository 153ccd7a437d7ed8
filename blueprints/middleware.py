"""What happens around every request: its id in logs and answer, and safe defaults among the headers."""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from typing import Any

from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse

from models.settings import Settings
from services.logs import request_id

_HOST = re.compile(r"[A-Za-z0-9._\-\[\]:]{1,255}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")


def register(app: Sanic[Any, Any]) -> None:
    """Adds the middleware to `app`."""
    app.register_middleware(_note_request_id, "request")
    app.register_middleware(_add_headers, "response")


async def _note_request_id(request: Request) -> None:
    """The caller's `X-Request-ID` when it is a plain word, else one of ours."""
    given = request.headers.get("x-request-id", "")
    request_id.set(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8))


async def _add_headers(_request: Request, response: BaseHTTPResponse) -> None:
    if (current := request_id.get()) is not None:
        response.headers["X-Request-ID"] = current
    response.headers.setdefault("X-Content-Type-Options", "nosniff")


def base_url_of(request: Request, settings: Settings) -> str:
    """The address under which this client reaches the server; forwarded headers count behind trusted proxies only."""
    if settings.public_base_url is not None:
        return settings.public_base_url
    host = str(request.forwarded.get("host") or request.headers.get("host", ""))
    # Sanic says "ws" of a request that becomes a socket; files are fetched over HTTP all the same.
    return _base_url(request.scheme, host, settings.core_service_port)


@lru_cache(maxsize=256)
def _base_url(scheme: str, host: str, port: int) -> str:
    if not _HOST.fullmatch(host):
        host = f"localhost:{port}"
    return f"{'https' if scheme in {'https', 'wss'} else 'http'}://{host}"
