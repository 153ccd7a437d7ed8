"""A private nginx, from the system's package, with the project's own configuration."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import Process
from pathlib import Path

import pytest


def nginx_binary() -> str:
    """The path of `nginx`; skips the test when it is not installed (and fails it under CI=true)."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        reason = "nginx is not installed (tests/install-servers.sh does it)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Nginx:
    """Runs in the foreground with the configuration at `conf`, its files in `folder`."""

    def __init__(self, conf: Path, folder: Path) -> None:
        self._words = [nginx_binary(), "-p", str(folder), "-e", "stderr", "-c", str(conf)]
        self._log = folder / "nginx.log"
        self._process: Process | None = None

    async def check(self) -> None:
        """What `nginx -t` says of it."""
        process = await asyncio.create_subprocess_exec(
            *self._words, "-t", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()

    async def start(self) -> None:
        """Starts it; what it says goes to `nginx.log`."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*self._words, "-g", "daemon off;", stderr=log)

    async def stop(self) -> None:
        """Ends it, and its workers."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
