"""A media server on a real socket that can be told to misbehave."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

from aiohttp import web

CHUNK = 16 * 1024


@dataclass
class Misdeed:
    """Done to the next `times` requests (`None`: all) whose range starts in `starts`, after `after` bytes of body."""

    kind: Literal["reset", "truncate", "stall", "status", "content_range", "garbled_total"]
    times: int | None = 1
    after: int = 0
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    content_range: str = ""
    starts: Callable[[int], bool] = lambda start: True


class MediaHost:
    """Serves `content` at `url(token)`; a token in `dead` is refused with 403.

    `requests` lists (token, Range header), `peak` is the most answers under way at one time.
    """

    def __init__(self, content: bytes, *, rate: float | None = None, ranges: bool = True) -> None:
        self.content = content
        self.rate = rate
        self.ranges = ranges
        self.sized = True
        self.misdeeds: list[Misdeed] = []
        self.dead: dict[str, int] = {}
        self.requests: list[tuple[str, str]] = []
        self.headers_seen: list[dict[str, str]] = []
        self.active = 0
        self.peak = 0
        self.hold_until_peak = 0
        self.release = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/media/{token}", self._media)
        app.router.add_get("/moved/{token}", self._moved)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def url(self, token: str = "t", path: str = "media") -> str:
        return f"http://127.0.0.1:{self.port}/{path}/{token}"

    def misbehave(self, kind: str, **more: object) -> None:
        self.misdeeds.append(Misdeed(kind=kind, **more))  # type: ignore[arg-type]

    def expire(self, token: str, status: int = 403) -> None:
        self.dead[token] = status

    @property
    def starts(self) -> list[int]:
        """First bytes of the ranges asked for, in order."""
        return [int(found[1]) for _, text in self.requests if (found := re.match(r"bytes=(\d+)-", text))]

    async def _moved(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        hops, _, rest = token.partition("-")
        target = self.url(rest) if hops == "1" else self.url(f"{int(hops) - 1}-{rest}", "moved")
        self.requests.append((token, "moved"))
        return web.Response(status=302, headers={"Location": target})

    def _take(self, kinds: set[str], start: int) -> Misdeed | None:
        for deed in self.misdeeds:
            if deed.kind in kinds and deed.starts(start):
                if deed.times is not None:
                    deed.times -= 1
                    if deed.times == 0:
                        self.misdeeds.remove(deed)
                return deed
        return None

    async def _media(self, request: web.Request) -> web.StreamResponse:
        token, span = request.match_info["token"], request.headers.get("Range", "")
        self.requests.append((token, span))
        self.headers_seen.append(dict(request.headers))
        if token in self.dead:
            return web.Response(status=self.dead[token])
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", span)
        ranged = self.ranges and found is not None
        start = int(found[1]) if ranged and found else 0
        end = min(int(found[2]) + 1, len(self.content)) if ranged and found else len(self.content)
        if deed := self._take({"status"}, start):
            return web.Response(status=deed.status, headers=deed.headers)
        if start >= len(self.content):
            return web.Response(status=416, headers={"Content-Range": f"bytes */{len(self.content)}"})
        reply = web.StreamResponse(status=206 if ranged else 200)
        if ranged:
            reply.headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(self.content)}"
            if deed := self._take({"content_range"}, start):
                reply.headers["Content-Range"] = deed.content_range
        if self.sized or ranged:
            reply.content_length = end - start
        self.active += 1
        self.peak = max(self.peak, self.active)
        try:
            return await self._send(request, reply, start, end)
        finally:
            self.active -= 1

    async def _send(self, request: web.Request, reply: web.StreamResponse, start: int, end: int) -> web.StreamResponse:
        deed = self._take({"reset", "truncate", "stall"}, start)
        stop = end if deed is None else min(end, start + deed.after)
        await reply.prepare(request)
        loop = asyncio.get_running_loop()
        begun, chunk = loop.time(), CHUNK if self.rate or self.hold_until_peak else 256 * 1024
        for at in range(start, stop, chunk):
            await reply.write(self.content[at : min(at + chunk, stop)])
            while self.active and self.peak < self.hold_until_peak:
                await asyncio.sleep(0.01)
            if self.rate:
                await asyncio.sleep(max(0.0, begun + (at + chunk - start) / self.rate - loop.time()))
        if deed is not None:
            transport = request.transport
            assert transport is not None
            if deed.kind == "stall":
                await self.release.wait()
            transport.abort() if deed.kind == "reset" else transport.close()
            return reply
        await reply.write_eof()
        return reply
