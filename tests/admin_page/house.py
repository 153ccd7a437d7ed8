"""A real server process with an operator's key, traffic to be counted, and a real browser at its door."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _local.sandbox.service import Sandbox, running_sandbox
from _local.sandbox.spotify import SpotifyStandIn
from tests.page.hostile import HOSTILE_ALBUM, HOSTILE_TRACKS
from tests.support.browser import PHONE, Browser, Page
from tests.support.replicas import Cluster, Replica, cluster
from tests.support.wait import wait_for

KEY = "clé d'opérateur: ключ"
ADMIN = {"Authorization": f"Bearer {KEY}"}
KEEP_ANSWERS = """
  const ask = globalThis.fetch;
  globalThis.fetch = async (...wish) => {
    const answer = await ask(...wish);
    if (answer.ok) globalThis.answered = await answer.clone().json();
    return answer;
  };
"""
"""Keeps the last answer that the page had from the server."""
SETTLED = (
    "globalThis.answered && !document.querySelector('#board').ariaBusy && document.querySelectorAll('.panel').length"
)


@dataclass(frozen=True)
class AdminWorld:
    """A server process and what it talks to."""

    sandbox: Sandbox
    spotify: SpotifyStandIn
    cluster: Cluster
    server: Replica

    async def ask(self, path: str, ip: str = "8.8.8.8", **options: Any) -> int:
        """A request as it comes through the trusted proxy; its status."""
        status, _ = await self.server.get(path, headers={"X-Forwarded-For": ip}, **options)
        return status

    async def stats(self, hours: int = 24) -> dict[str, Any]:
        """What the API says."""
        status, body = await self.server.get(f"/api/admin/stats?hours={hours}", headers=ADMIN)
        assert status == 200, body
        return dict(body)

    async def counted(self, requests: int, *, route: str = "/api/spotify/metadata") -> dict[str, Any]:
        """What the API says once it counts so many requests to `route`."""

        async def complete() -> dict[str, Any] | None:
            body = await self.stats()
            return body if _requests(body, route) == requests else None

        return await wait_for(complete, deadline_s=90, what=f"{requests} requests to {route} are counted")

    async def now_counted(self, route: str = "/api/spotify/metadata") -> int:
        """How many requests to `route` are counted so far."""
        return _requests(await self.stats(), route)


@dataclass(frozen=True)
class AdminHouse(AdminWorld):
    """And a browser."""

    browser: Browser

    @contextlib.asynccontextmanager
    async def door(
        self, *, url: str = "", query: str = "", size: tuple[int, int] = PHONE, dark: bool = False, faults: int = 0
    ) -> AsyncIterator[Page]:
        """The page before anybody has entered. At the end: no more than `faults` on the console, nobody else was asked,
        and the key stands in no address.
        """
        async with self.browser.page(size=size, dark=dark) as page:
            await page.call("Page.addScriptToEvaluateOnNewDocument", source=KEEP_ANSWERS)
            await page.go(f"{url or self.server.url}/admin{query}")
            yield page
            assert len(page.faults) <= faults, page.faults
            origin = url or self.server.url
            assert [each for each in page.requests if not each.startswith((f"{origin}/", "data:"))] == []
            assert [each for each in page.requests if "%D0%BA" in each or "cl%C3%A9" in each or "ключ" in each] == []

    @contextlib.asynccontextmanager
    async def page(self, **options: Any) -> AsyncIterator[Page]:
        """The page with the numbers on it."""
        async with self.door(**options) as page:
            await enter(page)
            await page.until(SETTLED)
            yield page


async def enter(page: Page, key: str = KEY) -> None:
    """Types the key and presses Enter."""
    await page.until("document.activeElement.id === 'key'")
    await page.eval("document.querySelector('#key').select()")
    await page.call("Input.insertText", text=key)
    await page.press("Enter")


@contextlib.asynccontextmanager
async def open_admin_world(folder: Path) -> AsyncIterator[AdminWorld]:
    """Starts the server and what it talks to, with all files in `folder`."""
    async with running_sandbox(folder / "sandbox") as sandbox:
        sandbox.youtube.faults.clear()
        catalogue = sandbox.catalogue
        spotify = SpotifyStandIn(
            tracks={**catalogue.tracks, **HOSTILE_TRACKS},
            albums={**catalogue.albums, HOSTILE_ALBUM["id"]: HOSTILE_ALBUM},
            playlists=catalogue.playlists,
            artists=catalogue.artists,
            image=catalogue.image,
        )
        async with spotify:
            settings = {**sandbox.settings, **spotify.settings(), "ADMIN_API_KEY": KEY, "PROXIES_COUNT": "1"}
            async with cluster(folder / "server", settings) as running:
                server = await running.add("server")
                await server.up()
                yield AdminWorld(sandbox, spotify, running, server)


def _requests(body: dict[str, Any], route: str) -> int:
    return sum(row["requests"] for row in body["traffic"]["routes"] if row["route"] == route)
