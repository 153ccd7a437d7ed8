"""A bounded buffer of events that keeps each job's newest: what a slow reader or a broken line needs."""

from __future__ import annotations

import asyncio

from models.ids import JobId
from models.progress import ProgressEvent


class LatestByJob:
    """One reader, many writers, all in one event loop. Holds at most one event a job and `capacity` jobs.

    When full, the job that waited longest gives way and is counted in `dropped`: a listener learns of it from the
    database, where every event's state has been written before.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._events: dict[JobId, ProgressEvent] = {}
        self._filled = asyncio.Event()
        self.dropped = 0

    def put(self, event: ProgressEvent) -> None:
        """Keeps the event unless a newer one of the same job waits already."""
        waiting = self._events.get(event.job_id)
        if waiting is not None and waiting.seq >= event.seq:
            return
        # A replaced event keeps its place in the line, or a busy job would never reach the front.
        self._events[event.job_id] = event
        if len(self._events) > self._capacity:
            del self._events[next(iter(self._events))]
            self.dropped += 1
        self._filled.set()

    async def take(self) -> ProgressEvent:
        """The event of the job that waited longest; waits for one."""
        while not self._events:
            self._filled.clear()
            await self._filled.wait()
        return self._events.pop(next(iter(self._events)))

    def __len__(self) -> int:
        return len(self._events)
