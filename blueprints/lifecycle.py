"""Start and stop of one process: open, consume, drain, close, in Sanic's own order."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from sanic import Sanic

from models.settings import Settings
from services.container import Services, open_services


def register(app: Sanic[Any, Any], settings: Settings) -> None:
    """Adds the four listeners to `app`."""

    async def open_all(app: Sanic[Any, Any]) -> None:
        # Sanic runs no stop listener when a start listener fails: the stack unwinds what was opened.
        async with AsyncExitStack() as stack:
            services = await stack.enter_async_context(open_services(settings))
            app.ctx.services = services
            app.ctx.stack = stack.pop_all()
        for kind, value in services.injectable().items():
            app.ext.add_dependency(kind, _giver(value))

    async def start_consuming(app: Sanic[Any, Any]) -> None:
        services: Services = app.ctx.services
        services.start()

    async def drain(app: Sanic[Any, Any]) -> None:
        services: Services = app.ctx.services
        await services.drain(settings.stop_grace_ms / 1000)

    async def close_all(app: Sanic[Any, Any]) -> None:
        stack: AsyncExitStack = app.ctx.stack
        await stack.aclose()

    app.register_listener(open_all, "before_server_start")
    app.register_listener(start_consuming, "after_server_start")
    app.register_listener(drain, "before_server_stop")
    app.register_listener(close_all, "after_server_stop")


def _giver(value: object) -> Any:
    return lambda: value
