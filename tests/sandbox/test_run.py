"""`python -m _local.run` as a real process: faults, sandbox, signals, kills, another start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from _local.run import end_with_parent, port_is_free
from _local.sandbox.catalogue import sandbox_catalogue
from _local.sandbox.catalogue_examples import first_tries
from _local.sandbox.youtube import sounds_like
from tests.support.process import is_alive
from tests.support.wait import wait_for

ROOT = Path(__file__).resolve().parents[2]
NONE_GIVEN = "No Spotify credentials in _local/local.env"


class Running:
    """A started `make run`, its output so far, and its address."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.text = ""
        assert process.stdout is not None
        self._reading = asyncio.create_task(self._read(process.stdout), name="read-output")

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(4096):
            self.text += chunk.decode(errors="replace")

    async def get(self, path: str) -> Any:
        """The answer's JSON; `None` while nobody answers."""
        try:
            async with aiohttp.ClientSession() as http, http.get(self.url + path) as response:
                return await response.json(content_type=None)
        except aiohttp.ClientConnectionError:
            return None

    async def up(self) -> None:
        """Waits until the server answers; fails when it has ended instead."""

        async def answers() -> bool:
            assert self.process.returncode is None, self.text
            return await self.get("/health/live") is not None

        await wait_for(answers, deadline_s=90, what="the server answers")

    async def end(self) -> int:
        """The exit code."""
        code = await asyncio.wait_for(self.process.wait(), 60)
        await asyncio.wait_for(self._reading, 60)
        return code

    def children(self) -> dict[str, int]:
        """The pids of `server` and `sandbox`."""
        found = {}
        for pid in map(int, Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            found["sandbox" if b"_local.sandbox" in command else "server"] = pid
        return found


@contextlib.asynccontextmanager
async def run(home: Path, **settings: str) -> AsyncIterator[Running]:
    """Starts it on a free port, with its files in `home` and no credentials whatever `_local/local.env` says."""
    port = settings.pop("CORE_SERVICE_PORT", "") or str(_free_port())
    env = {
        **os.environ,
        "SPOTIFY_CLIENT_ID": "",
        "SPOTIFY_CLIENT_SECRET": "",
        "MUSIC_DL_HOME": str(home),
        "CORE_SERVICE_HOST": "127.0.0.1",
        "CORE_SERVICE_PORT": port,
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "_local.run", cwd=ROOT, env=env, stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE, stderr=asyncio.subprocess.STDOUT, preexec_fn=end_with_parent,
    )  # fmt: skip
    running = Running(process, int(port) if port.isdigit() else 0)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.terminate()
            await running.end()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _metadata() -> str:
    return f"/api/spotify/metadata?link={first_tries()[0]}"


async def test_faults_in_the_settings_are_told_one_by_one(tmp_path: Path) -> None:
    async with run(tmp_path, MAX_RETRY="99", CORE_SERVICE_PORT="abc") as running:
        assert await running.end() == 2
    lines = running.text.strip().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["CORE_SERVICE_PORT", "MAX_RETRY"]


async def test_without_credentials_the_sandbox_serves_and_a_signal_ends_both(tmp_path: Path) -> None:
    async with run(tmp_path) as running:
        await running.up()
        assert running.text.count(NONE_GIVEN) == 1
        told = re.search(r"https://open\.spotify\.com/album/\w{22}", running.text)
        assert told is not None
        album = await running.get(f"/api/spotify/metadata?link={told[0]}")
        assert album["name"] == "Cartography for Sleepwalkers"
        assert len(album["tracks"]) == 8
        await _hear(running, first_tries()[1], tmp_path / "heard.m4a")
        children = running.children()
        assert set(children) == {"server", "sandbox"}
        running.process.send_signal(signal.SIGINT)
        assert await running.end() == 0, running.text
        for pid in children.values():
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


async def test_after_a_kill_nothing_is_left_and_the_next_start_knows_the_same(tmp_path: Path) -> None:
    port = str(_free_port())
    async with run(tmp_path, CORE_SERVICE_PORT=port) as running:
        await running.up()
        first = await running.get(_metadata())
        children = running.children()
        running.process.kill()
        await running.process.wait()
        await wait_for(lambda: not any(map(is_alive, children.values())), deadline_s=60, what="server and sandbox end")
    async with run(tmp_path, CORE_SERVICE_PORT=port) as running:
        await running.up()
        again = await running.get(_metadata())
        assert again["images"] == first["images"]
        assert [track["id"] for track in again["tracks"]] == [track["id"] for track in first["tracks"]]


async def test_killed_all_at_once_it_starts_again(tmp_path: Path) -> None:
    port = str(_free_port())
    async with run(tmp_path, CORE_SERVICE_PORT=port) as running:
        await running.up()
        for pid in (running.process.pid, *running.children().values()):
            os.kill(pid, signal.SIGKILL)
        await running.process.wait()
    async with run(tmp_path, CORE_SERVICE_PORT=port) as running:
        await running.up()
        assert (await running.get(_metadata()))["name"] == "Cartography for Sleepwalkers"


async def test_a_sandbox_that_dies_is_told(tmp_path: Path) -> None:
    async with run(tmp_path) as running:
        await running.up()
        os.kill(running.children()["sandbox"], signal.SIGKILL)
        assert await running.end() == 1
        assert "The sandbox has ended (exit code -9)" in running.text


async def test_the_servers_exit_code_is_passed_on(tmp_path: Path) -> None:
    async with run(tmp_path) as running:
        await running.up()
        os.kill(running.children()["server"], signal.SIGKILL)
        assert await running.end() == 128 + signal.SIGKILL


async def test_with_credentials_there_is_no_sandbox(tmp_path: Path) -> None:
    async with run(tmp_path, SPOTIFY_CLIENT_ID="somebody", SPOTIFY_CLIENT_SECRET="secret") as running:
        await running.up()
        assert NONE_GIVEN not in running.text
        assert "sandbox" not in running.children()
        assert not (tmp_path / "sandbox").exists()


async def _hear(running: Running, track: str, file: Path) -> None:
    """Downloads a track and listens whether it is the wanted recording."""
    answer = await running.get(f"/api/spotify/download/track/{track}")
    async with aiohttp.ClientSession() as http, http.get(answer["download_cdn"]) as response:
        assert response.status == 200
        file.write_bytes(await response.read())
    expected = sandbox_catalogue().expected[track]
    assert await asyncio.to_thread(sounds_like, file, expected.melody)


def test_a_busy_port_is_noticed() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert not port_is_free("127.0.0.1", port, wait_s=0.0)
    assert port_is_free("127.0.0.1", port, wait_s=0.0)
