"""The broker seam: a work queue of job ids, and a stream of progress events to every web process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from models.ids import JobId
from models.progress import ProgressEvent

JobHandler = Callable[[JobId], Awaitable[None]]
"""Runs one delivery to its end. It must be idempotent: a delivery may come twice, and does if it raises."""


class Bury(Exception):
    """Raised by a handler: put this delivery with the dead letters, where an operator sees it; `str()` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerStats:
    """What this process's broker client did since it was made."""

    connects: int = 0
    """Connections made to the broker; the twin makes none."""
    jobs_published: int = 0
    deliveries: int = 0
    """Handler runs begun."""
    redeliveries: int = 0
    """Deliveries put back, with a delay, because their handler raised."""
    buried: int = 0
    """Deliveries that this process put with the dead letters."""
    acks_dropped: int = 0
    """Deliveries whose channel died before they were done; the broker delivers them again."""
    events_published: int = 0
    events_received: int = 0
    events_dropped: int = 0
    """Events of other jobs lost because too many waited, or because they could not be read."""
    consumers: int = 0
    """Calls of `consume_jobs` that the broker feeds now."""
    listeners: int = 0
    """Streams of events that are open and bound now."""


class Broker(Protocol):
    """Delivers each job at least once to one worker, and each event at most once to every listener."""

    async def start(self) -> None:
        """Begins to connect and returns at once: a broker that is away is no reason not to start."""
        ...

    async def close(self) -> None:
        """Ends every task and connection; consumers are to be cancelled before."""
        ...

    @property
    def connected(self) -> bool:
        """Whether a job could be published just now."""
        ...

    async def publish_job(self, job_id: JobId, *, delay_s: float = 0.0) -> None:
        """Queues the job, to be delivered not before `delay_s` seconds have passed.

        Returns once the broker has it safely. Raises `QueueUnavailable`; then it may or may not have been queued.
        """
        ...

    async def consume_jobs(self, handler: JobHandler, *, concurrency: int) -> None:
        """Feeds deliveries to `handler`, at most `concurrency` at a time, until cancelled; outlives broker restarts.

        A handler that returns settles its delivery. One that raises gets it again after a growing delay; after too
        many times, or at once for `Bury`, it goes to the dead letters. When this call is cancelled, running handlers
        are cancelled and awaited, and their deliveries go back to the queue. To drain first, let the handler wait
        for ever on what still arrives, and cancel once the running ones are done.
        """
        ...

    async def publish_event(self, event: ProgressEvent) -> None:
        """Tells every web process; may be lost, never raises, never waits for a broker that is gone."""
        ...

    def events(self) -> AsyncGenerator[ProgressEvent, None]:
        """Every job's newest event, published anywhere from now on; outlives broker restarts (events may be lost).

        A reader slower than the events gets each job's newest only. One task owns the iteration, under `aclosing`.
        """
        ...

    async def depth(self) -> int | None:
        """Jobs that could be delivered now and are not; `None` when the broker cannot say."""
        ...

    async def dead_letters(self) -> int | None:
        """Deliveries put aside; `None` when the broker cannot say."""
        ...

    def stats(self) -> BrokerStats:
        """What this process did so far."""
        ...
