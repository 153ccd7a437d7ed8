"""The whole server in this process, pointed at the sandbox's stand-ins by settings alone."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from _local.sandbox.service import Sandbox
from app import create_app
from models.settings import Settings
from tests.support.http import serve

_names = (f"house_{number}" for number in itertools.count())


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: Any
    body: bytes
    json: Any


@dataclass(frozen=True)
class House:
    """A running server and a client for it."""

    url: str
    http: aiohttp.ClientSession
    app: Any

    async def get(self, path: str, *, method: str = "GET", **options: Any) -> Answer:
        """Asks, and reads the answer to its end."""
        async with self.http.request(method, self.url + path, **options) as response:
            body = await response.read()
            is_json = "json" in response.content_type
            parsed = await response.json(content_type=None) if is_json and body else None
            return Answer(response.status, response.headers, body, parsed)

    async def metadata(self, link: str, **options: Any) -> Answer:
        """`GET /api/spotify/metadata`."""
        return await self.get("/api/spotify/metadata", params={"link": link}, **options)

    async def download(self, track_id: str, **params: str) -> Answer:
        """`GET /api/spotify/download/track/{id}`."""
        return await self.get(f"/api/spotify/download/track/{track_id}", params=params)


@asynccontextmanager
async def open_house(sandbox: Sandbox | None, home: Path, **settings: str) -> AsyncIterator[House]:
    """Starts the server with its files under `home`; `settings` are more of the environment's names."""
    environ = {"MUSIC_DL_HOME": str(home), **(sandbox.settings if sandbox else {}), **settings}
    app = create_app(settings=Settings.from_env(environ), name=next(_names))
    timeout = aiohttp.ClientTimeout(total=120)
    async with serve(app) as url, aiohttp.ClientSession(timeout=timeout) as http:
        yield House(url, http, app)
