"""Start and stop of one process: open, consume, drain, close, in Sanic's own order."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sanic import Sanic

from models.settings import Settings
from services.container import Services, open_services

GOODBYE_S = 2.0


def register(app: Sanic[Any, Any], settings: Settings, *, counts: Path | None = None) -> None:
    """Adds the four listeners to `app`; `counts`: see `open_services`."""

    async def open_all(app: Sanic[Any, Any]) -> None:
        # Sanic runs no stop listener when a start listener fails: the stack unwinds what was opened.
        async with AsyncExitStack() as stack:
            opening = open_services(settings, sockets=lambda: len(app.websocket_tasks), counts=counts)
            services = await stack.enter_async_context(opening)
            app.ctx.services = services
            app.ctx.stack = stack.pop_all()
        for kind, value in services.injectable().items():
            app.ext.add_dependency(kind, _giver(value))
        # All that was imported stays: the collector need not look at it again whenever a long list is read.
        gc.collect()
        gc.freeze()

    async def start_consuming(app: Sanic[Any, Any]) -> None:
        services: Services = app.ctx.services
        services.start()

    async def drain(app: Sanic[Any, Any]) -> None:
        services: Services = app.ctx.services
        await services.drain(settings.stop_grace_ms / 1000)
        # Sanic cuts the sockets next: they may first say that the server stops.
        if app.websocket_tasks:
            await asyncio.wait(app.websocket_tasks, timeout=GOODBYE_S)

    async def close_all(app: Sanic[Any, Any]) -> None:
        gc.unfreeze()
        stack: AsyncExitStack = app.ctx.stack
        await stack.aclose()

    app.register_listener(open_all, "before_server_start")
    app.register_listener(start_consuming, "after_server_start")
    # At a stop the lowest goes first: before Sanic's own listener, which cancels the sockets' handlers.
    app.register_listener(drain, "before_server_stop", priority=-1)
    app.register_listener(close_all, "after_server_stop")


def _giver(value: object) -> Any:
    return lambda: value
