"""The clients in docs/client against a live server, while their connections are cut."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from _local.sandbox.catalogue_examples import first_tries
from tests.page.house import World
from tests.page.test_code import DENO, OPTIONS, deno
from tests.support.tcp_proxy import TcpProxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "client"
SCRIPT = """
import { MusicClient, MusicError } from %s;
const [base, track, format] = Deno.args;
const music = new MusicClient(base);
try {
  for await (const job of music.follow(await music.ask(track, format))) console.log(JSON.stringify(job));
} catch (error) {
  if (!(error instanceof MusicError)) throw error;
  console.log(JSON.stringify({ code: error.code, retryable: error.retryable }));
}
"""


class RecordingProxy(TcpProxy):
    """Notes the sockets that pass."""

    def __init__(self, target_port: int) -> None:
        super().__init__(target_port)
        self.sockets: list[dict[str, list[str]]] = []

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            if data.startswith(b"GET /ws/"):
                self.sockets.append(parse_qs(urlsplit(data.split(b" ")[1].decode()).query))
            sink.write(data)
            await sink.drain()


async def test_python_goes_on_after_a_cut(world: World, tmp_path: Path) -> None:
    track = first_tries()[1]
    async with RecordingProxy(world.server.port) as proxy:
        with world.slow():
            client = await _python(proxy, track, tmp_path)
            lines = await _until_fetching(client)
            proxy.cut()
            lines += await _until_more(client, lines[-1])
        rest = await _end(client)
    assert client.returncode == 0
    file = Path(rest[-1])
    assert file == tmp_path / f"{track}.m4a"
    assert file.stat().st_size > 100_000
    seqs = [int(line.split()[0]) for line in [*lines, *rest[:-1]]]
    assert seqs == sorted(set(seqs))
    assert len(proxy.sockets) >= 2
    assert int(proxy.sockets[-1]["since"][0]) >= 1


async def test_python_fetches_the_rest_of_a_file(world: World, tmp_path: Path) -> None:
    track = first_tries()[1]
    status, job = await world.server.get(f"/api/spotify/download/track/{track}")
    assert status == 200
    async with CuttingProxy(world.server.port) as proxy:
        client = await _python(proxy, track, tmp_path)
        [*_, file] = await _end(client)
    assert client.returncode == 0
    assert len(proxy.ranges) == 1
    async with aiohttp.ClientSession() as http, http.get(job["download_cdn"]) as answer:
        assert Path(file).read_bytes() == await answer.read()


class CuttingProxy(TcpProxy):
    """Cuts the first transfer of audio in its middle."""

    def __init__(self, target_port: int) -> None:
        super().__init__(target_port)
        self.ranges: list[bytes] = []
        self.length = 0
        self._cut = False

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        passed = 0
        while data := await source.read(65536):
            head = data.split(b"\r\n\r\n")[0]
            if data.startswith(b"GET /media/"):
                self.ranges += [line for line in head.split(b"\r\n") if line.lower().startswith(b"range:")]
            if b"content-type: audio/" in head.lower() and not self.length:
                [length] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                self.length = int(length.split(b":")[1])
            passed += len(data)
            if self.length and not self._cut and passed > self.length // 2:
                self._cut = True
                self.cut()
                return
            sink.write(data)
            await sink.drain()


async def test_python_says_why_not(world: World, tmp_path: Path) -> None:
    async with TcpProxy(world.server.port) as proxy:
        client = await _python(proxy, "0" * 21, tmp_path)
        assert await _end(client) == []
        assert client.returncode == 1
        assert client.stderr is not None
        assert b"(invalid_track_id)" in await client.stderr.read()


async def test_javascript_goes_on_after_a_cut(world: World, tmp_path: Path) -> None:
    track = first_tries()[1]
    script = tmp_path / "run.mjs"
    script.write_text(SCRIPT % json.dumps((FOLDER / "client.mjs").as_uri()))
    async with RecordingProxy(world.server.port) as proxy:
        with world.slow():
            client = await _deno(script, proxy, track, "opus")
            lines = await _until_fetching(client)
            proxy.cut()
            lines += await _until_more(client, lines[-1])
        lines += await _end(client)
        refused = await _end(await _deno(script, proxy, "0" * 21, "opus"))
    jobs = [json.loads(line) for line in lines]
    assert [job["seq"] for job in jobs] == sorted({job["seq"] for job in jobs})
    assert jobs[-1]["state"] == "done"
    assert jobs[-1]["download_cdn"].endswith(f"/media/{track}.opus")
    assert len(proxy.sockets) >= 2
    assert json.loads(refused[-1]) == {"code": "invalid_track_id", "retryable": False}


async def test_javascript_is_typed(tmp_path: Path) -> None:
    config = tmp_path / "deno.json"
    config.write_text(json.dumps({"compilerOptions": OPTIONS}))
    await deno(tmp_path / "deno", "check", "--no-remote", "--config", str(config), str(FOLDER / "client.mjs"))
    await deno(tmp_path / "deno", "lint", "--no-config", str(FOLDER / "client.mjs"))


async def _python(proxy: TcpProxy, track: str, folder: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", str(FOLDER / "client.py"), f"http://127.0.0.1:{proxy.port}", track,
        "--folder", str(folder), stdout=PIPE, stderr=PIPE,
    )  # fmt: skip


async def _deno(script: Path, proxy: TcpProxy, track: str, audio_format: str) -> Process:
    environ = {"PATH": os.environ["PATH"], "DENO_DIR": str(script.parent / "deno"), "DENO_NO_UPDATE_CHECK": "1"}
    return await asyncio.create_subprocess_exec(
        str(DENO), "run", "--no-config", "--no-remote", "--allow-net=127.0.0.1", str(script),
        f"http://127.0.0.1:{proxy.port}", track, audio_format, env=environ, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip


async def _line(client: Process) -> str:
    assert client.stdout is not None
    assert client.stderr is not None
    line = await asyncio.wait_for(client.stdout.readline(), 60)
    assert line, (await client.stderr.read()).decode()
    return line.decode().strip()


async def _until_fetching(client: Process) -> list[str]:
    """The lines up to one from the middle of the fetch."""
    lines = [await _line(client)]
    while "fetch" not in lines[-1]:
        lines.append(await _line(client))
    return lines


async def _until_more(client: Process, last: str) -> list[str]:
    """The lines until one of a new connection: what was written before the cut does not count."""
    lines: list[str] = []
    while len(lines) < 30 and (not lines or lines[-1] == last):
        lines.append(await _line(client))
    return lines


async def _end(client: Process) -> list[str]:
    """The lines that are left, once it has ended."""
    assert client.stdout is not None
    rest = await asyncio.wait_for(client.stdout.read(), 120)
    await asyncio.wait_for(client.wait(), 60)
    return rest.decode().splitlines()
