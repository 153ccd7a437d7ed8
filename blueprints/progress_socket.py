"""One open progress socket: it tells what the subscription has, and hears which jobs to follow or drop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

from sanic.exceptions import WebsocketClosed
from websockets.exceptions import ConnectionClosed

from blueprints.frames import FrameWriter
from blueprints.progress_wishes import JOBS_PER_SOCKET, Wish, change_of_message
from models import errors as e
from services.progress import Subscription, Update

logger = logging.getLogger(__name__)

CLOSE_CODES: tuple[tuple[type[e.MusicError], int], ...] = (
    (e.TooManyRequests, 4429),
    (e.AccessError, 4401),
    (e.NotFoundError, 4404),
    (e.RequestError, 4400),
    (e.ServerStopping, 1012),
)


def close_code(error: e.MusicError) -> int:
    """The WebSocket close code that goes with an error; the reason is the error's own code."""
    return next((code for kind, code in CLOSE_CODES if isinstance(error, kind)), 1013 if error.retryable else 1011)


class ProgressSocket:
    """`send` and `receive` are the socket's; `render` makes the text of an update for this client."""

    __slots__ = ("_frames", "_idle_s", "_ping_every_s", "_receive", "_render", "_send")

    def __init__(
        self,
        *,
        send: Callable[[str], Awaitable[None]],
        receive: Callable[[], Awaitable[str | bytes | None]],
        frames: FrameWriter,
        render: Callable[[Update], str],
        ping_every_s: float,
        idle_s: float,
    ) -> None:
        self._send = send
        self._receive = receive
        self._frames = frames
        self._render = render
        self._ping_every_s = ping_every_s
        self._idle_s = idle_s

    async def serve(self, reader: Subscription, wishes: tuple[Wish, ...]) -> None:
        """Returns when no job has been followed for `idle_s` seconds.

        Raises what the connection raises when the client leaves, `ServerStopping`, and `JobNotFound` (or
        `DatabaseUnavailable`) when the only job asked for at the start cannot be followed.
        """
        for wish in wishes:
            await self._follow(reader, wish, needed=len(wishes) == 1)
        hearing = asyncio.create_task(self._hear(reader), name="progress-socket-hear")
        try:
            await self._tell(reader)
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _tell(self, reader: Subscription) -> None:
        now = told_at = followed_at = monotonic()
        while True:
            until = told_at + self._ping_every_s
            if len(reader):
                followed_at = now
            else:
                until = min(until, followed_at + self._idle_s)
            update = await reader.next(until - now)
            now = monotonic()
            if update is not None:
                await self._send(self._render(update))
                told_at = now
            elif not len(reader) and now >= followed_at + self._idle_s:
                return
            elif now >= told_at + self._ping_every_s:
                await self._send(self._frames.ping())
                told_at = now

    async def _hear(self, reader: Subscription) -> None:
        with contextlib.suppress(ConnectionClosed, WebsocketClosed):
            while (message := await self._receive()) is not None:
                try:
                    await self._obey(reader, message)
                except e.MusicError as error:
                    await self._send(self._frames.error(error))
                except (ConnectionClosed, WebsocketClosed):
                    raise
                except Exception:
                    # A defect: on record, and told, as the client waits for an answer.
                    logger.exception("progress_message_failed")
                    await self._send(self._frames.error(e.InternalError()))

    async def _obey(self, reader: Subscription, message: str | bytes) -> None:
        change = change_of_message(message)
        for job_id in change.unsubscribe:
            reader.drop(job_id)
        new = [wish for wish in change.subscribe if wish.job_id not in reader]
        if len(reader) + len(new) > JOBS_PER_SOCKET:
            raise e.TooManyRequests(f"At most {JOBS_PER_SOCKET} jobs on one socket.")
        for wish in new:
            await self._follow(reader, wish, needed=False)

    async def _follow(self, reader: Subscription, wish: Wish, *, needed: bool) -> None:
        try:
            await reader.add(wish.job_id, since=wish.since)
        except e.ServerStopping:
            raise
        except e.MusicError as error:
            if needed:
                raise
            await self._send(self._frames.error(error, job_id=wish.job_id))
