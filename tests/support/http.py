"""A Sanic application on a real socket, without the test clients that hide start and stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sanic import Sanic

Sanic.test_mode = True


def free_socket() -> socket.socket:
    """A socket bound to a free port of 127.0.0.1."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    return sock


@asynccontextmanager
async def serve(app: Sanic[Any, Any], *, grace_s: float = 5.0) -> AsyncIterator[str]:
    """Runs `app` with all of its listeners; gives its base URL, `http://127.0.0.1:PORT`, without a slash.

    Use a fresh app (a fresh name) each time. On leaving, all happens in Sanic's own order: before_stop, requests in
    flight end (they are cut after `grace_s` seconds), after_stop.
    """
    sock = free_socket()
    port = sock.getsockname()[1]
    server = None
    try:
        server = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        await server.before_start()
        await server.after_start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            await server.before_stop()
            await _close(server, grace_s)
            await server.after_stop()
    finally:
        if server is not None and server.is_serving():
            await _close(server, 0)
        sock.close()
        # The registry is global to the process: a second app of the same name could not be made.
        Sanic._app_registry.pop(app.name, None)


async def _close(server: Any, grace_s: float) -> None:
    closing = server.close()
    loop = asyncio.get_running_loop()
    end = loop.time() + grace_s
    for connection in list(server.connections):
        connection.close_if_idle()
    while server.connections and loop.time() < end:
        await asyncio.sleep(0.01)
    for connection in list(server.connections):
        connection.abort()
    while server.connections:
        await asyncio.sleep(0.01)
    await closing
