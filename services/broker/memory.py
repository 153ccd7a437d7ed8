"""The broker inside one process: no server, the same rules. What is queued dies with the process; the reaper, which
finds neglected jobs in the database, queues it again after a restart."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from models.errors import QueueUnavailable
from models.ids import JobId
from models.progress import ProgressEvent
from services.broker.attempt import attempt
from services.broker.base import BrokerStats, Bury, JobHandler
from services.broker.latest import LatestByJob
from services.broker.redelivery import RedeliveryPolicy

logger = logging.getLogger(__name__)

DEAD_LETTERS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class _Delivery:
    job_id: JobId
    failures: int = 0


class MemoryBroker:
    """Serves one process only. See `services.broker.base.Broker`."""

    def __init__(self, *, redelivery: RedeliveryPolicy | None = None, event_capacity: int = 10_000) -> None:
        self._redelivery = redelivery or RedeliveryPolicy()
        self._event_capacity = event_capacity
        self._ready: deque[_Delivery] = deque()
        self._filled = asyncio.Event()
        self._timers: set[asyncio.TimerHandle] = set()
        self._listeners: set[LatestByJob] = set()
        self._dead: deque[_Delivery] = deque(maxlen=DEAD_LETTERS_KEPT)
        self._counts: Counter[str] = Counter()
        self._consumers = 0
        self._closed = False

    async def start(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        """Drops the timers of delayed deliveries and refuses new ones."""
        self._closed = True
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    @property
    def connected(self) -> bool:
        """Whether it is open."""
        return not self._closed

    async def publish_job(self, job_id: JobId, *, delay_s: float = 0.0) -> None:
        """Queues the job; raises `QueueUnavailable` after `close`."""
        if self._closed:
            raise QueueUnavailable
        self._put(_Delivery(job_id), delay_s)
        self._counts["jobs_published"] += 1

    async def consume_jobs(self, handler: JobHandler, *, concurrency: int) -> None:
        """Runs `handler` until cancelled; see the protocol."""
        stopping = asyncio.Event()
        tasks = [
            asyncio.create_task(self._consume(handler, stopping), name=f"memory-broker-consumer-{number}")
            for number in range(concurrency)
        ]
        self._consumers += 1
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._consumers -= 1
            stopping.set()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _consume(self, handler: JobHandler, stopping: asyncio.Event) -> None:
        # Checked, too, because a handler may well answer its cancellation by returning: it has settled the job.
        while not stopping.is_set():
            while not self._ready:
                self._filled.clear()
                await self._filled.wait()
            await self._deliver(self._ready.popleft(), handler)

    async def _deliver(self, delivery: _Delivery, handler: JobHandler) -> None:
        self._counts["deliveries"] += 1
        try:
            fault = await attempt(handler, delivery.job_id)
        except asyncio.CancelledError:
            self._put(delivery, 0.0)
            raise
        if isinstance(fault, Bury):
            self._bury(delivery, str(fault))
        elif fault is not None:
            self._retry(delivery, fault)

    def _retry(self, delivery: _Delivery, fault: Exception) -> None:
        failures = delivery.failures + 1
        delay_s = self._redelivery.delay_s(failures)
        facts = {"job_id": delivery.job_id, "failures": failures, "delay_s": delay_s}
        logger.warning("job_handler_raised", exc_info=fault, extra=facts)
        if delay_s is None:
            self._bury(delivery, f"raised {failures} times")
            return
        self._counts["redeliveries"] += 1
        self._put(_Delivery(delivery.job_id, failures), delay_s)

    def _bury(self, delivery: _Delivery, reason: str) -> None:
        logger.error("job_buried", extra={"job_id": delivery.job_id, "reason": reason})
        self._counts["buried"] += 1
        self._dead.append(delivery)

    def _put(self, delivery: _Delivery, delay_s: float) -> None:
        if self._closed:
            return
        if delay_s <= 0:
            self._ready.append(delivery)
            self._filled.set()
            return

        def due() -> None:
            self._timers.discard(timer)
            self._put(delivery, 0.0)

        timer = asyncio.get_running_loop().call_later(delay_s, due)
        self._timers.add(timer)

    async def publish_event(self, event: ProgressEvent) -> None:
        """Puts the event into every listener's buffer."""
        self._counts["events_published"] += 1
        for listener in self._listeners:
            listener.put(event)

    async def events(self) -> AsyncGenerator[ProgressEvent, None]:
        """See the protocol; listens from the first step of the iteration on."""
        buffer = LatestByJob(self._event_capacity)
        self._listeners.add(buffer)
        try:
            while True:
                event = await buffer.take()
                self._counts["events_received"] += 1
                yield event
        finally:
            self._counts["events_dropped"] += buffer.dropped
            self._listeners.discard(buffer)

    async def depth(self) -> int | None:
        """Deliveries that are due and wait for a handler."""
        return len(self._ready)

    async def dead_letters(self) -> int | None:
        """Deliveries put aside."""
        return len(self._dead)

    def stats(self) -> BrokerStats:
        """What happened so far."""
        counts = dict(self._counts)
        counts["events_dropped"] = counts.get("events_dropped", 0) + sum(each.dropped for each in self._listeners)
        return BrokerStats(**counts, consumers=self._consumers, listeners=len(self._listeners))
