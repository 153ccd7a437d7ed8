"""What happens around every request: its id in logs and answer, and safe defaults among the headers."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from typing import Any

from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse

from blueprints import access_log
from models.settings import Settings
from services.logs import request_id

_HOST = re.compile(r"[A-Za-z0-9._\-\[\]:]{1,255}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")


def register(app: Sanic[Any, Any]) -> None:
    """Adds the middleware to `app`, which is configured already, and made with `request_class=TracedRequest`.

    It is one function before and one after the handler: what Sanic does to call one takes longer than what it does.
    """
    config = app.config
    trusts_proxies = bool(config.PROXIES_COUNT or config.REAL_IP_HEADER or config.FORWARDED_SECRET)
    not_forwarded: dict[str, int | str] = {}

    def begin(request: access_log.TracedRequest) -> None:
        request.caller = None
        if not trusts_proxies:
            # Sanic would look at every request's headers to find that out.
            request.parsed_forwarded = not_forwarded
        given = request.headers.get("x-request-id")
        # The caller's own when it is a plain word. It only has to tell requests apart: no need for secrecy.
        is_word = given is not None and _REQUEST_ID.fullmatch(given)
        request_id.set(given if is_word else f"{random.getrandbits(64):016x}")

    def end(request: Request, response: BaseHTTPResponse) -> None:
        headers = response.headers
        if (current := request_id.get()) is not None:
            headers["X-Request-ID"] = current
        headers.setdefault("X-Content-Type-Options", "nosniff")
        access_log.record(request, response)

    app.register_middleware(begin, "request")
    app.register_middleware(end, "response")


def base_url_of(request: Request, settings: Settings) -> str:
    """The address under which this client reaches the server; forwarded headers count behind trusted proxies only."""
    if settings.public_base_url is not None:
        return settings.public_base_url
    forwarded = request.forwarded
    if forwarded:
        # Sanic says "ws" of a request that becomes a socket; files are fetched over HTTP all the same.
        is_secure = request.scheme in {"https", "wss"}
        host = str(forwarded.get("host") or request.headers.get("host", ""))
    else:
        is_secure = request.conn_info is not None and bool(request.conn_info.ssl)
        host = request.headers.get("host", "")
    return _base_url(is_secure, host, settings.core_service_port)


@lru_cache(maxsize=256)
def _base_url(is_secure: bool, host: str, port: int) -> str:
    if not _HOST.fullmatch(host):
        host = f"localhost:{port}"
    return f"{'https' if is_secure else 'http'}://{host}"
