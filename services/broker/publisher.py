"""Puts jobs into RabbitMQ's queues, and returns only when they are safe there."""

from __future__ import annotations

import asyncio
import contextlib
import math

from aiormq.abc import AbstractChannel
from aiormq.exceptions import PublishError
from pamqp.commands import Basic

from models.errors import QueueUnavailable
from models.ids import JobId
from services.broker.codec import job_to_bytes
from services.broker.supervisor import LinkLost, Supervisor, close_channel, link_errors
from services.broker.topology import Topology

FAILURES_HEADER = "x-failures"
REASON_HEADER = "x-reason"
PAUSE_S = 0.05


class Returned(Exception):
    """The broker gave the message back: no such queue."""


class JobPublisher:
    """One confirmed channel, shared by all callers, replaced when it breaks."""

    def __init__(self, supervisor: Supervisor, topology: Topology, *, deadline_s: float) -> None:
        self._supervisor = supervisor
        self._topology = topology
        self._deadline_s = deadline_s
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()

    async def publish(self, job_id: JobId, *, delay_s: float = 0.0, failures: int = 0) -> None:
        """Into the work queue, after `delay_s`. Waits for a broker that is away; raises `QueueUnavailable`."""
        await self._publish(self._topology.jobs, job_to_bytes(job_id), delay_s, {FAILURES_HEADER: failures})

    async def bury(self, body: bytes, *, reason: str, failures: int) -> None:
        """Into the queue of dead letters; raises `QueueUnavailable`."""
        await self._publish(self._topology.dead, body, 0.0, {FAILURES_HEADER: failures, REASON_HEADER: reason[:200]})

    async def _publish(self, queue: str, body: bytes, delay_s: float, headers: dict[str, int | str]) -> None:
        # In a task of its own: see `link_errors`.
        await asyncio.create_task(self._try_to_publish(queue, body, delay_s, headers), name=f"publish:{queue}")

    async def _try_to_publish(self, queue: str, body: bytes, delay_s: float, headers: dict[str, int | str]) -> None:
        reason: Exception | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._deadline_s):
                while True:
                    try:
                        return await self._once(queue, body, delay_s, headers)
                    except Returned as exc:
                        if isinstance(reason, Returned):
                            break
                        # The queue was deleted; a new channel declares it again.
                        reason = exc
                        await self._forget_channel()
                    except LinkLost as exc:
                        reason = exc
                    await asyncio.sleep(PAUSE_S)
        raise QueueUnavailable(reason=str(reason or "no answer in time")) from reason

    async def _once(self, queue: str, body: bytes, delay_s: float, headers: dict[str, int | str]) -> None:
        channel = await self._open()
        properties = Basic.Properties(delivery_mode=2, content_type="application/json", headers=dict(headers))
        with link_errors():
            if delay_s > 0:
                queue = self._topology.delay_queue(delay_s)
                properties.expiration = str(math.ceil(delay_s * 1000))
            try:
                await channel.basic_publish(body, routing_key=queue, properties=properties, mandatory=True)
            except PublishError as exc:
                raise Returned(f"no queue {queue}") from exc

    async def _open(self) -> AbstractChannel:
        async with self._opening:
            if self._channel is not None and not self._channel.is_closed:
                return self._channel
            channel = await self._supervisor.channel(confirms=True)
            try:
                with link_errors():
                    await self._topology.declare_jobs(channel)
                    await self._topology.declare_delays(channel)
            except BaseException:
                await close_channel(channel)
                raise
            self._channel = channel
            return channel

    async def _forget_channel(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await close_channel(channel)
