"""A connection to RabbitMQ that comes back: aiormq itself never reconnects.

Everything that aiormq and the socket raise when a line breaks becomes `LinkLost` here, in one place.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

import aiormq
from aiormq.abc import AbstractChannel, AbstractConnection
from yarl import URL

from services.broker.topology import RPC_TIMEOUT_S

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 10.0
CHANNEL_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.0
LOOK_EVERY_S = 10.0
HEARTBEAT_S = 15
"""A peer that vanished without a word is noticed within three of these; aiormq's own default takes three minutes."""

Session = Callable[[AbstractChannel], Awaitable[None]]


class LinkLost(Exception):
    """The connection or the channel is gone, or the broker refused; the next try may do better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Pauses between tries: base · 2^(failures-1), at most `max_s`, each shortened by up to a half at random."""

    base_s: float = 0.1
    max_s: float = 5.0

    def pause_s(self, failures: int, jitter: float) -> float:
        """The pause after so many failures in a row (from 1); `jitter` is uniform in 0..1."""
        return float(min(self.max_s, self.base_s * 2 ** min(failures - 1, 16))) * (1 - jitter / 2)


@contextlib.contextmanager
def link_errors() -> Iterator[None]:
    """Turns whatever a broken line raises into `LinkLost`; a cancellation of the calling task stays one, always.

    For tasks of the broker's own: a caller's task may have been cancelled long before, and be cleaning up.
    """
    try:
        yield
    except (aiormq.exceptions.AMQPError, OSError, EOFError, RuntimeError) as exc:
        # RuntimeError: aiormq's "closed" for connections and, as a subclass, for channels.
        if _is_being_cancelled():
            # Cancelled in the moment of the break, aiormq answers with the break. A loop would go on for ever.
            raise asyncio.CancelledError from exc
        raise LinkLost(f"{type(exc).__name__}: {exc}") from exc
    except asyncio.CancelledError as exc:
        # aiormq ends what waits on a dying connection with CancelledError, too.
        if _is_being_cancelled():
            raise
        raise LinkLost("the connection ended") from exc
    if _is_being_cancelled():
        # The `asyncio.wait_for` of Python 3.11, which aiormq uses, forgets a cancellation that meets an answer.
        raise asyncio.CancelledError


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


class ChannelEnd:
    """Watches a channel that consumes from `queue`, from the moment it is made.

    A channel's use ends when it is closed, by whomever, or when the broker cancels its consumer because the queue is
    gone (then the channel itself stays open). A broker that deletes a queue in the moment in which it is consumed from
    may forget to say so: so the queue is looked at now and then.
    """

    def __init__(self, channel: AbstractChannel, queue: str, *, look_every_s: float = LOOK_EVERY_S) -> None:
        self._channel = channel
        self._queue = queue
        self._look_every_s = look_every_s
        self._cancelled = asyncio.Event()
        channel.on_consumer_cancel_callbacks.add(lambda _: self._cancelled.set())

    async def wait(self) -> NoReturn:
        """Waits until nothing more will be delivered, then raises `LinkLost`."""
        cancelled = asyncio.create_task(self._cancelled.wait(), name="consumer-cancelled")
        look = asyncio.create_task(self._look(), name="consumer-look")
        try:
            done, _ = await asyncio.wait({self._channel.closing, cancelled, look}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cancelled.cancel()
            look.cancel()
            await asyncio.gather(cancelled, look, return_exceptions=True)
        if look in done:
            look.result()
        raise LinkLost("the broker cancelled the consumer" if self._cancelled.is_set() else "the channel was closed")

    async def _look(self) -> NoReturn:
        while True:
            await asyncio.sleep(self._look_every_s)
            with link_errors():
                # When there is no such queue, the broker closes the channel.
                queue = await self._channel.queue_declare(self._queue, passive=True, timeout=RPC_TIMEOUT_S)
            if not queue.consumer_count:
                raise LinkLost("nobody consumes from the queue")


async def close_channel(channel: AbstractChannel) -> None:
    """Closes the channel if it still lives; the broker takes back what was not acknowledged on it."""
    with contextlib.suppress(LinkLost), link_errors():
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await channel.close()


class Supervisor:
    """Owns one connection; `run` keeps a session going on it across every kind of break."""

    def __init__(
        self, url: str, *, purpose: str, backoff: Backoff | None = None, jitter: Callable[[], float] = random.random
    ) -> None:
        parsed = URL(url)
        options = {"heartbeat": str(HEARTBEAT_S), "name": f"music-dl {purpose}", **parsed.query}
        self._url = parsed.with_query(options)
        self._purpose = purpose
        self._backoff = backoff or Backoff()
        self._jitter = jitter
        self._connection: AbstractConnection | None = None
        self._up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connects = 0

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return self._up.is_set()

    def start(self) -> None:
        """Begins to connect, and returns at once."""
        self._task = asyncio.create_task(self._keep(), name=f"rabbitmq-{self._purpose}")

    async def close(self) -> None:
        """Closes the connection for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def channel(self, *, confirms: bool = False) -> AbstractChannel:
        """A new channel, as soon as there is a connection; raises `LinkLost` if that broke meanwhile."""
        await self._up.wait()
        connection = self._connection
        if connection is None:
            raise LinkLost("not connected")
        with link_errors():
            return await connection.channel(publisher_confirms=confirms, timeout=CHANNEL_TIMEOUT_S)

    async def run(self, session: Session) -> NoReturn:
        """Calls `session` with an open channel, and again with a new one each time it ends, until cancelled.

        The session turns what aiormq raises into `LinkLost` (`link_errors`); anything else it raises is a defect.
        """
        failures = 0
        while True:
            opened = asyncio.get_running_loop().time()
            try:
                channel = await self.channel()
                try:
                    await session(channel)
                finally:
                    await close_channel(channel)
            except LinkLost as exc:
                # One that held for a while failed for a new reason: begin with short pauses again.
                lived = asyncio.get_running_loop().time() - opened > self._backoff.max_s
                failures = 1 if lived else failures + 1
                logger.warning("rabbitmq_session_lost", extra={"purpose": self._purpose, "reason": str(exc)})
            await asyncio.sleep(self._backoff.pause_s(max(failures, 1), self._jitter()))

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                connection = await self._connect()
            except LinkLost as exc:
                failures += 1
                pause_s = self._backoff.pause_s(failures, self._jitter())
                facts = {"purpose": self._purpose, "reason": str(exc), "failures": failures, "pause_s": pause_s}
                logger.warning("rabbitmq_unreachable", extra=facts)
                await asyncio.sleep(pause_s)
                continue
            failures = 0
            await self._hold(connection)
            # A broker that accepts and hangs up must not be asked in a tight loop.
            await asyncio.sleep(self._backoff.pause_s(1, self._jitter()))

    async def _connect(self) -> AbstractConnection:
        try:
            with link_errors():
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    return await aiormq.connect(self._url)
        except LinkLost:
            raise
        except Exception as exc:
            # Something that is no broker may answer anything; whatever became of that, the next try is all there is.
            raise LinkLost(f"{type(exc).__name__}: {exc}") from exc

    async def _hold(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self.connects += 1
        self._up.set()
        logger.info("rabbitmq_connected", extra={"purpose": self._purpose, "connects": self.connects})
        try:
            await asyncio.wait({connection.closing})
            logger.warning("rabbitmq_connection_lost", extra={"purpose": self._purpose})
        finally:
            self._up.clear()
            self._connection = None
            with contextlib.suppress(LinkLost), link_errors():
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await connection.close()
