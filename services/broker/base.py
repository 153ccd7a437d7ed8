"""The broker seam: a work queue of job ids, and a stream of progress events to every web process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from models.ids import JobId
from models.progress import ProgressEvent

JobHandler = Callable[[JobId], Awaitable[None]]
"""Runs one delivery to its end. It must be idempotent: a delivery may come twice, and does if it raises."""


class Broker(Protocol):
    """Delivers each job at least once to one worker, and each event at most once to every listener."""

    async def publish_job(self, job_id: JobId, *, delay_s: float = 0.0) -> None:
        """Queues the job; returns once the broker has it safely. Raises `QueueUnavailable`."""
        ...

    async def consume_jobs(self, handler: JobHandler, *, concurrency: int) -> None:
        """Feeds deliveries to `handler`, at most `concurrency` at a time, until cancelled; outlives broker restarts."""
        ...

    async def publish_event(self, event: ProgressEvent) -> None:
        """Tells every web process; may be lost, never raises, never waits for a broker that is gone."""
        ...

    def events(self) -> AsyncIterator[ProgressEvent]:
        """Every event published anywhere from now on; outlives broker restarts. One task owns the iteration."""
        ...

    async def depth(self) -> int | None:
        """Jobs waiting in the queue; `None` when the broker cannot say."""
        ...
