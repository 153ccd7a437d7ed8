"""A real server process at the sandbox's stand-ins, and a real browser that looks at it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from _local.sandbox.service import Sandbox, running_sandbox
from _local.sandbox.spotify import SpotifyStandIn
from tests.page.hostile import HOSTILE_ALBUM, HOSTILE_TRACKS
from tests.support.browser import PHONE, Browser, Page
from tests.support.replicas import Replica, cluster

ALMOST_HELD = 4_000.0
"""Bytes a second on each connection: a song takes half a minute, unless the test lets go."""


@dataclass(frozen=True)
class World:
    """A server process and what it talks to."""

    sandbox: Sandbox
    spotify: SpotifyStandIn
    server: Replica

    @contextlib.contextmanager
    def slow(self, bytes_per_s: float = ALMOST_HELD) -> Iterator[None]:
        """Audio flows slowly, and at full speed from the end of the block on."""
        faults = self.sandbox.youtube.faults
        faults.throttle(bytes_per_s)
        try:
            yield
        finally:
            faults.clear()


@dataclass(frozen=True)
class House(World):
    """And a browser."""

    browser: Browser

    @contextlib.asynccontextmanager
    async def page(
        self, link: str = "", *, url: str = "", size: tuple[int, int] = PHONE, dark: bool = False, faults: int = 0
    ) -> AsyncIterator[Page]:
        """The page with `link` shown. At the end: no more than `faults` on the console, and nobody else was asked."""
        async with self.browser.page(size=size, dark=dark) as page:
            await page.go(f"{url or self.server.url}/" + (f"?link={link}" if link else ""))
            yield page
            assert len(page.faults) <= faults, page.faults
            foreign = [each for each in page.requests if not each.startswith(("http://127.0.0.1:", "ws://127.0.0.1:"))]
            assert [each for each in foreign if not each.startswith("data:")] == []


@contextlib.asynccontextmanager
async def open_world(folder: Path, **settings: str) -> AsyncIterator[World]:
    """Starts the server and what it talks to, with all files in `folder`; `settings` are more of the server's."""
    async with running_sandbox(folder / "sandbox") as sandbox:
        # The sandbox's own slow song too: here a test says what is slow.
        sandbox.youtube.faults.clear()
        catalogue = sandbox.catalogue
        spotify = SpotifyStandIn(
            tracks={**catalogue.tracks, **HOSTILE_TRACKS},
            albums={**catalogue.albums, HOSTILE_ALBUM["id"]: HOSTILE_ALBUM},
            playlists=catalogue.playlists,
            artists=catalogue.artists,
            image=catalogue.image,
        )
        async with (
            spotify,
            cluster(folder / "server", {**sandbox.settings, **spotify.settings(), **settings}) as running,
        ):
            server = await running.add("server")
            await server.up()
            yield World(sandbox, spotify, server)
