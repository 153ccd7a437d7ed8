"""What every HTTP stand-in has in common: an aiohttp application on loopback, a log of requests, scripted faults."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request as it arrived; `status` is 0 when the connection was cut instead of answered."""

    method: str
    path: str
    query: str
    status: int
    at: float
    """`time.monotonic()` when it arrived."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """Trouble for the next `times` requests that fit `method` (any when empty) and contain `path`."""

    method: str = ""
    path: str = ""
    times: int = 1
    delay_s: float = 0.0
    status: int = 0
    """Answered instead; 0 lets the request through (after the delay)."""
    message: str = "scripted fault"
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    """The request is carried out first, and then answered with the fault: the caller cannot know."""
    cut: bool = False
    """The connection is closed without an answer."""

    def fits(self, request: web.Request) -> bool:
        """Whether this request is to suffer."""
        return self.times > 0 and self.method in {"", request.method} and self.path in request.path


class HttpStandIn:
    """An aiohttp application on 127.0.0.1, for the time of an `async with` or from `start` to `stop`."""

    def __init__(self) -> None:
        self.requests: list[LoggedRequest] = []
        self.faults: list[Fault] = []
        self.latency_s = 0.0
        """Every answer waits this long."""
        self.url = ""
        """Base address, without a slash at its end; known once started."""
        self.port = 0
        self._runner: web.AppRunner | None = None

    def routes(self, app: web.Application) -> None:
        """MUST add the stand-in's routes."""
        raise NotImplementedError

    def error(self, status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
        """MAY shape an error as the real service does."""
        return web.json_response({"message": message}, status=status, headers=headers)

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; port 0 takes a free one."""
        app = web.Application(client_max_size=1 << 28, middlewares=[self._watch])
        self.routes(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.port = int(runner.addresses[0][1])
        self.url = f"http://{host}:{self.port}"

    async def stop(self) -> None:
        """Closes the socket and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()

    def fail(self, **fault: Any) -> Fault:
        """Scripts a `Fault`; returns it, so that a test can see how often it is still due."""
        scripted = Fault(**fault)
        self.faults.append(scripted)
        return scripted

    def count(self, method: str = "", path: str = "") -> int:
        """How many requests of that method had `path` in their path."""
        return sum(1 for seen in self.requests if method in {"", seen.method} and path in seen.path)

    @web.middleware
    async def _watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        at = time.monotonic()
        status = 0
        try:
            response = await self._answer(request, handler)
            status = response.status
        except web.HTTPException as exc:
            status = exc.status
            response = self.error(exc.status, exc.reason)
        finally:
            self.requests.append(
                LoggedRequest(
                    method=request.method, path=request.path, query=request.query_string, status=status, at=at
                )
            )
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = next((fault for fault in self.faults if fault.fits(request)), None)
        if fault is not None:
            fault.times -= 1
        delay_s = self.latency_s + (fault.delay_s if fault else 0.0)
        if delay_s:
            await asyncio.sleep(delay_s)
        if fault is not None and fault.after:
            await handler(request)
        if fault is not None and fault.cut:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("scripted cut")
        if fault is not None and fault.status:
            return self.error(fault.status, fault.message, fault.headers)
        return await handler(request)
