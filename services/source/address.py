"""The media address in use, renewed at most once for all connections of a transfer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from yarl import URL

from models.audio import MediaStream
from models.errors import MediaRefused

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Address:
    """Where a stream is; `url` becomes the one that a redirect led to, so that not every piece is redirected."""

    stream: MediaStream
    url: URL

    def forget_redirect(self) -> None:
        """Starts from the address as extracted again."""
        self.url = URL(self.stream.url, encoded=True)

    @classmethod
    def of(cls, stream: MediaStream) -> Address:
        """Raises `MediaRefused` when it is no http or https address."""
        # Signed: not a character may be quoted differently.
        url = URL(stream.url, encoded=True)
        if url.scheme not in {"http", "https"} or not url.host:
            raise MediaRefused(video_id=stream.video_id, reason="no http address")
        return cls(stream, url)

    async def opens(self) -> None:
        """Waits for the moment before which the server refuses, if one was named."""
        if self.stream.available_at is not None:
            wait_s = (self.stream.available_at - datetime.now(UTC)).total_seconds()
            if wait_s > 0:
                logger.info("media_not_yet_available", extra={"video_id": self.stream.video_id, "wait_s": wait_s})
                await asyncio.sleep(wait_s)


class Addresses:
    """Holds the current address; a connection that was refused asks for the next one."""

    def __init__(self, stream: MediaStream, renew: Callable[[], Awaitable[MediaStream]]) -> None:
        self.current = Address.of(stream)
        self._renew = renew
        self._lock = asyncio.Lock()
        self._renewed = False
        self._failure: Exception | None = None

    async def replace(self, refused: Address, *, size: int | None, reason: str) -> None:
        """Makes `current` a fresh address, unless another connection has already.

        Raises `MediaRefused` when it was renewed before or leads to another file, and whatever the renewal raises.
        """
        async with self._lock:
            if self.current is not refused:
                return
            stream = refused.stream
            if self._renewed:
                raise self._failure or MediaRefused(video_id=stream.video_id, reason=reason)
            self._renewed = True
            logger.info("media_address_refused", extra={"video_id": stream.video_id, "reason": reason})
            try:
                fresh = await self._renew()
                known = size if size is not None else stream.size_bytes
                if fresh.codec != stream.codec or (known and fresh.size_bytes and fresh.size_bytes != known):
                    raise MediaRefused(video_id=stream.video_id, reason="the fresh address leads to another file")
                address = Address.of(fresh)
                await address.opens()
            except Exception as exc:
                # For the connections that wait: they fail for the same reason, not for having come second.
                self._failure = exc
                raise
            self.current = address
