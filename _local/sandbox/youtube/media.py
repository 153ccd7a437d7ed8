"""The media server: byte ranges of sound files, and everything that can go wrong with them."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from pathlib import Path

from aiohttp import web

from .faults import Fault, Faults
from .player import KINDS, Grant
from .resetting import reset

BLOCK = 256 << 10
READ = 4 << 20
TICK_S = 0.05
"""A throttled connection sends this many seconds' worth at a time."""
IDLE_S = 0.25
"""What a throttled line does not carry for so long is not made up for."""


class MediaServer:
    """Serves ranges of files and keeps how much each URL has given."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._requests: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._dead: set[str] = set()
        self._line = _Pace()

    async def answer(self, request: web.Request, grant: Grant, path: Path) -> web.StreamResponse:
        """206 with exactly the range asked for; 200 without a Range; 416 beyond the end; 403 once the URL is dead."""
        if self._is_dead(grant):
            return web.Response(status=403)
        self._requests[grant.nonce] += 1
        size = (await asyncio.to_thread(path.stat)).st_size
        response, bounds = _head(request, KINDS[grant.format].mime, size)
        if bounds is None or request.method == "HEAD":
            return response
        start, stop = bounds
        fault = self._faults.cut(grant.video_id, stop - start)
        spoilt = self._faults.take("spoil", "media", grant.video_id) is not None
        await response.prepare(request)
        end = stop if fault is None else start + (fault.after_bytes or 0)
        try:
            await self._send(response, grant, path, start, end, spoilt=spoilt)
        except ConnectionResetError:
            # The client wanted no more of it.
            return response
        if fault is not None:
            await _end_badly(request, fault)
        return response

    def _is_dead(self, grant: Grant) -> bool:
        if grant.nonce not in self._dead and (fault := self._faults.find("expire", "media", grant.video_id)):
            asked, sent = self._requests[grant.nonce], self._bytes[grant.nonce]
            if (fault.after_requests is not None and asked >= fault.after_requests) or (
                fault.after_bytes is not None and sent >= fault.after_bytes
            ):
                self._faults.use(fault)
                self._dead.add(grant.nonce)
        return grant.nonce in self._dead

    async def _send(
        self, response: web.StreamResponse, grant: Grant, path: Path, start: int, stop: int, *, spoilt: bool
    ) -> None:
        own = _Pace()
        for position in range(start, stop, READ):
            data = await asyncio.to_thread(_read, path, position, min(READ, stop - position), spoilt=spoilt)
            place = 0
            while place < len(data):
                throttle = self._faults.find("throttle", "media", grant.video_id)
                rate = throttle.bytes_per_s if throttle else 0.0
                piece = data[place : place + (max(1, int(rate * TICK_S)) if rate else BLOCK)]
                # Before, so that the last byte leaves no earlier than the line allows.
                pace = self._line if throttle and throttle.shared else own
                await pace.wait(len(piece), rate)
                await response.write(piece)
                place += len(piece)
                self._bytes[grant.nonce] += len(piece)


class _Pace:
    """Keeps what passes at a rate in bytes per second (0: unbounded), which may change on the way."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._since = 0.0
        self._sent = 0

    async def wait(self, sent: int, rate: float) -> None:
        now = asyncio.get_running_loop().time()
        if rate != self._rate or now > self._since + self._sent / (rate or 1) + IDLE_S:
            self._rate, self._since, self._sent = rate, now, 0
        self._sent += sent
        if rate:
            await asyncio.sleep(max(0.0, self._since + self._sent / rate - now))


def _head(request: web.Request, mime: str, size: int) -> tuple[web.StreamResponse, tuple[int, int] | None]:
    """The answer's head and which bytes (stop exclusive) follow it."""
    header, parameter = request.headers.get("Range"), request.query.get("range")
    # `range=` in the query asks for a part as a body of its own: 200, no Content-Range
    bounds = _bounds(header or (f"bytes={parameter}" if parameter else "bytes=0-"), size)
    if bounds is None:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"}), None
    start, stop = bounds
    response = web.StreamResponse(status=206 if header else 200)
    response.headers.update({"Content-Type": mime, "Accept-Ranges": "bytes", "Cache-Control": "private, max-age=21540"})
    if header:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.content_length = stop - start
    return response, bounds


def _bounds(header: str, size: int) -> tuple[int, int] | None:
    """Start and stop (exclusive) of one range; None when nothing of it lies in the file."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    return (start, stop) if start < stop else None


def _read(path: Path, start: int, length: int, *, spoilt: bool) -> memoryview:
    if spoilt:
        return memoryview(random.Random(start).randbytes(length))
    with path.open("rb") as file:
        file.seek(start)
        return memoryview(file.read(length))


async def _end_badly(request: web.Request, fault: Fault) -> None:
    if fault.action == "stall":
        await asyncio.Event().wait()  # for ever: the client's leaving, or our stop, cancels us
    elif fault.action == "reset":
        reset(request.transport)
    elif request.transport is not None:
        request.transport.close()
