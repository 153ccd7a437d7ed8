"""Leaves an access record of every request under `/api` and `/media`, streamed answers included.

An ordinary answer is recorded when it is about to be sent. A streamed one is known by its end only: `TracedRequest`
gives its handler a response that counts, and the record is made when the body is complete or the connection is gone.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.compat import Header
from sanic.response import BaseHTTPResponse

from models.access import AccessRecord
from services.access.log import AccessLog

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
    """A request that knows when it came, and what its handler found out about it."""

    __slots__ = ("about", "came", "came_perf")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.came = time.time()
        self.came_perf = time.perf_counter()
        self.about: tuple[str, str, str] | None = None
        """Of metadata: (kind, Spotify id, cache state)."""

    async def respond(
        self,
        response: BaseHTTPResponse | None = None,
        *,
        status: int = 200,
        headers: Header | dict[str, str] | None = None,
        content_type: str | None = None,
    ) -> Any:
        """As Sanic's own; a streamed answer counts its bytes."""
        if response is None:
            response = CountedResponse(status=status, headers=headers, content_type=content_type)
        return await super().respond(response)


def note_metadata(request: Request, kind: str, spotify_id: str, state: str) -> None:
    """For the access record: what the metadata was about, and where it came from (hit, stale, miss)."""
    if isinstance(request, TracedRequest):
        request.about = (kind, spotify_id, state)


def register(app: Sanic[Any, Any]) -> None:
    """Has every answer of `app` recorded; `app` was made with `request_class=TracedRequest`."""
    app.register_middleware(_record, "response")


def _record(request: Request, response: BaseHTTPResponse) -> None:
    path = request.path
    if not path.startswith(RECORDED) or not isinstance(request, TracedRequest):
        return
    log: AccessLog = request.app.ctx.services.access
    if not log.recording:
        return
    if isinstance(response, CountedResponse):
        response.watch(lambda sent, aborted: log.record(_made(request, path, response, log, sent, aborted)))
    else:
        log.record(_made(request, path, response, log, len(response.body or b""), False))


def _made(
    request: TracedRequest, path: str, response: BaseHTTPResponse, log: AccessLog, sent: int, aborted: bool
) -> AccessRecord:
    kind = track = cached = link = None
    about = request.about
    if about is not None:
        kind, spotify_id, cached = about
        if kind == "track":
            track = spotify_id
        link = (request.args.get("link") or "")[:MAX_LINK]
    else:
        for value in request.match_info.values():
            if isinstance(value, str) and (match := _TRACK.fullmatch(value)):
                track = match[1]
                break
    route = "" if request.route is None else _template(request.route.path)
    return AccessRecord(
        request.came,
        log.address(request.remote_addr, request.ip),
        request.method,
        # The paths of the administration name people who wish to be forgotten.
        route if route.startswith(UNNAMED) else path[:MAX_PATH],
        route,
        response.status,
        round((time.perf_counter() - request.came_perf) * 1000, 3),
        0 if request.method == "HEAD" else sent,
        request.headers.get("user-agent", "")[:MAX_USER_AGENT],
        track,
        link,
        kind,
        cached,
        aborted,
    )


@cache
def _template(path: str) -> str:
    """Sanic's `media/<name:str>` as `/media/{name}`."""
    return "/" + _PARAMETER.sub(r"{\1}", path).lstrip("/")
