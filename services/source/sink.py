"""The file a transfer writes to: written at any offset, in order of the calls, off the event loop."""

from __future__ import annotations

import asyncio
import errno
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from models.errors import DiskFull, StorageFailed

MOST_BUFFERS = 512
"""Below IOV_MAX everywhere."""


class Sink:
    """A new or emptied file; that it cannot be opened shows at the first write.

    One thread of its own: a write that outlives its cancelled caller still comes before the close.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fetch-write")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self._opened: Future[int] = self._thread.submit(os.open, path, flags, 0o644)

    def write(self, chunks: list[bytes], offset: int) -> asyncio.Future[int]:
        """Begins to write the chunks one after the other from `offset` on; their size, or an `OSError`."""
        return asyncio.wrap_future(self._thread.submit(self._write, chunks, offset))

    def failure(self, exc: OSError) -> StorageFailed | DiskFull:
        """Our error for one of the disk's."""
        kind = DiskFull if exc.errno in {errno.ENOSPC, errno.EDQUOT} else StorageFailed
        return kind(stage="fetch", path=str(self._path), reason=exc.strerror)

    async def close(self) -> None:
        """Closes the file after all writes that were begun."""
        try:
            await asyncio.shield(asyncio.wrap_future(self._thread.submit(self._close)))
        finally:
            self._thread.shutdown(wait=False)

    def _write(self, chunks: list[bytes], offset: int) -> int:
        descriptor, begin = self._opened.result(), offset
        for first in range(0, len(chunks), MOST_BUFFERS):
            group = chunks[first : first + MOST_BUFFERS]
            size = sum(map(len, group))
            written = os.pwritev(descriptor, group, offset)
            if written < size:
                # A short write is how a disk says that it is nearly full; the next one says why.
                rest = memoryview(b"".join(group))
                while written < size:
                    written += os.pwrite(descriptor, rest[written:], offset + written)
            offset += size
        return offset - begin

    def _close(self) -> None:
        # If it was never opened, whoever wrote has been told.
        if self._opened.exception() is None:
            os.close(self._opened.result())
