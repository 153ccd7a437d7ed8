"""Hears every progress event through RabbitMQ, on a queue of this process's own."""

from __future__ import annotations

import logging
from collections import Counter

from aiormq.abc import AbstractChannel, DeliveredMessage

from services.broker.codec import event_from_bytes
from services.broker.latest import LatestByJob
from services.broker.supervisor import ChannelEnd, link_errors
from services.broker.topology import RPC_TIMEOUT_S, Topology

logger = logging.getLogger(__name__)


class EventListener:
    """Fills `buffer` for as long as its session runs; the queue goes with its connection."""

    def __init__(self, *, buffer: LatestByJob, topology: Topology, counts: Counter[str]) -> None:
        self.buffer = buffer
        self.bound = False
        self._topology = topology
        self._counts = counts

    async def session(self, channel: AbstractChannel) -> None:
        """Listens on this channel until it dies (`LinkLost`) or the task is cancelled."""
        try:
            with link_errors():
                queue = await self._topology.bind_listener(channel)
                end = ChannelEnd(channel, queue)
                await channel.basic_consume(queue, self._hear, no_ack=True, timeout=RPC_TIMEOUT_S)
            self.bound = True
            await end.wait()
        finally:
            self.bound = False

    async def _hear(self, message: DeliveredMessage) -> None:
        try:
            event = event_from_bytes(message.body)
        except ValueError as exc:
            self._counts["events_dropped"] += 1
            logger.warning("event_unreadable", extra={"reason": str(exc)})
            return
        self._counts["events_received"] += 1
        self.buffer.put(event)
