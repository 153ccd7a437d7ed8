"""The access queue over RabbitMQ (3.10 or later). Declared on every channel: it may have been deleted.

    publish ──► <name> (quorum) ──► one batch at a time to each consumer
                  │ rejected, or 20 times given back
                  └──► <name>.dead

A queue that holds as much as it may refuses more: batches then wait in their senders' spools.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic

from models.errors import QueueUnavailable
from services.access.base import BatchHandler
from services.access.codec import BadBatch
from services.broker.supervisor import Backoff, ChannelEnd, LinkLost, Supervisor, close_channel, link_errors
from services.broker.topology import RPC_TIMEOUT_S

logger = logging.getLogger(__name__)

DELIVERY_LIMIT = 20
BATCHES_KEPT = 50_000
DEAD_LETTERS_KEPT = 1_000
PUBLISH_DEADLINE_S = 10.0
COUNT_DEADLINE_S = 2.0
FAILURE_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class _Queues:
    name: str

    @property
    def dead(self) -> str:
        return f"{self.name}.dead"

    async def declare(self, channel: AbstractChannel) -> None:
        await channel.queue_declare(
            self.dead,
            durable=True,
            arguments={"x-queue-type": "quorum", "x-max-length": DEAD_LETTERS_KEPT, "x-overflow": "drop-head"},
            timeout=RPC_TIMEOUT_S,
        )
        await channel.queue_declare(
            self.name,
            durable=True,
            arguments={
                "x-queue-type": "quorum",
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-max-length": BATCHES_KEPT,
                "x-overflow": "reject-publish",
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": self.dead,
                "x-dead-letter-strategy": "at-least-once",
            },
            timeout=RPC_TIMEOUT_S,
        )


class RabbitAccessQueue:
    """Implements `AccessQueue`. `name` is the queue's real name."""

    def __init__(
        self,
        url: str,
        *,
        name: str,
        backoff: Backoff | None = None,
        publish_deadline_s: float = PUBLISH_DEADLINE_S,
        failure_pause_s: float = FAILURE_PAUSE_S,
    ) -> None:
        # Two connections: a broker short of memory stops reading from one that publishes, acknowledgements included.
        self._publishing = Supervisor(url, purpose="access out", backoff=backoff)
        self._consuming = Supervisor(url, purpose="access in", backoff=backoff)
        self._queues = _Queues(name)
        self._publish_deadline_s = publish_deadline_s
        self._failure_pause_s = failure_pause_s
        self._channel: AbstractChannel | None = None
        self._consuming_started = False

    async def start(self) -> None:
        """Begins to connect, and returns at once."""
        self._publishing.start()

    async def close(self) -> None:
        """Ends the connections."""
        if self._consuming_started:
            await self._consuming.close()
        await self._publishing.close()

    async def publish(self, body: bytes) -> None:
        """Returns once the broker has the batch safely."""
        try:
            async with asyncio.timeout(self._publish_deadline_s):
                channel = await self._open()
                with link_errors():
                    # Comes back as an error, too, when the queue was deleted; a new channel declares it again.
                    await channel.basic_publish(
                        body,
                        routing_key=self._queues.name,
                        properties=Basic.Properties(delivery_mode=2, content_type="application/json"),
                        mandatory=True,
                    )
        except (LinkLost, TimeoutError) as exc:
            # Never again on this channel: what it may still have under way cannot be told apart any more.
            await self._forget_channel()
            raise QueueUnavailable(reason=str(exc) or "no answer in time") from exc

    async def consume(self, handler: BatchHandler) -> None:
        """Feeds batches to `handler` until cancelled; what it had not settled is delivered again."""
        if not self._consuming_started:
            self._consuming_started = True
            self._consuming.start()

        async def session(channel: AbstractChannel) -> None:
            await self._consume_on(channel, handler)

        await self._consuming.run(session)

    async def _consume_on(self, channel: AbstractChannel, handler: BatchHandler) -> None:
        messages: asyncio.Queue[DeliveredMessage] = asyncio.Queue()
        with link_errors():
            end = ChannelEnd(channel, self._queues.name)
            await self._queues.declare(channel)
            # One in work, one at hand.
            await channel.basic_qos(prefetch_count=2, timeout=RPC_TIMEOUT_S)
            await channel.basic_consume(self._queues.name, messages.put, timeout=RPC_TIMEOUT_S)
        ended = asyncio.create_task(end.wait(), name="access-channel-end")
        working = asyncio.create_task(self._settle_all(channel, messages, handler), name="access-consumer")
        try:
            done, _ = await asyncio.wait({ended, working}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (ended, working):
                task.cancel()
            await asyncio.gather(ended, working, return_exceptions=True)

    async def _settle_all(
        self, channel: AbstractChannel, messages: asyncio.Queue[DeliveredMessage], handler: BatchHandler
    ) -> None:
        while True:
            message = await messages.get()
            tag = message.delivery_tag or 0
            try:
                await handler(message.body)
            except BadBatch as error:
                logger.error("access_batch_buried", extra={"reason": str(error), "bytes": len(message.body)})  # noqa: TRY400
                with link_errors():
                    await channel.basic_reject(tag, requeue=False)
            except Exception:
                logger.exception("access_batch_failed")
                await asyncio.sleep(self._failure_pause_s)
                with link_errors():
                    # The broker counts, and buries what comes back too often.
                    await channel.basic_nack(tag, requeue=True)
            else:
                with link_errors():
                    await channel.basic_ack(tag)

    async def depth(self) -> int | None:
        """Batches ready in the queue."""
        return await self._count(self._queues.name)

    async def dead_letters(self) -> int | None:
        """Batches in the queue of dead letters."""
        return await self._count(self._queues.dead)

    async def _open(self) -> AbstractChannel:
        if self._channel is not None and not self._channel.is_closed:
            return self._channel
        channel = await self._publishing.channel(confirms=True)
        try:
            with link_errors():
                await self._queues.declare(channel)
        except BaseException:
            await close_channel(channel)
            raise
        self._channel = channel
        return channel

    async def _forget_channel(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await close_channel(channel)

    async def _count(self, queue: str) -> int | None:
        try:
            async with asyncio.timeout(COUNT_DEADLINE_S):
                # A channel of its own: the broker closes it when there is no such queue.
                channel = await self._publishing.channel()
                try:
                    with link_errors():
                        declared = await channel.queue_declare(queue, passive=True, timeout=RPC_TIMEOUT_S)
                        return int(declared.message_count or 0)
                finally:
                    await close_channel(channel)
        except (LinkLost, TimeoutError) as exc:
            logger.info("queue_not_counted", extra={"queue": queue, "reason": str(exc)})
            return None
