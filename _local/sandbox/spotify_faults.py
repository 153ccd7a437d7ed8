"""Troubles of the Spotify stand-in, and its book of requests."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

How = Literal["answer", "reset", "truncate", "stall"]


@dataclass(frozen=True)
class Seen:
    """One request that arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class Fault:
    """What happens to requests whose "METHOD /path" matches `pattern`, instead of an answer.

    `answer`: this status, body and headers; `reset`: the connection breaks; `truncate`: the body breaks off half-way;
    `stall`: no answer, ever. `times=None`: always. The first `skip` matching requests are served.
    """

    pattern: str
    how: How = "answer"
    status: int = 500
    body: str | bytes = ""
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int | None = 1
    skip: int = 0

    def takes(self, request: str) -> bool:
        """Whether this request is the fault's; counts it."""
        if self.times == 0 or re.search(self.pattern, request) is None:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Makes the trouble."""
        body = self.body.encode() if isinstance(self.body, str) else self.body
        if self.how == "stall":
            await asyncio.Event().wait()
        if self.how == "answer":
            return web.Response(status=self.status, body=body, headers=self.headers, content_type=self.content_type)
        if self.how == "truncate":
            response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b'{"id": "')
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


class Troubles:
    """Faults in the order they were scripted, latency, a hold, and what arrived."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.latency_s = 0.0
        self.hold: re.Pattern[str] | None = None
        """Requests that match wait for `release`."""
        self.held: list[asyncio.Future[None]] = []
        self.requests: list[Seen] = []
        self.active = 0
        self.peak = 0
        """Most requests that were ever served side by side."""

    def count(self, pattern: str) -> int:
        """Requests so far whose "METHOD /path" matches."""
        return sum(re.search(pattern, f"{seen.method} {seen.path}") is not None for seen in self.requests)

    def release(self) -> None:
        """Lets every held request go on."""
        held, self.held = self.held, []
        for waiting in held:
            if not waiting.done():
                waiting.set_result(None)

    async def around(self, request: web.Request, name: str) -> web.StreamResponse | None:
        """Delays, holds or spoils the request; `None` when it is to be served."""
        if self.hold is not None and self.hold.search(name):
            waiting = asyncio.get_running_loop().create_future()
            self.held.append(waiting)
            await waiting
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        for fault in self.faults:
            if fault.takes(name):
                return await fault.answer(request)
        return None
