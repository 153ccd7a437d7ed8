"""Several servers that belong together: real `python -m app` processes on free ports, to be stopped and killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from _local.run import end_with_parent
from models.settings import Settings
from tests.support.rabbit_server import free_port
from tests.support.wait import wait_for

ROOT = Path(__file__).resolve().parents[2]
START_DEADLINE_S = 120.0


class Replica:
    """One server process. Its log is appended to `log`, over all of its starts."""

    def __init__(self, name: str, environ: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.host = environ.get("CORE_SERVICE_HOST") or "127.0.0.1"
        self.port = int(environ.get("CORE_SERVICE_PORT") or free_port())
        self.log = log
        self._environ = {**environ, "CORE_SERVICE_HOST": self.host, "CORE_SERVICE_PORT": str(self.port)}
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """Its address, such as `http://127.0.0.1:PORT`."""
        return f"http://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; `None` while it runs."""
        assert self._process is not None
        return self._process.returncode

    async def start(self) -> None:
        """Starts it; does not wait until it answers."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "app", cwd=ROOT, env=self._environ,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=end_with_parent,
            )  # fmt: skip

    async def up(self, path: str = "/health/ready") -> None:
        """Waits until it answers 200 under `path`; fails when it has ended instead."""

        async def answers() -> bool:
            assert self.exit_code is None, f"{self.name} ended with {self.exit_code}:\n{self.tail()}"
            return await self.status(path) == 200

        await wait_for(answers, deadline_s=START_DEADLINE_S, what=f"{self.name} answers {path}")

    async def status(self, path: str) -> int | None:
        """The status of a GET; `None` when nobody answers."""
        timeout = aiohttp.ClientTimeout(total=10)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as http, http.get(self.url + path) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def get(self, path: str, *, method: str = "GET", **options: Any) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        timeout = aiohttp.ClientTimeout(total=120)
        url = self.url + path
        async with aiohttp.ClientSession(timeout=timeout) as http, http.request(method, url, **options) as answer:
            return answer.status, await answer.json(content_type=None)

    async def kill(self) -> None:
        """kill -9 of the server process alone; returns when it is gone."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def stop(self, *, deadline_s: float = 60.0) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), deadline_s)

    async def ended(self, *, deadline_s: float = 60.0) -> int:
        """Waits until it has ended by itself; the exit code."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), deadline_s)

    async def end(self) -> None:
        """Ends what still runs, whatever state it is in."""
        if self._process is None:
            return
        with contextlib.suppress(TimeoutError):
            await self.stop(deadline_s=30)
        # The session that it led: what a test has left of it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    def tail(self, characters: int = 4000) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""


class Cluster:
    """Replicas with common settings and a common home."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.home = folder / "home"
        self._folder = folder
        scrubbed = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
        # Empty means "not set", and wins over a developer's `local.env`.
        unset = {field.upper(): "" for field in Settings.model_fields}
        self._environ = {**scrubbed, **unset, "MUSIC_DL_HOME": str(self.home), **settings}
        self.replicas: list[Replica] = []

    async def add(self, name: str, **settings: str) -> Replica:
        """Starts one more; settings of its own come on top of the common ones."""
        replica = Replica(name, {**self._environ, **settings}, self._folder / f"{name}.log")
        self.replicas.append(replica)
        await replica.start()
        return replica

    async def close(self) -> None:
        """Ends all, in the order of their start."""
        for replica in self.replicas:
            await replica.end()


@asynccontextmanager
async def cluster(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Cluster]:
    """An empty cluster; all that was started is ended at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    running = Cluster(folder, settings)
    try:
        yield running
    finally:
        await running.close()
