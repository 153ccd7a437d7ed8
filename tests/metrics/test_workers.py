"""One server of two Sanic workers: whichever answers, `/metrics` tells of both, to the last request."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import aiohttp
import pytest

from services.metrics.board import _page
from services.metrics.families import HTTP_REQUESTS
from tests.support.metrics import Samples, parsed, value
from tests.support.process import children_of, is_alive
from tests.support.rabbit_server import RabbitServer
from tests.support.replicas import Replica, cluster
from tests.support.wait import wait_for

pytestmark = pytest.mark.timeout(400)

LIVE = {"method": "GET", "route": "/health/live", "status": "200"}


async def scrape(server: Replica) -> Samples:
    """Over a connection of its own: any worker may answer."""
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout) as http, http.get(f"{server.url}/metrics") as answer:
        assert answer.status == 200
        return parsed(await answer.text())


def workers(server: Replica) -> list[int]:
    """Its Sanic workers: those who count."""
    found = []
    for pid in children_of(server.pid):
        with contextlib.suppress(OSError):
            if ".numbers" in Path(f"/proc/{pid}/maps").read_text():
                found.append(pid)
    return found


def counted(home: Path) -> list[float]:
    """What each worker's own file says."""
    name = (HTTP_REQUESTS.name, ("GET", "/health/live", "200"))
    files = sorted((home / "metrics").glob("*/*.numbers"))
    return [_page(file.read_bytes(), alive=True).rows.get(name, [0.0])[0] for file in files]


async def ask_both(server: Replica, home: Path, so_far: int) -> int:
    """Asks until both workers have answered in this round; how many requests were made in all."""
    before = counted(home)

    async def ask() -> None:
        assert await server.status("/health/live") == 200

    while not all(now > then for now, then in zip(counted(home), before, strict=True)):
        await asyncio.gather(*(ask() for _ in range(20)))
        so_far += 20
    return so_far


async def everybody_says(server: Replica, requests: int) -> None:
    for _ in range(12):
        samples = await scrape(server)
        assert value(samples, "music_dl_http_requests_total", **LIVE) == requests
        duration = {"method": "GET", "route": "/health/live"}
        assert value(samples, "music_dl_http_request_duration_seconds_count", **duration) == requests


async def test_counts_are_exact_over_workers_and_their_deaths(
    rabbit: RabbitServer, embedded_uri: str, tmp_path: Path
) -> None:
    settings = {"RABBIT_MQ_URL": rabbit.url, "MUSIC_DL_PRIMARY_DB": embedded_uri, "WORKERS": "2"}
    async with cluster(tmp_path, {**settings, "MUSIC_DL_ROLE": "web", "STOP_GRACE_MS": "500"}) as apart:
        server = await apart.add("two")
        await server.up()

        async def both_live() -> bool:
            return value(await scrape(server), "music_dl_processes") == 2

        await wait_for(both_live, deadline_s=120, what="both workers")
        assert len(counted(apart.home)) == 2
        requests = await ask_both(server, apart.home, 0)
        await everybody_says(server, requests)

        for _ in range(2):
            victim, survivor = sorted(workers(server))
            os.kill(victim, signal.SIGKILL)
            await wait_for(lambda gone=victim: not is_alive(gone), what="the worker is gone")

            async def restarted(gone: int = victim) -> bool:
                return len(workers(server)) == 2 and gone not in workers(server) and await both_live()

            await wait_for(restarted, deadline_s=120, what="the manager starts another one")
            assert survivor in workers(server)
            await everybody_says(server, requests)
            requests = await ask_both(server, apart.home, requests)
            await everybody_says(server, requests)
        assert len(counted(apart.home)) == 2, "no file is left behind"
        assert await server.stop() == 0
    assert not list((apart.home / "metrics").glob("*/")), "the folder goes with its server"


async def test_a_killed_server_leaves_its_folder_to_the_next_one(
    rabbit: RabbitServer, embedded_uri: str, tmp_path: Path
) -> None:
    settings = {"RABBIT_MQ_URL": rabbit.url, "MUSIC_DL_PRIMARY_DB": embedded_uri, "WORKERS": "2"}
    async with cluster(tmp_path, {**settings, "MUSIC_DL_ROLE": "web", "STOP_GRACE_MS": "500"}) as apart:
        server = await apart.add("killed")
        await server.up()
        assert await server.status("/health/live") == 200
        os.killpg(server.pid, signal.SIGKILL)
        await server.kill()
        left = list((apart.home / "metrics").glob("*/"))
        assert len(left) == 1
        await server.start()
        await server.up()
        assert not left[0].exists()
        assert value(await scrape(server), "music_dl_http_requests_total", **LIVE) == 0, "a new server counts anew"
