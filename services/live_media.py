"""Following one file that is still arriving, from its first byte to its last."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from models.errors import MediaInterrupted
from services.source.live import LiveHead
from services.source.live_feed import LiveFeed

CHUNK_BYTES = 64 * 1024


class LiveMedia:
    """A file whose first bytes are there; whoever got it calls `close`."""

    def __init__(
        self, *, head: LiveHead, descriptor: int, feed: LiveFeed, held: ExitStack, kept: Callable[[], Awaitable[bool]]
    ) -> None:
        self._head = head
        self._descriptor = descriptor
        self._feed = feed
        self._held = held
        self._kept = kept

    @property
    def content_type(self) -> str:
        """The media type of the raw stream."""
        return self._head.content_type

    @property
    def total(self) -> int | None:
        """Length of the whole, when known."""
        return self._head.total

    async def stream(self, *, stall_s: float = 60.0) -> AsyncIterator[bytes]:
        """All bytes from the start, in order, as they arrive.

        Raises `MediaInterrupted` when the download fails, starts over with another video, or stands still for
        `stall_s` seconds: what was sent must not pass for the whole then.
        """
        head, position = self._head, 0
        while True:
            while position < head.available:
                chunk = await self._chunk(position, head.available)
                position += len(chunk)
                yield chunk
                current = self._feed.head
                if current is None or current.generation != head.generation:
                    break
                head = current
            if position == head.total:
                return
            await self._feed.change(head, stall_s)
            head = await self._next(head, position)

    async def _next(self, seen: LiveHead, position: int) -> LiveHead:
        current = self._feed.head
        if current is not None and current.generation == seen.generation:
            if current == seen:
                raise MediaInterrupted("The download stands still.", position=position)
            return current
        # It has left the stage. The open file can be read to its end, and should be if it was good.
        if current is None and seen.finished and await self._kept():
            return seen
        raise MediaInterrupted("The download failed or started over.", position=position)

    async def _chunk(self, position: int, available: int) -> bytes:
        wanted = min(CHUNK_BYTES, available - position)
        try:
            chunk = await asyncio.to_thread(os.pread, self._descriptor, wanted, position)
        except OSError as exc:
            raise MediaInterrupted(position=position) from exc
        if not chunk:
            raise MediaInterrupted("The file became shorter while it arrived.", position=position)
        return chunk

    def close(self) -> None:
        """Lets the file go."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)
        self._held.close()


async def open_descriptor(path: Path) -> int | None:
    """`path` open for reading; `None` when there is no such file."""
    opening = asyncio.ensure_future(asyncio.to_thread(_open, path))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # The thread cannot be stopped; what it opens nobody else would close.
        opening.add_done_callback(_close_unwanted)
        raise


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _close_unwanted(opening: asyncio.Future[int | None]) -> None:
    if not opening.cancelled() and opening.exception() is None and (descriptor := opening.result()) is not None:
        os.close(descriptor)
