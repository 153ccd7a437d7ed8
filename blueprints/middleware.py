"""What happens around every request: its id in logs and answer, and safe defaults among the headers."""

from __future__ import annotations

import re
import secrets
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
    host = str(request.forwarded.get("host") or request.host)
    if not _HOST.fullmatch(host):
        host = f"localhost:{settings.core_service_port}"
    # Sanic says "ws" of a request that becomes a socket; files are fetched over HTTP all the same.
    scheme = "https" if request.scheme in {"https", "wss"} else "http"
    return f"{scheme}://{host}"
