"""What one reader hears of the jobs it named: first a snapshot, then changes, then the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol, Self

from models.errors import ServerStopping
from models.ids import JobId
from models.progress import MessageType, ProgressEvent


@dataclass(frozen=True, slots=True)
class Update:
    """One message for the reader."""

    kind: MessageType
    """`snapshot`, `progress`, `end`; or `error` when the job has vanished from the database."""
    job_id: JobId
    event: ProgressEvent | None
    """The job's state; `None` with `error` only."""


class _Line:
    """One job, as far as one reader knows it."""

    __slots__ = ("in_turn", "job_id", "news", "opened", "ready", "seq", "vanished")

    def __init__(self, job_id: JobId) -> None:
        self.job_id = job_id
        self.seq = -1
        """The newest the reader has."""
        self.news: ProgressEvent | None = None
        """The newest it has not. One, not a queue: a slow reader costs no memory and is never behind."""
        self.ready = False
        """Whether the first look at the database is over."""
        self.opened = False
        """Whether it had its snapshot."""
        self.in_turn = False
        """Whether it waits to be told."""
        self.vanished = False


class Feed(Protocol):
    """Where a subscription gets its events: the hub."""

    async def watch(self, reader: Subscription, job_id: JobId) -> ProgressEvent:
        """Begins to offer the job's events to `reader`, and gives its present state. Raises `JobNotFound` and more."""
        ...

    def unwatch(self, reader: Subscription, job_id: JobId) -> None:
        """Offers the job's events no more."""
        ...

    def forget(self, reader: Subscription) -> None:
        """The reader has left."""
        ...


class Subscription:
    """One reader's view; get one from `ProgressHub.subscribe`, use it as a context manager, read it from one task.

    It is read in one of two ways: `await next()`, or `take()` whenever `on_news` was called. Thousands of them are open
    at once, and each waits nearly always: hence slots, a bare future to wait on, and one timer that is left to run when
    a message comes before it (making and cancelling one each time would cost more than the rest of the work).
    """

    __slots__ = ("_alarm", "_alarm_at", "_feed", "_lines", "_on_news", "_stopped", "_turn", "_waiter")

    def __init__(self, *, feed: Feed, on_news: Callable[[], None] | None = None) -> None:
        self._feed = feed
        self._on_news = on_news
        self._lines: dict[JobId, _Line] = {}
        self._turn: list[_Line] = []
        """Those with something to tell, in the order in which they got it: a busy job does not keep others waiting."""
        self._waiter: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0.0
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, job_id: JobId) -> bool:
        return job_id in self._lines

    @property
    def stopped(self) -> bool:
        """Whether the server stops: nothing more comes."""
        return self._stopped

    async def add(self, job_id: JobId, *, since: int | None = None) -> None:
        """Follows the job too; without effect if it is followed already.

        `since` is the `seq` the reader has from before: if nothing happened since, it gets no snapshot. (A job that has
        ended is said to have ended all the same.) Raises `JobNotFound`, `DatabaseUnavailable`, `ServerStopping`.
        """
        if self._stopped:
            raise ServerStopping
        if job_id in self._lines:
            return
        line = self._lines[job_id] = _Line(job_id)
        try:
            present = await self._feed.watch(self, job_id)
        except BaseException:
            self._remove(line)
            raise
        if line.news is None or line.news.seq <= present.seq:
            line.news = present
        if since is not None and since == line.news.seq:
            line.opened = True
            if not line.news.is_final:
                line.seq, line.news = since, None
        line.ready = True
        self._enqueue(line)

    def drop(self, job_id: JobId) -> None:
        """Follows the job no more."""
        line = self._lines.get(job_id)
        if line is not None:
            self._remove(line)

    async def next(self, timeout_s: float | None = None) -> Update | None:
        """The next message; `None` when there was none for `timeout_s` seconds. Raises `ServerStopping`."""
        now = monotonic()
        end = None if timeout_s is None else now + timeout_s
        while (update := self.take()) is None:
            if end is not None:
                if now >= end:
                    return None
                self._wake_at(end, now)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
            now = monotonic()
        return update

    def take(self) -> Update | None:
        """The next message, when there is one now. Raises `ServerStopping`."""
        if self._stopped:
            raise ServerStopping
        while self._turn:
            line = self._turn[0]
            event = line.news
            if line.vanished:
                self._remove(line)
                return Update(MessageType.ERROR, line.job_id, None)
            if event is None:
                self._end_turn(line)
            elif not line.opened:
                line.opened, line.seq = True, event.seq
                if not event.is_final:
                    self._end_turn(line)
                return Update(MessageType.SNAPSHOT, line.job_id, event)
            elif event.is_final:
                self._remove(line)
                return Update(MessageType.END, line.job_id, event)
            else:
                line.seq = event.seq
                self._end_turn(line)
                return Update(MessageType.PROGRESS, line.job_id, event)
        return None

    def _end_turn(self, line: _Line) -> None:
        del self._turn[0]
        line.in_turn, line.news = False, None

    def _wake_at(self, due: float, now: float) -> None:
        """Wakes at `due` at the latest; waking earlier does no harm."""
        if self._alarm is not None:
            if self._alarm_at <= due:
                return
            self._alarm.cancel()
        self._alarm_at = due
        self._alarm = asyncio.get_running_loop().call_later(due - now, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        elif self._on_news is not None:
            self._on_news()

    def _enqueue(self, line: _Line) -> None:
        if not line.ready:
            return
        if not line.in_turn:
            line.in_turn = True
            self._turn.append(line)
        self._wake()

    def offer(self, event: ProgressEvent, *, certain: bool = False) -> None:
        """Called by the hub. `certain`: read from the database just now, so an end counts whatever its number.

        (A worker tells some steps before it writes them; if it dies in between, its successor counts from a lower
        number.)
        """
        line = self._lines.get(event.job_id)
        if line is None:
            return
        known = line.seq if line.news is None else max(line.seq, line.news.seq)
        ends = certain and event.is_final and not (line.news is not None and line.news.is_final)
        if event.seq > known or ends:
            line.news = event
            self._enqueue(line)

    def vanish(self, job_id: JobId) -> None:
        """Called by the hub: the database knows the job no more."""
        line = self._lines.get(job_id)
        if line is not None:
            line.vanished = True
            self._enqueue(line)

    def stop(self) -> None:
        """Called by the hub: the server stops."""
        self._stopped = True
        self._wake()

    def close(self) -> None:
        """Follows nothing more, and leaves the hub."""
        for line in list(self._lines.values()):
            self._remove(line)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._feed.forget(self)

    def _remove(self, line: _Line) -> None:
        if line.in_turn:
            line.in_turn = False
            self._turn.remove(line)
        # It may have been dropped, and added anew, while the first look at the database was under way.
        if self._lines.get(line.job_id) is line:
            del self._lines[line.job_id]
            self._feed.unwatch(self, line.job_id)
