"""The media server: byte ranges of sound files, and everything that can go wrong with them."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path

from aiohttp import web

from .faults import Fault, Faults
from .player import KINDS, Grant

BLOCK = 256 << 10
TICK_S = 0.05
READ = 8 << 20
NO_BODY = re.compile(r"bytes=(\d*)-(\d*)")


class MediaServer:
    """Serves ranges of files and keeps how much each URL has given."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._requests: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._dead: set[str] = set()

    async def answer(self, request: web.Request, grant: Grant, path: Path) -> web.StreamResponse:
        """206 with exactly the range asked for; 200 without a Range; 416 beyond the end; 403 once the URL is dead."""
        if self._is_dead(grant):
            return web.Response(status=403)
        size = await asyncio.to_thread(lambda: path.stat().st_size)
        start, stop = 0, size
        headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, max-age=21540",
                   "Content-Type": KINDS[grant.format].mime}  # fmt: skip
        span = request.headers.get("Range") or _range_parameter(request)
        if span:
            bounds = _bounds(span, size)
            if bounds is None:
                return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
            start, stop = bounds
        # `range=` in the query gives a whole body of its own, as YouTube does
        if "Range" in request.headers:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        response = web.StreamResponse(status=206 if "Range" in request.headers else 200, headers=headers)
        response.content_length = stop - start
        self._requests[grant.nonce] += 1
        if request.method == "HEAD":
            await response.prepare(request)
            return response
        ending = next((f for a in ("reset", "truncate", "stall") if (f := self._take(a, grant, stop - start))), None)
        spoilt = self._faults.take("spoil", "media", grant.video_id) is not None
        await response.prepare(request)
        last = stop if ending is None else start + (ending.after_bytes or 0)
        await self._send(request, response, grant, path, start, last, spoilt=spoilt)
        if ending is not None:
            await _end_badly(request, response, ending)
            return response
        await response.write_eof()
        return response

    def _take(self, action: str, grant: Grant, length: int) -> Fault | None:
        return self._faults.take(action, "media", grant.video_id, longer_than=length)  # type: ignore[arg-type]

    def _is_dead(self, grant: Grant) -> bool:
        if grant.nonce in self._dead:
            return True
        fault = self._faults.find("expire", "media", grant.video_id)
        if fault is None:
            return False
        asked, sent = self._requests[grant.nonce], self._bytes[grant.nonce]
        if (fault.after_requests is not None and asked >= fault.after_requests) or (
            fault.after_bytes is not None and sent >= fault.after_bytes
        ):
            self._faults.use(fault)
            self._dead.add(grant.nonce)
            return True
        return False

    async def _send(
        self,
        request: web.Request,
        response: web.StreamResponse,
        grant: Grant,
        path: Path,
        start: int,
        stop: int,
        *,
        spoilt: bool,
    ) -> None:
        loop = asyncio.get_running_loop()
        begun, sent = loop.time(), 0
        while start + sent < stop:
            throttle = self._faults.find("throttle", "media", grant.video_id)
            block = BLOCK if throttle is None else max(1, int(throttle.bytes_per_s * TICK_S))
            position = start + sent
            data = await asyncio.to_thread(_read, path, position, min(READ, stop - position))
            if spoilt:
                data = bytes(len(data))
            for place in range(0, len(data), block):
                piece = memoryview(data)[place : place + block]
                await response.write(piece)
                sent += len(piece)
                self._bytes[grant.nonce] += len(piece)
                current = self._faults.find("throttle", "media", grant.video_id)
                if current is not throttle:
                    begun, sent_before = loop.time(), sent
                    break
                if throttle is not None:
                    await asyncio.sleep(max(0.0, begun + sent / throttle.bytes_per_s - loop.time()))


async def _end_badly(request: web.Request, response: web.StreamResponse, fault: Fault) -> None:
    transport = request.transport
    if fault.action == "stall":
        while request.transport is not None:
            await asyncio.sleep(TICK_S)
        return
    if transport is None:
        return
    if fault.action == "reset":
        _abort(transport)
    else:
        transport.close()


def _abort(transport: asyncio.Transport) -> None:
    transport.abort()


def _range_parameter(request: web.Request) -> str:
    value = request.query.get("range", "")
    return f"bytes={value}" if value else ""


def _bounds(header: str, size: int) -> tuple[int, int] | None:
    """Start and stop (exclusive) of one range; None when nothing of it lies in the file."""
    match = NO_BODY.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    return (start, stop) if start < stop else None


def _read(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)
