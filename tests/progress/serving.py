"""The progress routes on a real socket, over a hub of the test's own."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from sanic import Sanic
from sanic_ext import Extend

from blueprints import errors, progress
from models.settings import Settings
from services.limits.memory import MemoryLimitBook
from services.limits.service import CallerLimits
from services.progress import ProgressHub
from services.urls import MediaUrls
from tests.support.http import serve

_numbers = itertools.count(1)


@asynccontextmanager
async def serving(hub: ProgressHub, **settings: Any) -> AsyncIterator[str]:
    """The base URL of a server that has the progress routes only."""
    app: Sanic[Any, Any] = Sanic(f"progress-{next(_numbers)}", configure_logging=False)
    Extend(app)
    errors.register(app)
    app.blueprint(progress.bp)
    given = Settings(**settings)
    urls, limits = MediaUrls(), CallerLimits(book=MemoryLimitBook())

    async def inject(app: Sanic[Any, Any]) -> None:
        app.ext.add_dependency(ProgressHub, lambda: hub)
        app.ext.add_dependency(MediaUrls, lambda: urls)
        app.ext.add_dependency(CallerLimits, lambda: limits)
        app.ext.add_dependency(Settings, lambda: given)

    async def end(_: Sanic[Any, Any]) -> None:
        await hub.close()

    app.register_listener(inject, "before_server_start")
    app.register_listener(end, "before_server_stop")
    async with serve(app) as base_url:
        yield base_url


class Client:
    """A WebSocket client that reads frames as JSON."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def frame(self) -> dict[str, Any]:
        """The next frame; fails the test when the socket closes instead."""
        message = await self.socket.receive(timeout=30)
        assert message.type is aiohttp.WSMsgType.TEXT, f"{message.type} {message.data} {message.extra}"
        body: dict[str, Any] = json.loads(message.data)
        return body

    async def closed(self) -> tuple[int | None, str | None]:
        """Close code and reason, which must come next."""
        message = await self.socket.receive(timeout=30)
        assert message.type is aiohttp.WSMsgType.CLOSE, f"{message.type} {message.data}"
        return message.data, message.extra

    async def say(self, message: Any) -> None:
        """Sends a message as JSON (or as it is, when it is text)."""
        await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))


@asynccontextmanager
async def connected(base_url: str, query: str) -> AsyncIterator[Client]:
    """A socket that was opened with this query."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{base_url}/ws/progress?{query}") as socket:
        yield Client(socket)
