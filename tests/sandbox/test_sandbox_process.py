"""The sandbox as a process: it announces itself, answers, keeps its ports, and never outlives who started it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from _local.run import end_with_parent
from _local.sandbox.catalogue_examples import first_tries
from _local.sandbox.catalogue_playlists import REFUSED, playlist_id
from _local.sandbox.service import Ports
from models.settings import Settings
from tests.support.process import is_alive
from tests.support.wait import wait_for

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "_local.sandbox", "--folder", sys.argv[1]], stdin=subprocess.PIPE)
print(child.pid, flush=True)
child.wait()
"""


@contextlib.asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[tuple[Process, dict[str, str]]]:
    """A running sandbox and what it announced."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "_local.sandbox", "--folder", str(folder),
        cwd=ROOT, stdin=PIPE, stdout=PIPE, preexec_fn=end_with_parent,
    )  # fmt: skip
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        announced = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        yield process, announced
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 60) in {0, -signal.SIGKILL}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((str(urlsplit(url).hostname), int(urlsplit(url).port or 0))) == 0


async def test_it_names_settings_that_a_server_accepts_and_its_endpoints_answer(tmp_path: Path) -> None:
    link, track = first_tries()
    async with sandbox(tmp_path) as (_, announced), aiohttp.ClientSession() as http:
        settings = Settings.from_env(announced)
        assert settings.has_spotify_credentials
        assert settings.youtube_ca_file is not None
        form = {
            "grant_type": "client_credentials",
            "client_id": announced["SPOTIFY_CLIENT_ID"],
            "client_secret": announced["SPOTIFY_CLIENT_SECRET"],
        }
        async with http.post(announced["SPOTIFY_ACCESS_TOKEN_URL"], data=form) as response:
            token = (await response.json())["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        async with http.get(f"{settings.spotify_api_host}/v1/tracks/{track}", headers=bearer) as response:
            found = await response.json()
            assert link.endswith(found["album"]["id"])
        async with http.get(found["album"]["images"][0]["url"]) as response:
            assert (await response.read()).startswith(b"\x89PNG")
        song = {"track_name": found["name"], "artist_name": found["artists"][0]["name"]}
        async with http.get(f"{announced['LYRICS_API_HOST']}/api/get", params=song) as response:
            assert (await response.json())["syncedLyrics"]
        async with http.get(f"{announced['IP_INFO_API_BASE_URL']}/json/8.8.8.8") as response:
            assert (await response.json())["status"] == "success"
        async with http.get(f"{announced['MUSIC_DL_STORAGE_HOST']}/repos/sandbox/songs") as response:
            assert (await response.json())["full_name"] == "sandbox/songs"
        assert listens(announced["YOUTUBE_PROXY"])


async def test_a_refused_playlist_still_has_its_public_page(tmp_path: Path) -> None:
    async with sandbox(tmp_path) as (_, announced), aiohttp.ClientSession() as http:
        refused = playlist_id(REFUSED)
        async with http.get(f"{announced['SPOTIFY_API_HOST']}/v1/playlists/{refused}") as response:
            assert response.status == 403
        async with http.get(f"{announced['SPOTIFY_PUBLIC_HOST']}/embed/playlist/{refused}") as response:
            assert response.status == 200


async def test_the_ports_stay_the_same_after_a_kill(tmp_path: Path) -> None:
    async with sandbox(tmp_path) as (process, first):
        process.kill()
        await process.wait()
        async with sandbox(tmp_path) as (_, second):
            assert second == first


async def test_ports_in_use_are_left_alone_and_a_broken_file_is_no_trouble(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        Ports(file).keep({"spotify": taken, "github": 80})
        assert Ports(file).take("spotify") == 0
        assert Ports(file).take("github") == 0
        assert Ports(file).take("unheard of") == 0
    assert Ports(file).take("spotify") == taken
    for broken in ("", "[1]", '{"spotify": "x"}', '{"spotify"'):
        file.write_text(broken)
        assert Ports(file).take("spotify") == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signals_end_it(tmp_path: Path, number: signal.Signals) -> None:
    async with sandbox(tmp_path) as (process, announced):
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), 60) == 0
        assert not listens(announced["YOUTUBE_PROXY"])


async def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), cwd=ROOT, stdout=PIPE, preexec_fn=end_with_parent
    )
    assert parent.stdout is not None
    child = int(await asyncio.wait_for(parent.stdout.readline(), 60))
    announced = json.loads(await asyncio.wait_for(parent.stdout.readline(), 60))
    assert listens(announced["SPOTIFY_API_HOST"])
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await wait_for(lambda: not is_alive(child), what="the sandbox ends")
    assert not listens(announced["SPOTIFY_API_HOST"])
