"""One open progress socket: it tells what the subscription has, and hears which jobs to follow or drop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, NoReturn

from sanic.exceptions import WebsocketClosed
from websockets.exceptions import ConnectionClosed

from blueprints.frames import FrameWriter, Message
from blueprints.outlet import Outlet
from blueprints.progress_wishes import JOBS_PER_SOCKET, Wish, change_of_message
from blueprints.socket_clock import SocketClock
from models.errors import (
    AccessError,
    InternalError,
    MusicError,
    NotFoundError,
    RequestError,
    ServerStopping,
    TooManyRequests,
)
from services.progress import ProgressHub, Subscription, Update

logger = logging.getLogger(__name__)

CLOSE_CODES: tuple[tuple[type[MusicError], int], ...] = (
    (TooManyRequests, 4429),
    (AccessError, 4401),
    (NotFoundError, 4404),
    (RequestError, 4400),
    (ServerStopping, 1012),
)


def close_code(error: MusicError) -> int:
    """The WebSocket close code that goes with an error; the reason is the error's own code."""
    return next((code for kind, code in CLOSE_CODES if isinstance(error, kind)), 1013 if error.retryable else 1011)


class ProgressSocket:
    """`render` makes the message of an update for this client.

    While the client keeps up there is no task of ours but its handler, which waits for what the client says: news are
    put into the socket by whoever brings them. A client that does not keep up gets a task for as long.
    """

    __slots__ = (
        "_catching_up",
        "_clock",
        "_ending",
        "_followed_at",
        "_frames",
        "_idle_s",
        "_outlet",
        "_ping_every_s",
        "_reader",
        "_render",
        "_task",
        "_told_at",
    )

    def __init__(
        self,
        *,
        outlet: Outlet,
        frames: FrameWriter,
        render: Callable[[Update], Message],
        clock: SocketClock,
        ping_every_s: float,
        idle_s: float,
    ) -> None:
        self._outlet = outlet
        self._frames = frames
        self._render = render
        self._clock = clock
        self._ping_every_s = ping_every_s
        self._idle_s = idle_s
        self._followed_at = self._told_at = monotonic()
        self._reader: Subscription | None = None
        self._task: asyncio.Task[Any] | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._ending: tuple[int, str] | None = None

    async def serve(self, hub: ProgressHub, wishes: tuple[Wish, ...]) -> tuple[int, str]:
        """Serves the client until it leaves, or until there is a reason to end: the close code and its reason.

        Raises what the connection raises when the client leaves, `ServerStopping`, and `JobNotFound` (or
        `DatabaseUnavailable`) when the only job asked for at the start cannot be followed.
        """
        self._outlet.give_up_on_silence()
        self._task = asyncio.current_task()
        with hub.subscribe(self._tell) as self._reader:
            self._clock.add(self)
            try:
                for wish in wishes:
                    await self._follow(self._reader, wish, needed=len(wishes) == 1)
                await self._hear(self._reader)
            except asyncio.CancelledError:
                # Ours, of `_end`, or that of Sanic, because the client has left.
                if self._ending is None or self._task is None or self._task.uncancel() > 0:
                    raise
                return self._ending
            finally:
                self._task = None
                self._clock.discard(self)
                if self._catching_up is not None:
                    self._catching_up.cancel()
                    await asyncio.gather(self._catching_up, return_exceptions=True)

    def tick(self, now: float) -> None:
        """Called by the clock: a ping after silence, an end when nothing is followed."""
        if self._reader or self._catching_up is not None:
            self._followed_at = now
        elif now >= self._followed_at + self._idle_s:
            self._end(1000, "idle")
            return
        if now >= self._told_at + self._ping_every_s and self._catching_up is None:
            self._told_at = now
            # Without room there is no need of it either.
            self._outlet.put(self._frames.ping())

    def _tell(self) -> None:
        """Called by the subscription: there are news."""
        if self._task is None or self._reader is None:
            return
        if self._catching_up is not None and not self._reader.stopped:
            return
        try:
            while (message := self._next()) is not None:
                if not self._outlet.put(message):
                    self._catching_up = asyncio.create_task(self._catch_up(message), name="progress-socket-slow")
                    return
        except ServerStopping as error:
            self._end(close_code(error), error.code)
        except Exception:
            # A defect: on record, and the client may come back.
            logger.exception("progress_not_told")
            self._end(close_code(InternalError()), InternalError.code)

    async def _catch_up(self, message: Message) -> None:
        """Sends as the client reads: each time the newest, until there is nothing that it has not."""
        try:
            news: Message | None = message
            while news is not None:
                await self._outlet.send(news.text)
                news = self._next()
            self._catching_up = None
        except (ConnectionClosed, WebsocketClosed):
            # Its handler is being cancelled for the same reason.
            return
        except ServerStopping as error:
            self._end(close_code(error), error.code)
        except Exception:
            # A defect: on record, and the client may come back.
            logger.exception("progress_not_told")
            self._end(close_code(InternalError()), InternalError.code)

    def _next(self) -> Message | None:
        update = None if self._reader is None else self._reader.take()
        if update is None:
            return None
        self._told_at = monotonic()
        return self._render(update)

    def _end(self, code: int, reason: str) -> None:
        if self._ending is None and self._task is not None:
            self._ending = (code, reason)
            self._task.cancel()

    async def _hear(self, reader: Subscription) -> NoReturn:
        while True:
            message = await self._outlet.receive()
            if message is None:
                continue
            try:
                await self._obey(reader, message)
            except MusicError as error:
                await self._outlet.send(self._frames.error(error))
            except (ConnectionClosed, WebsocketClosed):
                raise
            except Exception:
                # A defect: on record, and told, as the client waits for an answer.
                logger.exception("progress_message_failed")
                await self._outlet.send(self._frames.error(InternalError()))

    async def _obey(self, reader: Subscription, message: str | bytes) -> None:
        change = change_of_message(message)
        for job_id in change.unsubscribe:
            reader.drop(job_id)
        new = [wish for wish in change.subscribe if wish.job_id not in reader]
        if len(reader) + len(new) > JOBS_PER_SOCKET:
            raise TooManyRequests(f"At most {JOBS_PER_SOCKET} jobs on one socket.")
        for wish in new:
            await self._follow(reader, wish, needed=False)

    async def _follow(self, reader: Subscription, wish: Wish, *, needed: bool) -> None:
        try:
            await reader.add(wish.job_id, since=wish.since)
        except ServerStopping:
            raise
        except MusicError as error:
            if needed:
                raise
            await self._outlet.send(self._frames.error(error, job_id=wish.job_id))
