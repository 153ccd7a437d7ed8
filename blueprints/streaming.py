"""Answers whose body is sent while it is made, no faster than the client takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, cast

from sanic import Request

from models.errors import MusicError

logger = logging.getLogger(__name__)


async def send_stream(
    request: Request, status: int, headers: Mapping[str, str], content_type: str, body: AsyncIterator[bytes]
) -> None:
    """Sends the answer; of a HEAD request the head alone, the body unread."""
    response = await request.respond(status=status, headers=dict(headers), content_type=content_type)
    if response is None:
        raise RuntimeError("The connection has no stream.")
    if request.method == "HEAD":
        await response.eof()
        return
    try:
        async with aclosing(cast(Any, body)) as chunks:
            async for chunk in chunks:
                # Waits while the client's buffers are full.
                await response.send(chunk)
        await response.eof()
    except MusicError as error:
        # The status is long sent. A clean end would pass the fragment off as the whole, so the connection is cut.
        logger.warning("stream_broke_off", extra={"route": request.path, "code": error.code, "facts": error.facts})
        cast(asyncio.Transport, request.transport).abort()
