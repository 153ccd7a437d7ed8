"""Answers whose body is sent while it is made, no faster than the client takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, cast

from sanic import HTTPResponse, Request

from models.errors import MusicError

logger = logging.getLogger(__name__)


async def send_stream(
    request: Request, status: int, headers: Mapping[str, str], content_type: str, body: AsyncIterator[bytes]
) -> HTTPResponse | None:
    """Sends the answer; to a HEAD request gives the head for the handler to return, the body unread."""
    if request.method == "HEAD":
        # Not through `respond`: Sanic 25.12 would end such a stream twice, and fail the second time.
        return HTTPResponse(status=status, headers=dict(headers), content_type=content_type)
    response = await request.respond(status=status, headers=dict(headers), content_type=content_type)
    if response is None:
        raise RuntimeError("The connection has no stream.")
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
    return None
