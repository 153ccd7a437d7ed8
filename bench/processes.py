"""The processes of a run: helpers that speak JSON over their pipes, and the server as an operator starts it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from models.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_S = 60.0
STOP_S = 30.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Helper:
    """A module of `bench` in its own process: one JSON object a line, asked and answered in turn."""

    def __init__(self, process: Process, greeting: dict[str, Any]) -> None:
        self._process = process
        self.greeting = greeting
        """What it said once it was ready."""

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    async def ask(self, **request: Any) -> dict[str, Any]:
        """Its answer to one request."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        return await _line(self._process)


@asynccontextmanager
async def helper(module: str, *arguments: str) -> AsyncIterator[Helper]:
    """Runs `python -m bench.<module>`; it ends when its standard input does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"bench.{module}", *arguments, stdin=PIPE, stdout=PIPE, cwd=ROOT, limit=64 * 1024 * 1024
    )
    try:
        yield Helper(process, await asyncio.wait_for(_line(process), START_S))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await _ended(process)


async def _line(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError(f"a helper ended with code {await process.wait()}")
    answer: dict[str, Any] = json.loads(line)
    return answer


class Server:
    """The product, running."""

    def __init__(self, process: Process, port: int, started_at: float) -> None:
        self._process = process
        self.port = port
        self.started_at = started_at
        """On the monotonic clock."""

    @property
    def pid(self) -> int:
        """Of the web process."""
        return self._process.pid

    async def answers(self, path: str) -> float:
        """Waits until `path` is answered with 200; when that was, on the monotonic clock."""
        while time.monotonic() < self.started_at + START_S:
            if self._process.returncode is not None:
                break
            with suppress(OSError):
                status, _, _ = await get(self.port, path)
                if status == 200:
                    return time.monotonic()
            await asyncio.sleep(0.01)
        raise RuntimeError(f"the server does not answer (exit code {self._process.returncode})")


@asynccontextmanager
async def server(settings: Mapping[str, str], *, home: Path | None = None) -> AsyncIterator[Server]:
    """Runs `python -m app` with these settings and no others, in a home of its own unless one is given."""
    with tempfile.TemporaryDirectory(prefix="music-dl-bench-") as folder:
        port = free_port()
        # Empty means "not set", and wins over a developer's `local.env`.
        unset = dict.fromkeys((field.upper() for field in Settings.model_fields), "")
        own = {"CORE_SERVICE_HOST": HOST, "CORE_SERVICE_PORT": str(port), "MUSIC_DL_HOME": str(home or folder)}
        environ = {**os.environ, **unset, **own, "LOG_LEVEL": "WARNING", **settings}
        started_at = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", cwd=ROOT, env=environ, stdin=DEVNULL
        )
        try:
            yield Server(process, port, started_at)
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await _ended(process)


async def get(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case) and body of one request over a connection of its own."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        length = headers.get("content-length")
        body = await (reader.read() if length is None else reader.readexactly(int(length)))
        return int(head[0].split()[1]), headers, body
    finally:
        writer.close()


async def _ended(process: Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()
