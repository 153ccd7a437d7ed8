"""One transfer: connections that share a file's bytes, each outliving resets, stalls and short bodies."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import aiohttp
from yarl import URL

from models.errors import (
    MediaInterrupted,
    MediaRefused,
    MusicError,
    SourceFailed,
    SourceRateLimited,
    SourceTimeout,
    SourceUnreachable,
)
from services.source.address import Address, Addresses
from services.source.announce import Announcer
from services.source.pace import LONGEST_PIECE, TICK_S, Pace
from services.source.pieces import Piece, PieceMap
from services.source.replies import (
    RangeIgnored,
    Refused,
    ServerFault,
    ShortBody,
    Throttled,
    Unusable,
    check_ranged,
    check_status,
)
from services.source.sink import Sink
from services.source.writer import PieceWriter

logger = logging.getLogger(__name__)

Open = Callable[[URL, dict[str, str]], AbstractAsyncContextManager[aiohttp.ClientResponse]]

PROGRESS_BYTES = 16 * 1024
"""A connection that brought so much before it broke has not failed in vain: the count of failures starts anew."""

LONGEST_WAIT_S = 10.0
MOST_THROTTLED = 8
FAULTS = (aiohttp.ClientError, TimeoutError, OSError, ServerFault, ShortBody)
STAGE = "fetch"


class Transfer:
    """Fetches one file once. `limit` bounds the connections, `retries` the failures in a row of one piece.

    The first connection starts alone; others join once its speed shows that they are worth it. The file is handed out
    from the front in pieces that suit the speed, and near the end the slowest connection's piece is shared.
    """

    def __init__(
        self,
        *,
        addresses: Addresses,
        open_reply: Open,
        sink: Sink,
        pieces: PieceMap,
        announcer: Announcer,
        limit: int,
        retries: int,
    ) -> None:
        self._addresses = addresses
        self._open = open_reply
        self._sink = sink
        self._pieces = pieces
        self._announcer = announcer
        self._limit = limit
        self._retries = retries
        self._pace = Pace()
        self._workers: set[asyncio.Task[None]] = set()
        self._throttled = 0
        self._resume_at = 0.0
        self._loop = asyncio.get_running_loop()

    async def run(self) -> int:
        """The file's size once every byte is written; raises as `MediaFetcher.fetch` says."""
        try:
            await self._addresses.current.opens()
            try:
                await self._share()
            except RangeIgnored:
                logger.info("media_without_ranges", extra={"video_id": self._addresses.current.stream.video_id})
                await self._end_workers()
                await self._fetch_plain()
        finally:
            await self._end_workers()
        return self._pieces.head

    # -- sharing the file between connections

    async def _share(self) -> None:
        while not self._pieces.complete:
            self._hire()
            done, _ = await asyncio.wait(self._workers, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED)
            for worker in done:
                # One that failed beside the first is looked at when all are ended.
                self._workers.discard(worker)
                worker.result()

    def _hire(self) -> None:
        now = self._loop.time()
        wanted = min(self._limit, self._pace.wanted(self._pieces.missing, self._limit, now))
        while len(self._workers) < max(1, wanted):
            piece = self._next_piece(now)
            if piece is None:
                return
            name = f"fetch-{self._addresses.current.stream.video_id}-{piece.start}"
            self._workers.add(asyncio.create_task(self._work(piece), name=name))

    async def _end_workers(self) -> None:
        workers, self._workers = self._workers, set()
        for worker in workers:
            worker.cancel()
        # Every one of them has ended before the file is closed.
        await asyncio.gather(*workers, return_exceptions=True)

    def _next_piece(self, now: float) -> Piece | None:
        missing = self._pieces.missing
        if self._pieces.total is None:
            # Speed and size are unknown; if this proves too much for one connection, others take their share of it.
            return self._pieces.take(size=LONGEST_PIECE, now=now)
        connections = max(1, len(self._workers), self._pace.wanted(missing, self._limit, now))
        size = self._pace.piece_size(missing, connections, now)
        piece = self._pieces.take(size=size, now=now)
        if piece is None and self._pieces.share(rate=self._pace.rate(now) / connections, keep=size, now=now):
            piece = self._pieces.take(size=size, now=now)
        return piece

    async def _work(self, piece: Piece | None) -> None:
        while piece is not None:
            try:
                await self._complete(piece)
            finally:
                self._pieces.give_back(piece)
            if len(self._workers) > self._limit:
                return
            piece = self._next_piece(self._loop.time())

    async def _complete(self, piece: Piece) -> None:
        """Fetches what the piece still lacks; returns early when the server asks for fewer connections."""
        failures = 0
        while piece.remaining > 0:
            address, before = self._addresses.current, piece.received
            try:
                await asyncio.sleep(max(0.0, self._resume_at - self._loop.time()))
                await self._fetch_range(address, piece)
            except Throttled as exc:
                self._slow_down(exc)
                if len(self._workers) > self._limit:
                    return
            except Refused as exc:
                await self._addresses.replace(address, size=self._pieces.total, reason=str(exc))
            except FAULTS as exc:
                failures = 1 if piece.received - before >= PROGRESS_BYTES else failures + 1
                address.forget_redirect()
                await self._back_off(exc, failures)

    async def _fetch_range(self, address: Address, piece: Piece) -> None:
        start, end = piece.received, piece.end
        async with self._reply(address, {"Range": f"bytes={start}-{end - 1}"}) as reply:
            total = check_ranged(reply.status, reply.headers, start=start, end=end, total=self._pieces.total)
            address.url = reply.url
            if self._pieces.total is None:
                self._learn_total(total, address)
            await self._pour(reply, piece, start)
            if piece.remaining > 0:
                raise ShortBody(f"{piece.remaining} bytes short")

    def _learn_total(self, total: int, address: Address) -> None:
        expected = address.stream.size_bytes
        if expected is not None and expected != total:
            logger.warning(
                "media_size_differs",
                extra={"video_id": address.stream.video_id, "expected": expected, "total": total},
            )
        self._pieces.learn_total(total)

    # -- a server without ranges

    async def _fetch_plain(self) -> None:
        """The whole file over one connection; what was written before a failure is skipped when it starts anew."""
        piece = self._pieces.become_plain(self._loop.time())
        failures = 0
        while not self._pieces.complete:
            address, before = self._addresses.current, piece.received
            try:
                await asyncio.sleep(max(0.0, self._resume_at - self._loop.time()))
                await self._read_whole(address, piece)
            except Throttled as exc:
                self._slow_down(exc)
            except Refused as exc:
                await self._addresses.replace(address, size=self._pieces.total, reason=str(exc))
            except FAULTS as exc:
                failures = 1 if piece.received - before >= PROGRESS_BYTES else failures + 1
                address.forget_redirect()
                await self._back_off(exc, failures)

    async def _read_whole(self, address: Address, piece: Piece) -> None:
        async with self._reply(address, {}) as reply:
            check_status(reply.status, reply.headers)
            size = reply.content_length if reply.content_length is not None else address.stream.size_bytes
            if size is not None:
                if not size or self._pieces.total not in {None, size}:
                    raise Unusable(f"the size was {self._pieces.total} and is {size}")
                self._pieces.learn_total(size)
            await self._pour(reply, piece, 0)
            if size is None:
                self._pieces.learn_total(piece.received)
            elif piece.remaining > 0:
                raise ShortBody(f"{piece.remaining} bytes short")

    # -- one answer

    def _reply(self, address: Address, more: dict[str, str]) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._open(address.url, {**address.stream.headers, "Accept-Encoding": "identity", **more})

    async def _pour(self, reply: aiohttp.ClientResponse, piece: Piece, position: int) -> None:
        """Writes the body, whose first byte belongs at `position`, as far as the piece lacks it."""
        writer = PieceWriter(self._sink, piece, self._announcer.changed)
        try:
            while piece.remaining > 0 and (chunk := await reply.content.readany()):
                known = max(0, piece.received - position)
                position += len(chunk)
                wanted = chunk[known : known + piece.remaining]
                now = piece.heard_at = self._loop.time()
                self._pace.add(len(chunk), now)
                if wanted:
                    piece.received += len(wanted)
                    await writer.add(wanted)
            await writer.drain()
        except FAULTS:
            await writer.drain()
            raise
        finally:
            writer.close()
        if not reply.content.at_eof():
            # The rest went to another connection.
            reply.close()

    # -- trouble

    def _slow_down(self, exc: Throttled) -> None:
        self._throttled += 1
        if exc.wait_s > LONGEST_WAIT_S or self._throttled > MOST_THROTTLED:
            raise SourceRateLimited(stage=STAGE, retry_after_s=exc.wait_s) from exc
        now = self._loop.time()
        if now >= self._resume_at:
            # Refusals of requests that were under way together count once.
            self._limit = max(1, self._limit // 2)
        self._resume_at = max(self._resume_at, now + exc.wait_s)
        logger.warning("media_throttled", extra={"wait_s": exc.wait_s, "connections": self._limit})

    async def _back_off(self, exc: BaseException, failures: int) -> None:
        logger.info("media_connection_broke", extra={"reason": repr(exc), "failures": failures})
        if failures > self._retries:
            raise fetch_error(exc) from exc
        await asyncio.sleep(min(5.0, 0.1 * 2**failures) * random.uniform(0.5, 1.0))


def fetch_error(exc: BaseException) -> MusicError:
    """Our error for what a connection failed of in the end."""
    if isinstance(exc, aiohttp.InvalidURL | aiohttp.TooManyRedirects):
        return MediaRefused(reason=str(exc))
    if isinstance(exc, TimeoutError):
        return SourceTimeout(stage=STAGE)
    if isinstance(exc, aiohttp.ClientConnectorError | aiohttp.ClientHttpProxyError):
        return SourceUnreachable(stage=STAGE, reason=repr(exc))
    if isinstance(exc, ServerFault):
        return SourceFailed(stage=STAGE, reason=str(exc))
    return MediaInterrupted(reason=repr(exc))
