"""A file that is still being written, read from its start by one who wants every byte in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from models.errors import StorageFailed

CHUNK_BYTES = 256 * 1024


class GrowingFile:
    """The writer says how far the file has come; `chunks` follows. For one event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._head = 0
        self._whole = False
        self._changed = asyncio.Event()

    @property
    def size_bytes(self) -> int:
        """Bytes that are there."""
        return self._head

    def reach(self, head: int) -> None:
        """So many bytes lie on disk without a gap from the start, and do not change any more."""
        if head > self._head:
            self._head = head
            self._changed.set()

    def end(self) -> None:
        """Nothing comes after what is there."""
        self._whole = True
        self._changed.set()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """All bytes in order, as they come. Raises `StorageFailed`."""
        position = 0
        while True:
            self._changed.clear()
            while position < self._head:
                chunk = await asyncio.to_thread(self._read, position, min(CHUNK_BYTES, self._head - position))
                position += len(chunk)
                yield chunk
            if self._whole and position == self._head:
                return
            await self._changed.wait()

    def _read(self, position: int, size: int) -> bytes:
        try:
            # Opened each time: a reader that is cancelled leaves nothing open.
            with self.path.open("rb") as file:
                file.seek(position)
                chunk = file.read(size)
        except OSError as exc:
            raise StorageFailed(path=str(self.path)) from exc
        if not chunk:
            raise StorageFailed("A file became shorter while it was read.", path=str(self.path))
        return chunk
