"""The broker over RabbitMQ (3.10 or later), through aiormq alone. See `topology` for what exists in the broker."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable

from aiormq.abc import AbstractChannel
from pamqp.commands import Basic

from models.ids import JobId
from models.progress import ProgressEvent
from services.broker.base import BrokerStats, JobHandler
from services.broker.codec import event_to_bytes
from services.broker.consumer import JobConsumer
from services.broker.latest import LatestByJob
from services.broker.listener import EventListener
from services.broker.publisher import JobPublisher
from services.broker.redelivery import RedeliveryPolicy
from services.broker.supervisor import Backoff, LinkLost, Supervisor, close_channel, link_errors
from services.broker.topology import Topology

logger = logging.getLogger(__name__)


class RabbitBroker:
    """See `services.broker.base.Broker`.

    `url` is an `amqp://` or `amqps://` address; `prefix` begins the names of all that is declared. `publish_deadline_s`
    bounds how long a publisher waits for a broker that is away.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "music_dl",
        publish_deadline_s: float = 5.0,
        count_deadline_s: float = 2.0,
        redelivery: RedeliveryPolicy | None = None,
        backoff: Backoff | None = None,
        event_capacity: int = 10_000,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        # Two connections: a broker short of memory stops reading from one that publishes, acknowledgements included.
        self._publishing = Supervisor(url, purpose="publish", backoff=backoff, jitter=jitter)
        self._consuming = Supervisor(url, purpose="consume", backoff=backoff, jitter=jitter)
        self._topology = Topology(prefix)
        self._publisher = JobPublisher(self._publishing, self._topology, deadline_s=publish_deadline_s)
        self._redelivery = redelivery or RedeliveryPolicy()
        self._count_deadline_s = count_deadline_s
        self._event_capacity = event_capacity
        self._outbox = LatestByJob(event_capacity)
        self._sender: asyncio.Task[None] | None = None
        self._consumers: set[JobConsumer] = set()
        self._listeners: set[EventListener] = set()
        self._counts: Counter[str] = Counter()

    async def start(self) -> None:
        """Begins to connect, and returns at once."""
        self._publishing.start()
        self._consuming.start()
        self._sender = asyncio.create_task(self._publishing.run(self._send), name="rabbitmq-events-out")

    async def close(self) -> None:
        """Ends the connections. Events not yet sent are lost; the database has what they said."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.wait({self._sender})
        await self._consuming.close()
        await self._publishing.close()

    @property
    def connected(self) -> bool:
        """Whether both connections stand."""
        return self._publishing.connected and self._consuming.connected

    async def publish_job(self, job_id: JobId, *, delay_s: float = 0.0) -> None:
        """Queues the job; see the protocol."""
        await self._publisher.publish(job_id, delay_s=delay_s)
        self._counts["jobs_published"] += 1

    async def consume_jobs(self, handler: JobHandler, *, concurrency: int) -> None:
        """Runs `handler` until cancelled; see the protocol."""
        consumer = JobConsumer(
            handler,
            concurrency=concurrency,
            topology=self._topology,
            publisher=self._publisher,
            redelivery=self._redelivery,
            counts=self._counts,
        )
        self._consumers.add(consumer)
        try:
            await self._consuming.run(consumer.session)
        finally:
            self._consumers.discard(consumer)
            await consumer.stop()

    async def publish_event(self, event: ProgressEvent) -> None:
        """Leaves the event for the sending task."""
        self._outbox.put(event)

    async def _send(self, channel: AbstractChannel) -> None:
        with link_errors():
            await self._topology.declare_events(channel)
        while True:
            event = await self._outbox.take()
            try:
                with link_errors():
                    await channel.basic_publish(
                        event_to_bytes(event),
                        exchange=self._topology.progress,
                        routing_key=f"job.{event.job_id}",
                        properties=Basic.Properties(delivery_mode=1, content_type="application/json"),
                    )
            except LinkLost:
                self._outbox.put(event)
                raise
            self._counts["events_published"] += 1

    async def events(self) -> AsyncGenerator[ProgressEvent, None]:
        """See the protocol; listens some milliseconds after the first step of the iteration."""
        listener = EventListener(buffer=LatestByJob(self._event_capacity), topology=self._topology, counts=self._counts)
        task = asyncio.create_task(self._consuming.run(listener.session), name="rabbitmq-events-in")
        self._listeners.add(listener)
        try:
            while True:
                yield await listener.buffer.take()
        finally:
            self._listeners.discard(listener)
            self._counts["events_dropped"] += listener.buffer.dropped
            task.cancel()
            await asyncio.wait({task})

    async def depth(self) -> int | None:
        """Messages ready in the work queue; those that wait for a delay are not counted."""
        return await self._count(self._topology.jobs)

    async def dead_letters(self) -> int | None:
        """Messages in the queue of dead letters."""
        return await self._count(self._topology.dead)

    async def _count(self, queue: str) -> int | None:
        # In a task of its own: see `link_errors`.
        return await asyncio.create_task(self._try_to_count(queue), name=f"count:{queue}")

    async def _try_to_count(self, queue: str) -> int | None:
        try:
            async with asyncio.timeout(self._count_deadline_s):
                # A channel of its own: the broker closes it when it refuses.
                channel = await self._publishing.channel()
                try:
                    with link_errors():
                        # On a new broker nobody may have declared them yet: no queue is no reason to be "not ready".
                        await self._topology.declare_jobs(channel)
                        return await self._topology.count(channel, queue)
                finally:
                    await close_channel(channel)
        except (LinkLost, TimeoutError) as exc:
            logger.info("queue_not_counted", extra={"queue": queue, "reason": str(exc)})
            return None

    def stats(self) -> BrokerStats:
        """What this process did so far."""
        counts = dict(self._counts)
        waiting = self._outbox.dropped + sum(each.buffer.dropped for each in self._listeners)
        counts["events_dropped"] = counts.get("events_dropped", 0) + waiting
        return BrokerStats(
            **counts,
            connects=self._publishing.connects + self._consuming.connects,
            consumers=sum(each.bound for each in self._consumers),
            listeners=sum(each.bound for each in self._listeners),
        )
