"""One per process: spreads the broker's events to this process's readers, and asks the database where those fail."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from models.batch import Batch, is_batch_id
from models.errors import DatabaseUnavailable, JobNotFound, ServerStopping
from models.ids import JobId
from models.job import Job
from models.progress import MessageType, ProgressEvent
from services.broker.base import Broker
from services.flight import SingleFlight
from services.progress.subscription import Subscription
from services.tasks import TaskGroup

logger = logging.getLogger(__name__)

MESSAGE_INTERVAL_S = 0.1
"""At most ten changes of a job a second; the end is never held back."""
TOLD_AT_ONCE = 500
"""Readers; the event loop turns before the next ones are told."""
HEARD_AT_MOST = 2000
HEARD_FOR_S = 5.0
"""So long an event that is ahead of the database counts: a worker tells more steps than it writes."""
READS_PER_ROUND = 100
"""Bounds the load on the database when thousands of silent jobs are watched; the longest silent come first."""


class JobReader(Protocol):
    """The part of the job store that is needed here."""

    async def get(self, job_id: JobId) -> Job | None:
        """The job now; raises `DatabaseUnavailable`."""
        ...


class BatchReader(Protocol):
    """The part of the batch store that is needed here."""

    async def get(self, batch_id: JobId) -> Batch | None:
        """The batch now; raises `DatabaseUnavailable`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStats:
    """Numbers for operators."""

    readers: int
    jobs_watched: int
    events_heard: int
    repairs: int
    """States that only the database told: their events had been lost."""


@dataclass(slots=True)
class _Watched:
    readers: set[Subscription] = field(default_factory=set)
    quiet_until: float = 0.0
    """When to look at the database, unless something is heard before."""
    seq: int = -1
    due: float = 0.0
    """When the next change may be told."""
    held: ProgressEvent | None = None
    """The newest of those that came too early."""
    alarm: asyncio.TimerHandle | None = None


class ProgressHub:
    """Tells any number of readers how jobs and batches go on, wherever they run.

    `poll_s`: a watched job of which nothing was heard for so many seconds is read from the database.
    """

    def __init__(
        self,
        *,
        jobs: JobReader,
        broker: Broker,
        batches: BatchReader | None = None,
        poll_s: float = 3.0,
        message_interval_s: float = MESSAGE_INTERVAL_S,
    ) -> None:
        self._jobs = jobs
        self._broker = broker
        self._batches = batches
        self._poll_s = poll_s
        self._message_interval_s = message_interval_s
        self._watched: dict[JobId, _Watched] = {}
        self._readers: set[Subscription] = set()
        self._heard: OrderedDict[JobId, tuple[ProgressEvent, float]] = OrderedDict()
        self._tasks = TaskGroup("progress")
        self._reads: SingleFlight[tuple[JobId, int], Job | Batch | None] = SingleFlight(self._tasks)
        self._events_heard = 0
        self._repairs = 0
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Begins to listen."""
        self._tasks.start("listen", self._listen())
        self._tasks.start("repair", self._repair())

    async def close(self) -> None:
        """Ends every subscription: their readers get `ServerStopping`. May be called twice."""
        self._stopping.set()
        for reader in list(self._readers):
            reader.stop()
        await self._tasks.close()

    def subscribe(self, on_news: Callable[[], None] | None = None) -> Subscription:
        """A new reader, of no job yet. Raises `ServerStopping`.

        `on_news` is called whenever there is something to take, also that the server stops; it must not raise.
        """
        if self._stopping.is_set():
            raise ServerStopping
        reader = Subscription(feed=self, on_news=on_news)
        self._readers.add(reader)
        return reader

    async def wait(self, job_id: JobId, timeout_s: float) -> Job:
        """The job once it is final, or as it is after `timeout_s` seconds.

        Raises `JobNotFound`, `DatabaseUnavailable`, `ServerStopping`.
        """
        job = await self._waited(job_id, timeout_s)
        if isinstance(job, Batch):
            raise JobNotFound
        return job

    async def _waited(self, job_id: JobId, timeout_s: float) -> Job | Batch:
        end = monotonic() + timeout_s
        with self.subscribe() as reader:
            await reader.add(job_id)
            while (left_s := end - monotonic()) > 0:
                update = await reader.next(left_s)
                if update is None:
                    break
                if update.kind in {MessageType.END, MessageType.ERROR}:
                    return await self._read(job_id, after=update.event.seq if update.event else 0)
        return await self._read(job_id, after=self._newest_heard(job_id))

    async def watch(self, reader: Subscription, job_id: JobId) -> ProgressEvent:
        """Begins to offer the job's events to `reader`, and gives its present state.

        Raises `JobNotFound`, `DatabaseUnavailable`, `ServerStopping`.
        """
        # The reader is entered before the database is read: what happens in between is heard, not missed.
        now = monotonic()
        watched = self._watched.get(job_id)
        if watched is None:
            watched = self._watched[job_id] = _Watched(due=now + self._message_interval_s)
        watched.readers.add(reader)
        watched.quiet_until = max(watched.quiet_until, now + self._poll_s)
        present = ProgressEvent.of(await self._read(job_id, after=self._newest_heard(job_id)))
        heard, at = self._heard.get(job_id, (present, 0.0))
        if heard.seq > present.seq and monotonic() - at < HEARD_FOR_S:
            present = heard
        watched.seq = max(watched.seq, present.seq)
        return present

    def unwatch(self, reader: Subscription, job_id: JobId) -> None:
        """Offers the job's events to `reader` no more."""
        watched = self._watched.get(job_id)
        if watched is not None:
            watched.readers.discard(reader)
            if not watched.readers:
                if watched.alarm is not None:
                    watched.alarm.cancel()
                del self._watched[job_id]

    def forget(self, reader: Subscription) -> None:
        """The reader has left."""
        self._readers.discard(reader)

    def stats(self) -> HubStats:
        """Numbers now and since the start."""
        return HubStats(
            readers=len(self._readers),
            jobs_watched=len(self._watched),
            events_heard=self._events_heard,
            repairs=self._repairs,
        )

    async def _get(self, job_id: JobId) -> Job | Batch | None:
        if self._batches is not None and is_batch_id(job_id):
            return await self._batches.get(job_id)
        return await self._jobs.get(job_id)

    async def _read(self, job_id: JobId, *, after: int) -> Job | Batch:
        """What the database has now; those who ask at once, `after` the same event, share one look."""
        if self._stopping.is_set():
            raise ServerStopping
        try:
            job = await self._reads.run((job_id, after), lambda: self._get(job_id))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._stopping.is_set() or task is None or task.cancelling():
                raise
            raise ServerStopping from None  # `close` ended the shared look, not this caller
        if job is None:
            raise JobNotFound
        return job

    def _newest_heard(self, job_id: JobId) -> int:
        heard = self._heard.get(job_id)
        return -1 if heard is None else heard[0].seq

    async def _listen(self) -> None:
        async with aclosing(self._broker.events()) as events:
            async for event in events:
                self._events_heard += 1
                self._note(event)
                self._spread(event)

    def _note(self, event: ProgressEvent) -> None:
        self._heard[event.job_id] = (event, monotonic())
        self._heard.move_to_end(event.job_id)
        if len(self._heard) > HEARD_AT_MOST:
            self._heard.popitem(last=False)

    def _spread(self, event: ProgressEvent, *, certain: bool = False) -> None:
        watched = self._watched.get(event.job_id)
        if watched is None:
            return
        now = monotonic()
        watched.quiet_until = now + self._poll_s
        watched.seq = max(watched.seq, event.seq)
        if event.is_final or now >= watched.due:
            self._tell(watched, event, certain=certain)
        elif watched.held is None or event.seq > watched.held.seq:
            watched.held = event
            if watched.alarm is None:
                loop = asyncio.get_running_loop()
                watched.alarm = loop.call_later(watched.due - now, self._tell_held, watched)

    def _tell_held(self, watched: _Watched) -> None:
        watched.alarm = None
        if watched.held is not None:
            self._tell(watched, watched.held)

    def _tell(self, watched: _Watched, event: ProgressEvent, *, certain: bool = False) -> None:
        watched.due = monotonic() + self._message_interval_s
        watched.held = None
        # A copy: a reader that hears the end leaves the set.
        self._offer(list(watched.readers), event, certain)

    def _offer(self, readers: list[Subscription], event: ProgressEvent, certain: bool) -> None:
        for reader in readers[:TOLD_AT_ONCE]:
            reader.offer(event, certain=certain)
        if len(readers) > TOLD_AT_ONCE:
            asyncio.get_running_loop().call_soon(self._offer, readers[TOLD_AT_ONCE:], event, certain)

    async def _repair(self) -> None:
        """Reads the jobs that have been silent: an event may be lost, when a broker is gone or a reader was slow."""
        while True:
            await asyncio.sleep(self._poll_s / 4)
            now = monotonic()
            silent = sorted((each.quiet_until, job_id) for job_id, each in self._watched.items())
            try:
                for quiet_until, job_id in silent[:READS_PER_ROUND]:
                    if quiet_until > now:
                        break
                    await self._look(job_id)
            except DatabaseUnavailable as error:
                logger.warning("progress_not_read", extra={"cause": str(error), "silent": len(silent)})

    async def _look(self, job_id: JobId) -> None:
        job = await self._get(job_id)
        watched = self._watched.get(job_id)
        if watched is None:
            return
        watched.quiet_until = monotonic() + self._poll_s
        if job is None:
            for reader in list(watched.readers):
                reader.vanish(job_id)
            return
        if job.seq > watched.seq:
            self._repairs += 1
        self._spread(ProgressEvent.of(job), certain=True)
