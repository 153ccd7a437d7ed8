"""One run of the embedded server's child process: started, listened to, ended."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from pathlib import Path
from typing import Self

logger = logging.getLogger(__name__)

READY_DEADLINE_S = 25.0
STOP_DEADLINE_S = 5.0
ROOT = Path(__file__).resolve().parents[2]


class ChildFailed(Exception):
    """The child did not come to serve."""


class EmbeddedProcess:
    """A running child. It ends by itself when this process does: its standard input is a pipe that we hold."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._listening = asyncio.create_task(self._relay_log(), name=f"embedded-mongo-log-{process.pid}")

    @classmethod
    async def start(cls, folder: Path, listener: socket.socket, *, sweep_interval_s: float) -> Self:
        """Starts a child on the files in `folder` and waits until it serves `listener`; raises `ChildFailed`."""
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.store.embedded_child",
            f"--home={folder}",
            f"--socket={listener.fileno()}",
            f"--sweep-interval-s={sweep_interval_s}",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(listener.fileno(),),
            env={**os.environ, "PYTHONPATH": path},
            # Ctrl-C in a terminal goes to all of its processes; the database ends last, when its owner says so.
            start_new_session=True,
        )
        child = cls(process)
        try:
            async with asyncio.timeout(READY_DEADLINE_S):
                if not await child._says_ready():
                    raise ChildFailed(f"the child ended with exit code {await process.wait()}")
        except TimeoutError:
            await child.stop()
            raise ChildFailed(f"the child did not serve within {READY_DEADLINE_S:g} s") from None
        except BaseException:
            await child.stop()
            raise
        return child

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    async def wait(self) -> int:
        """Returns the exit code once the child has ended, by itself or by a signal (then negative)."""
        code = await self._process.wait()
        # A caller that is cancelled here must not take the log from the next one.
        await asyncio.wait([self._listening])
        return code

    async def stop(self) -> None:
        """Ends the child: it may finish what it does and close its files, but not take for ever."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_DEADLINE_S):
                    await self._process.wait()
            except TimeoutError:
                logger.warning("embedded_mongo_killed", extra={"pid": self.pid})
                self._process.kill()
        await self.wait()

    async def _says_ready(self) -> bool:
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        return bool(await self._process.stdout.readline())

    async def _relay_log(self) -> None:
        """Writes what the child says on standard error into our log, in pieces: a line may quote a whole document."""
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        while piece := await self._process.stderr.read(8192):
            logger.warning("embedded_mongo_said", extra={"text": piece.decode(errors="replace").rstrip()})
