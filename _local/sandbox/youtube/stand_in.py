"""The stand-in itself: one proxy, and behind it YouTube, YouTube Music, their media server and pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from _local.sandbox.upload import Upload

from .authority import Authority
from .catalogue import Catalogue
from .door import Doorway
from .faults import Faults
from .journal import Journal
from .site import Site
from .sound import Sound


class YouTubeStandIn:
    """What a server reaches through `YOUTUBE_PROXY` = `proxy_url` and `YOUTUBE_CA_FILE` = `ca_file`.

    `requests` is the journal of what was asked, `faults` the script of what goes wrong, `catalogue` the uploads
    (more may be `put` there at run time).
    """

    def __init__(
        self, uploads: Sequence[Upload], sound: Sound, *, folder: Path, host: str = "127.0.0.1", port: int = 0
    ):
        self.requests = Journal()
        self.faults = Faults()
        self.catalogue = Catalogue(uploads)
        self._authority = Authority(folder / "certificates")
        self._site = Site(catalogue=self.catalogue, sound=sound, faults=self.faults, journal=self.requests)
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self._doorway: Doorway | None = None
        self._server: asyncio.Server | None = None

    @property
    def proxy_url(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def ca_file(self) -> Path:
        return self._authority.ca_file

    async def start(self) -> None:
        """Listen; a port of 0 becomes a free one."""
        app = web.Application(client_max_size=4 << 20)
        app.router.add_route("*", "/{path:.*}", self._site.answer)
        # ytmusicapi says `Content-Encoding: gzip` of bodies that are plain JSON
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.1, auto_decompress=False, handler_cancellation=True
        )
        await self._runner.setup()
        assert self._runner.server is not None
        self._doorway = Doorway(
            authority=self._authority, inner=self._runner.server, journal=self.requests, faults=self.faults
        )
        self._server = await asyncio.get_running_loop().create_server(self._doorway, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close every connection. A later `start` listens on the same port again."""
        if self._server is None or self._runner is None or self._doorway is None:
            return
        self._server.close()
        await self._runner.cleanup()
        await self._doorway.close()
        await self._site.close()
        self._server = self._runner = self._doorway = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
