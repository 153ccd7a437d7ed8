"""One child process as the server sees it: asked, killed with all it started, awaited."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).parents[2]
ANSWER_LIMIT = 32 * 1024 * 1024


class ChildDied(Exception):
    """The child process ended, or broke off, before it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildOptions:
    """What a child needs to know; sent over its pipe, because arguments are visible to every user of the machine."""

    cache_dir: str
    request_timeout_s: float
    """Seconds that one network operation of a library may take."""
    retries: int
    proxy: str | None = None
    ca_bundle: str | None = None
    cookies_file: str | None = None
    deno_path: str | None = None
    ytdlp_options: dict[str, Any] = field(default_factory=dict)


class Child:
    """Serves one request at a time. `booted` once its libraries are loaded."""

    def __init__(self, process: Process) -> None:
        self._process = process
        # Pipes, because `spawn` asks for them.
        self._requests = cast(asyncio.StreamWriter, process.stdin)
        self._answers = cast(asyncio.StreamReader, process.stdout)
        self._complaints = cast(asyncio.StreamReader, process.stderr)
        self._booting = asyncio.Lock()
        self.booted = False
        self.served = 0

    @classmethod
    async def spawn(cls, options: ChildOptions) -> Child:
        """Starts the program; returns before its libraries are loaded. Raises `ChildDied` when it cannot start."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "services.source.child",
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                limit=ANSWER_LIMIT,
                cwd=PROJECT,
                # A process group of its own: one signal reaches the JavaScript runtime too.
                start_new_session=True,
            )
        except OSError as exc:
            raise ChildDied(str(exc)) from exc
        child = cls(process)
        child._write(asdict(options))
        return child

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's too."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended, as far as is known."""
        return self._process.returncode is None

    async def boot(self) -> None:
        """Waits until its libraries are loaded."""
        async with self._booting:
            if not self.booted:
                await self._read()
                self.booted = True

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request; raises `ChildDied`. After a cancellation the child must be killed."""
        self.served += 1
        self._write(request)
        return await self._read()

    def kill(self) -> None:
        """Ends it and everything it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def wait(self) -> None:
        """Logs what it says on standard error until it has ended, then ends what it may have left behind."""
        while chunk := await self._complaints.read(65536):
            for line in chunk.decode(errors="replace").splitlines():
                logger.warning("youtube_child_said", extra={"pid": self.pid, "line": line[:500]})
        await self._process.wait()
        self.kill()

    def _write(self, message: dict[str, Any]) -> None:
        # A pipe whose reader is gone shows when the answer is read.
        self._requests.write(json.dumps(message).encode() + b"\n")

    async def _read(self) -> dict[str, Any]:
        try:
            line = await self._answers.readline()
        except (OSError, ValueError) as exc:
            raise ChildDied(str(exc)) from exc
        if not line.endswith(b"\n"):
            raise ChildDied("the pipe closed")
        answer: dict[str, Any] = json.loads(line)
        return answer
