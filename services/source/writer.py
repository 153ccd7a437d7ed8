"""Gathers what one connection brings and writes it while more arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.source.pieces import Piece
from services.source.sink import Sink

FLUSH_BYTES = 1024 * 1024
FLUSH_S = 0.05
"""Bytes wait for one another at most so long before they are written: a listener may be waiting for them."""


class PieceWriter:
    """Writes a piece's bytes in order, one write at a time; `on_written` is called after each. Close it at the end."""

    def __init__(self, sink: Sink, piece: Piece, on_written: Callable[[], None]) -> None:
        self._sink = sink
        self._piece = piece
        self._on_written = on_written
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._flushed_at = float("-inf")
        self._writing: asyncio.Future[int] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def add(self, chunk: bytes) -> None:
        """The next bytes; waits when the disk is slower than the network. Raises `DiskFull`, `StorageFailed`."""
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        due_s = self._flushed_at + FLUSH_S - self._loop.time()
        if self._waiting_bytes >= FLUSH_BYTES or due_s <= 0:
            await self._settle()
            self._begin()
        elif self._timer is None:
            # The connection may fall silent.
            self._timer = self._loop.call_later(due_s, self._begin_if_idle)

    async def drain(self) -> None:
        """Writes all that has been added."""
        await self._settle()
        if self._waiting:
            self._begin()
            await self._settle()

    def close(self) -> None:
        """Begins no more writes."""
        self._waiting, self._waiting_bytes = [], 0
        if self._timer is not None:
            self._timer.cancel()

    def _begin_if_idle(self) -> None:
        self._timer = None
        if self._waiting and self._writing is None:
            self._begin()

    def _begin(self) -> None:
        self._flushed_at = self._loop.time()
        self._writing = self._sink.write(self._waiting, self._piece.written)
        self._writing.add_done_callback(self._written)
        self._waiting, self._waiting_bytes = [], 0

    async def _settle(self) -> None:
        writing = self._writing
        if writing is not None:
            try:
                await writing
            except OSError as exc:
                raise self._sink.failure(exc) from exc
            # A future that was done already comes here before its callback.
            self._written(writing)

    def _written(self, writing: asyncio.Future[int]) -> None:
        if writing is not self._writing or writing.cancelled() or writing.exception() is not None:
            return
        self._writing = None
        self._piece.written += writing.result()
        self._on_written()
        if self._waiting and self._timer is None:
            self._timer = self._loop.call_later(FLUSH_S, self._begin_if_idle)
