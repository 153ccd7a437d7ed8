"""Small pieces that several answers share."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import unquote

from aiohttp import web

VISITOR_DATA = "CgtzYW5kYm94dmlzaXQo6N6JtgYyBgoCVVMSAA%3D%3D"

Json = dict[str, Any]


def clock(seconds: int) -> str:
    """`3:21`, `1:02:03`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def short_number(count: int) -> str:
    """`1.2K`, `386M`, as YouTube writes views."""
    for unit, name in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")):
        if count >= unit:
            value = count / unit
            return f"{value:.1f}".removesuffix(".0") + name if value < 10 else f"{int(value)}{name}"
    return str(count)


def derived_id(prefix: str, text: str, length: int) -> str:
    """An id that looks like YouTube's, made of `text`."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return prefix + digest[: length - len(prefix)]


def thumbnails(video_id: str) -> Json:
    address = f"https://i.ytimg.com/vi/{video_id}/"
    return {
        "thumbnails": [
            {"url": f"{address}hqdefault.jpg", "width": 480, "height": 360},
            {"url": f"{address}maxresdefault.jpg", "width": 1280, "height": 720},
        ]
    }


def page_token(query: str, offset: int, params: str = "") -> str:
    """A continuation token; opaque to clients."""
    text = json.dumps([query, offset, params])
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_page_token(token: str) -> tuple[str, int, str]:
    """Query, offset and params of a token; the token may come percent-encoded. ValueError when it is not ours."""
    query, offset, params = json.loads(base64.urlsafe_b64decode(unquote(token)))
    return str(query), int(offset), str(params)


def json_error(status: int, message: str, *, retry_after: int | None = None) -> web.Response:
    """An error as InnerTube words it."""
    names = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
    body = {"error": {"code": status, "message": message, "errors": [{"message": message, "domain": "global"}],
                      "status": names.get(status, "UNAVAILABLE")}}  # fmt: skip
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response(body, status=status, headers=headers)


def html_error(status: int, *, retry_after: int | None = None) -> web.Response:
    """Google's error page, which YouTube Music sends instead of JSON when it has had enough."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    text = (
        f"<html><head><title>Error {status}</title></head><body><h1>We're sorry...</h1><p>... but your computer or "
        "network may be sending automated queries. To protect our users, we can't process your request right now."
        "</p></body></html>"
    )
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)
