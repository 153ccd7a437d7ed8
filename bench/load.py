"""`python -m bench.load`: asks one address as fast as it answers, over connections that stay open.

A process of its own, so that it takes nothing from what is measured but its place on the machine. Requests, one JSON
object a line: `{"port", "path", "connections", "seconds", "headers"}`; answer: `{"requests", "answered", "seconds",
"failed", "p50_ms", "p99_ms", "busy"}`: `answered` counts all, `requests` those of the `seconds` after the warm-up, and
`busy` is the share of the time that this process was computing: near 1, it was the bottleneck.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any, cast

with contextlib.suppress(ImportError):
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

HOST = "127.0.0.1"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
WARM_UP = 0.15
"""Share of the time that is not counted."""


@dataclass
class Count:
    """What the connections of a run found."""

    since: float
    requests: int = 0
    answered: int = 0
    failed: int = 0
    waits: list[float] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """Sends a request, reads its answer, sends the next."""

    def __init__(self, request: bytes, count: Count) -> None:
        self._request = request
        self._count = count
        self._buffer = b""
        self._awaited = 0
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.stopped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def connection_lost(self, _exc: Exception | None) -> None:
        """An end that nobody asked for is a failure."""
        if not self.stopped:
            self._count.failed += 1

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        if self._awaited:
            self._awaited -= len(data)
        else:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            length = LENGTH.search(self._buffer, 0, end + 2)
            self._awaited = int(length[1] if length else 0) - (len(self._buffer) - end - 4)
            if not self._buffer.startswith(b"HTTP/1.1 200"):
                self._count.failed += 1
            self._buffer = b""
        if self._awaited <= 0:
            self._finish()

    def close(self) -> None:
        """Ends."""
        self.stopped = True
        if self._transport is not None:
            self._transport.abort()

    def _send(self) -> None:
        assert self._transport is not None
        self._sent_at = time.perf_counter()
        self._transport.write(self._request)

    def _finish(self) -> None:
        self._awaited = 0
        now = time.perf_counter()
        self._count.answered += 1
        if self._sent_at >= self._count.since:
            self._count.requests += 1
            self._count.waits.append(now - self._sent_at)
        if not self.stopped:
            self._send()


async def run(port: int, path: str, connections: int, seconds: float, headers: dict[str, str]) -> dict[str, Any]:
    """One run."""
    begin = time.perf_counter() + seconds * WARM_UP
    count = Count(begin)
    told = {"Host": f"{HOST}:{port}", "User-Agent": "bench", "Accept": "*/*", **headers}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    request = "\r\n".join([*lines, "", ""]).encode()
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: Connection(request, count), HOST, port) for _ in range(connections)]
    await asyncio.sleep(begin - time.perf_counter())
    computed = time.process_time()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - begin
    busy = (time.process_time() - computed) / took
    for _, connection in opened:
        connection.close()
    waits = sorted(count.waits) or [0.0]
    return {
        "requests": count.requests,
        "answered": count.answered,
        "seconds": took,
        "failed": count.failed,
        "p50_ms": 1000 * waits[len(waits) // 2],
        "p99_ms": 1000 * waits[len(waits) * 99 // 100],
        "busy": busy,
    }


def main() -> None:
    """Serves until standard input ends."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(asyncio.run(run(**json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
