"""Taking the embedded database away from a server that runs in this process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from tests.support.process import children_of


def databases_of(home: Path) -> list[int]:
    """The process ids of our children that serve a database under `home`."""
    found = []
    for pid in children_of(os.getpid()):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"services.store.embedded_child" in command and str(home).encode() in command:
                found.append(pid)
    return found


async def hold_down(home: Path, stop: asyncio.Event) -> None:
    """Kills the database under `home`, and each one that its owner starts instead, until `stop` is set."""
    while not stop.is_set():
        for pid in databases_of(home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.05)
