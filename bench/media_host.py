"""`python -m bench.media_host FOLDER`: one file of random bytes over http and https, as far away as it is told.

The greeting has the addresses and the certificate authority. Requests, one JSON object a line: `{"do": "scene",
"size", "connection_bps", "line_bps", "trip_s"}`: the file's bytes, bytes a second for each connection and for all
together (0: no bound), and the seconds of a round trip, of which a fresh connection costs two more (TCP, TLS).
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from pathlib import Path
from typing import Any

from _local.sandbox.youtube.authority import Authority
from bench.processes import HOST

NAME = "localhost"
SHAKES = 2
BLOCK = 256 * 1024
TICK_S = 0.02
RANGE = re.compile(rb"\r\nrange: *bytes=(\d+)-(\d*)", re.IGNORECASE)


class Line:
    """Bytes that share one speed leave one after the other."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = 0.0

    @property
    def block(self) -> int:
        """Bytes to send at a time."""
        return min(BLOCK, max(1024, int(self._rate * TICK_S))) if self._rate else BLOCK

    async def passes(self, size: int) -> None:
        """Waits until so many bytes would be through."""
        if self._rate:
            now = asyncio.get_running_loop().time()
            self._free_at = max(now, self._free_at) + size / self._rate
            await asyncio.sleep(self._free_at - now)


class MediaHost:
    """Answers ranged requests."""

    def __init__(self, folder: Path) -> None:
        self._authority = Authority(folder)
        self._servers: list[asyncio.Server] = []
        self._content = b""
        self._connection_bps = 0.0
        self._line = Line(0.0)
        self._trip_s = 0.0

    async def start(self) -> dict[str, Any]:
        """Listens; the greeting."""
        ports = []
        for context in (None, self._authority.context(NAME)):
            server = await asyncio.start_server(self._serve, HOST, 0, ssl=context)
            self._servers.append(server)
            ports.append(server.sockets[0].getsockname()[1])
        return {
            "http": f"http://{HOST}:{ports[0]}/videoplayback",
            "https": f"https://{NAME}:{ports[1]}/videoplayback",
            "ca_file": str(self._authority.ca_file.absolute()),
        }

    def scene(self, *, size: int, connection_bps: float, line_bps: float, trip_s: float) -> dict[str, Any]:
        """What the next requests meet."""
        if len(self._content) != size:
            self._content = random.Random(size).randbytes(size)
        self._connection_bps, self._line, self._trip_s = connection_bps, Line(line_bps), trip_s
        return {}

    async def stop(self) -> None:
        """Listens no more."""
        for server in self._servers:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(SHAKES * self._trip_s)
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await asyncio.sleep(self._trip_s)
                await self._answer(head, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        total = len(self._content)
        found = RANGE.search(head)
        start = int(found[1]) if found else 0
        end = min(total, int(found[2]) + 1) if found and found[2] else total
        status = f"206 Partial Content\r\nContent-Range: bytes {start}-{end - 1}/{total}" if found else "200 OK"
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {end - start}\r\nContent-Type: audio/mp4\r\n"
            "Accept-Ranges: bytes\r\n\r\n".encode()
        )
        if head.startswith(b"HEAD"):
            return
        own, view = Line(self._connection_bps), memoryview(self._content)
        step = min(own.block, self._line.block)
        for at in range(start, end, step):
            block = view[at : min(at + step, end)]
            # Before, so that the last byte leaves no earlier than the line allows.
            await own.passes(len(block))
            await self._line.passes(len(block))
            writer.write(block)
            await writer.drain()


async def serve(folder: Path) -> None:
    """Serves until standard input ends."""
    host = MediaHost(folder)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps(await host.start()), flush=True)
    while line := await reader.readline():
        request = json.loads(line)
        print(json.dumps(getattr(host, request.pop("do"))(**request)), flush=True)
    await host.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
