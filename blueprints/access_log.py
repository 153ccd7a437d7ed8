"""Leaves an access record of every request under `/api` and `/media`, streamed answers included.

An ordinary answer is recorded when it is about to be sent. A streamed one is known by its end only: `TracedRequest`
gives its handler a response that counts, and the record is made when the body is complete or the connection is gone.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.compat import Header
from sanic.response import BaseHTTPResponse

from models.caller import Caller
from models.errors import AccessError
from services.access.log import AccessLog
from services.limits.window import Quota
from services.metrics import TrafficMeter

RECORDED = ("/api/", "/media/")
UNNAMED = "/api/admin/"
MAX_PATH = 300
MAX_LINK = 300
MAX_USER_AGENT = 200

_PARAMETER = re.compile(r"<([^:>]+)[^>]*>")
# Names and job ids begin with the track's id: `{id}.m4a`, `{id}-m4a`.
_TRACK = re.compile(r"([0-9A-Za-z]{22})(?:[.-].*)?")

Finish = Callable[[int, bool], None]


class CountedResponse(HTTPResponse):
    """A streamed answer that knows how much of it was sent, and tells when it is over."""

    __slots__ = ("_finish", "_task", "sent")

    def __init__(self, *, status: int, headers: Header | dict[str, str] | None, content_type: str | None) -> None:
        super().__init__(status=status, headers=headers, content_type=content_type)
        self.sent = 0
        self._finish: Finish | None = None
        self._task: asyncio.Task[Any] | None = None

    def watch(self, finish: Finish) -> None:
        """Calls `finish` with (bytes sent, aborted) once: at the end of the body, or of the connection."""
        self._finish = finish
        self._task = asyncio.current_task()
        if self._task is not None:
            # Each connection is one task: if that ends first, the body never will.
            self._task.add_done_callback(self._gone)

    async def send(self, data: bytes | str | None = None, end_stream: bool | None = None) -> None:
        """As Sanic's own; what could not be sent is not counted."""
        body = data.encode() if isinstance(data, str) else data
        await super().send(body, end_stream)
        if body:
            self.sent += len(body)
        if end_stream or (end_stream is None and data is None):
            self._over(aborted=False)

    def _gone(self, _task: asyncio.Task[Any]) -> None:
        self._over(aborted=True)

    def _over(self, *, aborted: bool) -> None:
        finish, self._finish = self._finish, None
        if self._task is not None:
            self._task.remove_done_callback(self._gone)
            self._task = None
        if finish is not None:
            finish(self.sent, aborted)


class TracedRequest(Request):
    """A request that keeps what its handler found out about it, and counts what is streamed in answer."""

    __slots__ = ("about", "caller", "quota", "refusal")

    about: tuple[str, str, str, str]
    """Set for metadata: (kind, Spotify id, cache state, link)."""
    caller: Caller | None
    """Set where callers are told apart, else `None` from the beginning: to find an attribute missing takes long."""
    quota: Quota
    """Set where requests are limited, unless they could not be counted."""
    refusal: AccessError
    """Set when the caller may not come in."""

    def respond(
        self,
        response: BaseHTTPResponse | None = None,
        *,
        status: int = 200,
        headers: Header | dict[str, str] | None = None,
        content_type: str | None = None,
    ) -> Coroutine[Any, Any, Any]:
        """As Sanic's own; a streamed answer counts its bytes."""
        if response is None:
            response = CountedResponse(status=status, headers=headers, content_type=content_type)
        return super().respond(response)


@dataclass(frozen=True, slots=True)
class _Route:
    """What is the same for all requests of one route."""

    recorded: bool
    template: str
    path: str | None
    """Of every request; `None` when it has to be looked at."""


_NO_ROUTE = _Route(recorded=True, template="", path=None)


def note_metadata(request: Request, kind: str, spotify_id: str, state: str, link: str) -> None:
    """For the access record: what the metadata was about, where it came from (hit, stale, miss), how it was named."""
    if isinstance(request, TracedRequest):
        request.about = (kind, spotify_id, state, link)


def register(app: Sanic[Any, Any]) -> None:
    """Has every answer of `app` counted, and those to users recorded.

    `app` was made with `request_class=TracedRequest`.
    """
    app.register_middleware(record, "response")


def record(request: Request, response: BaseHTTPResponse) -> None:
    """Counts and records this answer, now or when it is over. Runs for every request: it is written for speed."""
    route = _NO_ROUTE if request.route is None else _route(request.route.path)
    stream = request.stream
    # Noted now: when a streamed answer ends, its connection may have begun with the next request.
    came: float | None = None if stream is None else stream.perft0  # type: ignore[attr-defined]
    if isinstance(response, CountedResponse):
        response.watch(partial(_over, request, route, response.status, came))
    else:
        body = response.body
        _over(request, route, response.status, came, len(body) if body else 0, False)


def _over(request: Request, route: _Route, status: int, came: float | None, sent: int, aborted: bool) -> None:
    lasted_s = 0.0 if came is None else time.perf_counter() - came
    services = request.app.ctx.services
    traffic: TrafficMeter = services.traffic
    log: AccessLog = services.access
    method = request.method
    if method == "HEAD":
        sent = 0
    traffic.answered(method, route.template, status, lasted_s, sent)
    kind = track = cached = link = None
    about: tuple[str, str, str, str] | None = getattr(request, "about", None)
    if about is not None:
        kind, spotify_id, cached, link = about
        traffic.metadata(kind, cached)
        if kind == "track":
            track = spotify_id
    if not route.recorded or not log.recording:
        return
    path = route.path
    if path is None:
        path = request.path[:MAX_PATH]
        if route is _NO_ROUTE and not path.startswith(RECORDED):
            return
        track = track or _track_in(request)
    forwarded = request.forwarded if request.parsed_forwarded is None else request.parsed_forwarded
    connection = request.conn_info
    caller: Caller | None = getattr(request, "caller", None)
    log.record(
        (
            time.time() - lasted_s,
            log.address(str(forwarded.get("for", "")) if forwarded else "", connection.client_ip if connection else ""),
            method,
            path,
            route.template,
            status,
            lasted_s * 1000,
            sent,
            request.headers.get("user-agent", "")[:MAX_USER_AGENT],
            track,
            link,
            kind,
            cached,
            aborted,
            None if caller is None else caller.key_name,
        )
    )


def _track_in(request: Request) -> str | None:
    for value in request.match_info.values():
        if isinstance(value, str) and (match := _TRACK.fullmatch(value)):
            return match[1]
    return None


@cache
def _route(path: str) -> _Route:
    """The route that Sanic calls `media/<name:str>`; its template is `/media/{name}`."""
    template = "/" + _PARAMETER.sub(r"{\1}", path).lstrip("/")
    # The paths of the administration name people who wish to be forgotten.
    is_fixed = "{" not in template or template.startswith(UNNAMED)
    return _Route(template.startswith(RECORDED), template, template if is_fixed else None)
