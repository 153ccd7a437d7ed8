"""Runs deliveries of RabbitMQ's work queue, across every kind of break.

A delivery is only a hint "look at job X"; the handler claims the job by compare-and-set. So a delivery whose channel
died is dropped here while its handler goes on: its copy, delivered again, finds the lease held and is settled.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass

from aiormq.abc import AbstractChannel, DeliveredMessage

from models.errors import QueueUnavailable
from models.ids import JobId
from services.broker.attempt import attempt
from services.broker.base import Bury, JobHandler
from services.broker.codec import job_from_bytes
from services.broker.publisher import FAILURES_HEADER, JobPublisher
from services.broker.redelivery import RedeliveryPolicy
from services.broker.supervisor import ChannelEnd, LinkLost, link_errors
from services.broker.topology import RPC_TIMEOUT_S, Topology

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Delivery:
    channel: AbstractChannel
    tag: int
    """Dies with its channel: on another one it would name another delivery."""
    body: bytes
    failures: int

    @classmethod
    def of(cls, message: DeliveredMessage) -> _Delivery:
        failures = (message.header.properties.headers or {}).get(FAILURES_HEADER)
        return cls(
            message.channel,
            message.delivery_tag or 0,
            message.body,
            failures if isinstance(failures, int) else 0,
        )


class JobConsumer:
    """One call of `consume_jobs`: its channel now, and the handlers it started on this or earlier channels."""

    def __init__(
        self,
        handler: JobHandler,
        *,
        concurrency: int,
        topology: Topology,
        publisher: JobPublisher,
        redelivery: RedeliveryPolicy,
        counts: Counter[str],
    ) -> None:
        self._handler = handler
        self._concurrency = concurrency
        self._topology = topology
        self._publisher = publisher
        self._redelivery = redelivery
        self._counts = counts
        # Prefetch bounds the deliveries of one channel; this bounds the handlers, which may outlive theirs.
        self._slots = asyncio.Semaphore(concurrency)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.bound = False
        """Whether the broker feeds it now."""

    async def session(self, channel: AbstractChannel) -> None:
        """Consumes on this channel until it dies (`LinkLost`) or the task is cancelled."""
        with link_errors():
            end = ChannelEnd(channel, self._topology.jobs)
            await self._topology.declare_jobs(channel)
            await channel.basic_qos(prefetch_count=self._concurrency, timeout=RPC_TIMEOUT_S)
            await channel.basic_consume(self._topology.jobs, self._take, timeout=RPC_TIMEOUT_S)
        self.bound = True
        try:
            await end.wait()
        except asyncio.CancelledError:
            # Before the channel closes: what ends well now can still be acknowledged; closing gives back the rest.
            await self.stop()
            raise
        finally:
            self.bound = False

    async def stop(self) -> None:
        """Cancels the handlers and waits for them."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _take(self, message: DeliveredMessage) -> None:
        # aiormq cancels its own callbacks when the channel dies; the handler runs in a task of ours.
        if self._stopping:
            return
        delivery = _Delivery.of(message)
        task = asyncio.create_task(self._deliver(delivery), name=f"delivery-{delivery.tag}")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (exc := task.exception()) is not None:
            logger.error("delivery_broke", exc_info=exc)

    async def _deliver(self, delivery: _Delivery) -> None:
        try:
            job_id = job_from_bytes(delivery.body)
        except ValueError as exc:
            await self._bury(delivery, reason=f"not a job: {exc}", failures=delivery.failures)
            return
        async with self._slots:
            self._counts["deliveries"] += 1
            fault = await attempt(self._handler, job_id)
        if fault is None:
            await self._settle(delivery)
        elif isinstance(fault, Bury):
            await self._bury(delivery, reason=str(fault), failures=delivery.failures)
        elif not self._stopping:
            await self._retry(delivery, job_id, delivery.failures + 1, fault)

    async def _retry(self, delivery: _Delivery, job_id: JobId, failures: int, fault: Exception) -> None:
        delay_s = self._redelivery.delay_s(failures)
        facts = {"job_id": job_id, "failures": failures, "delay_s": delay_s}
        logger.warning("job_handler_raised", exc_info=fault, extra=facts)
        if delay_s is None:
            await self._bury(
                delivery, reason=f"raised {failures} times, last {type(fault).__name__}", failures=failures
            )
            return
        # A copy for later, also when this delivery's channel is dead: its own copy may have been settled meanwhile,
        # when it found the lease held by the run that has failed just now.
        try:
            await self._publisher.publish(job_id, delay_s=delay_s, failures=failures)
        except QueueUnavailable:
            await self._give_back(delivery)
            return
        self._counts["redeliveries"] += 1
        await self._settle(delivery)

    async def _bury(self, delivery: _Delivery, *, reason: str, failures: int) -> None:
        facts = {"body": delivery.body[:200].decode(errors="replace"), "reason": reason, "failures": failures}
        logger.error("job_buried", extra=facts)
        try:
            await self._publisher.bury(delivery.body, reason=reason, failures=failures)
        except QueueUnavailable:
            await self._give_back(delivery)
            return
        self._counts["buried"] += 1
        await self._settle(delivery)

    async def _give_back(self, delivery: _Delivery) -> None:
        # Not left unsettled: it would keep one place of the prefetch window for good.
        try:
            with link_errors():
                await delivery.channel.basic_nack(delivery.tag, requeue=True)
        except LinkLost:
            self._counts["acks_dropped"] += 1

    async def _settle(self, delivery: _Delivery) -> None:
        try:
            with link_errors():
                await delivery.channel.basic_ack(delivery.tag)
        except LinkLost as exc:
            self._counts["acks_dropped"] += 1
            logger.info("ack_dropped", extra={"reason": str(exc)})
