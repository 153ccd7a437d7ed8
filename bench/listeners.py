"""`python -m bench.listeners`: thousands of WebSocket clients that only listen, as cheap as they can be.

Asked once with `{"port", "paths", "count"}` they connect and wait for their first frame; `{}` waits until it is quiet.
Each is answered with `{"frames", "bytes"}`: the text frames so far, all sockets together. They speak WebSocket by hand.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from typing import Any, cast

import uvloop

HOST = "127.0.0.1"
OPEN_AT_ONCE = 50
QUIET_S = 0.5
SHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\r\n"
)
TEXT, PING = 0x81, 0x89
PONG = b"\x8a\x84\0\0\0\0"
"""Masked, as a client must, with zeros; of four bytes, as Sanic's pings are."""


class Tally:
    """What all sockets have heard together."""

    def __init__(self) -> None:
        self.frames = 0
        self.bytes = 0
        self.lost = 0

    def add(self, size: int) -> None:
        """One text frame."""
        self.frames += 1
        self.bytes += size

    async def quiet(self) -> None:
        """Waits until nothing more comes."""
        before = -1
        while self.frames > before:
            before = self.frames
            await asyncio.sleep(QUIET_S)


class Listener(asyncio.Protocol):
    """One socket; `first` is done when the first frame has come."""

    def __init__(self, path: str, tally: Tally) -> None:
        self._path = path
        self._tally = tally
        self._buffer = b""
        self._shaken = False
        self._transport: asyncio.Transport | None = None
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the upgrade."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(SHAKE.format(path=self._path).encode())

    def connection_lost(self, _exc: Exception | None) -> None:
        """A socket that ends spoils the measurement: its frames will never come."""
        self._tally.lost += 1
        if not self.first.done():
            self.first.set_exception(ConnectionError("closed before its first frame"))

    def data_received(self, data: bytes) -> None:
        """Counts the text frames in it."""
        data = self._buffer + data
        at = 0
        if not self._shaken:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._buffer = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(data[:200].decode())
            self._shaken, at = True, end + 4
        while len(data) - at >= 2:
            size, head = data[at + 1], 2
            if size == 126:
                size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            if len(data) - at < head + size:
                break
            if data[at] == TEXT:
                self._tally.add(size)
                if not self.first.done():
                    self.first.set_result(None)
            elif data[at] == PING and self._transport is not None:
                self._transport.write(PONG + data[at + head : at + head + size])
            at += head + size
        self._buffer = data[at:]


async def serve() -> None:
    """Until standard input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"ready": True}), flush=True)
    tally = Tally()
    while line := await reader.readline():
        print(json.dumps(await _obey(json.loads(line), tally)), flush=True)


async def _obey(request: dict[str, Any], tally: Tally) -> dict[str, Any]:
    if request:
        paths = itertools.cycle(request["paths"])
        for start in range(0, request["count"], OPEN_AT_ONCE):
            number = min(OPEN_AT_ONCE, request["count"] - start)
            await asyncio.gather(*(_open(request["port"], next(paths), tally) for _ in range(number)))
    else:
        await tally.quiet()
    if tally.lost:
        raise RuntimeError(f"{tally.lost} sockets were lost")
    return {"frames": tally.frames, "bytes": tally.bytes}


async def _open(port: int, path: str, tally: Tally) -> None:
    loop = asyncio.get_running_loop()
    _, listener = await loop.create_connection(lambda: Listener(path, tally), HOST, port)
    await listener.first


if __name__ == "__main__":
    uvloop.run(serve())
