"""What one reader hears of the jobs it named: first a snapshot, then changes, then the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from models.errors import ServerStopping
from models.ids import JobId
from models.progress import MessageType, ProgressEvent

Clock = Callable[[], float]


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

    __slots__ = ("due", "news", "opened", "ready", "seq", "vanished")

    def __init__(self) -> None:
        self.seq = -1
        """The newest the reader has."""
        self.news: ProgressEvent | None = None
        """The newest it has not. One, not a queue: a slow reader costs no memory and is never behind."""
        self.ready = False
        """Whether the first look at the database is over."""
        self.opened = False
        """Whether it had its snapshot."""
        self.due = 0.0
        """When the next change may be told."""
        self.vanished = False


class Subscription:
    """One reader's view; get one from `ProgressHub.subscribe`, use it as a context manager, read it from one task."""

    def __init__(
        self,
        *,
        watch: Callable[[Subscription, JobId], Awaitable[ProgressEvent]],
        unwatch: Callable[[Subscription, JobId], None],
        forget: Callable[[Subscription], None],
        interval_s: float,
        clock: Clock,
    ) -> None:
        """`watch` begins to offer the job's events here and gives its present state."""
        self._watch = watch
        self._unwatch = unwatch
        self._forget = forget
        self._interval_s = interval_s
        self._clock = clock
        self._lines: dict[JobId, _Line] = {}
        self._news = asyncio.Event()
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, job_id: JobId) -> bool:
        return job_id in self._lines

    async def add(self, job_id: JobId, *, since: int | None = None) -> None:
        """Follows the job too; without effect if it is followed already.

        `since` is the `seq` the reader has from before: if nothing happened since, it gets no snapshot. (A job that has
        ended is said to have ended all the same.) Raises `JobNotFound`, `DatabaseUnavailable`, `ServerStopping`.
        """
        if self._stopped:
            raise ServerStopping
        if job_id in self._lines:
            return
        line = self._lines[job_id] = _Line()
        try:
            present = await self._watch(self, job_id)
        except BaseException:
            self._remove(job_id, line)
            raise
        if line.news is None or line.news.seq <= present.seq:
            line.news = present
        if since is not None and since == line.news.seq:
            line.opened = True
            if not line.news.is_final:
                line.seq, line.news = since, None
        line.ready = True
        self._news.set()

    def drop(self, job_id: JobId) -> None:
        """Follows the job no more."""
        line = self._lines.get(job_id)
        if line is not None:
            self._remove(job_id, line)

    async def next(self, timeout_s: float | None = None) -> Update | None:
        """The next message; `None` when there was none for `timeout_s` seconds. Raises `ServerStopping`."""
        end = None if timeout_s is None else self._clock() + timeout_s
        while True:
            if self._stopped:
                raise ServerStopping
            now = self._clock()
            update, due = self._pick(now)
            if update is not None:
                return update
            if end is not None and now >= end:
                return None
            limits = [limit - now for limit in (end, due) if limit is not None]
            self._news.clear()
            try:
                async with asyncio.timeout(max(0.0, min(limits)) if limits else None):
                    await self._news.wait()
            except TimeoutError:
                continue

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
            self._news.set()

    def vanish(self, job_id: JobId) -> None:
        """Called by the hub: the database knows the job no more."""
        line = self._lines.get(job_id)
        if line is not None:
            line.vanished = True
            self._news.set()

    def stop(self) -> None:
        """Called by the hub: the server stops."""
        self._stopped = True
        self._news.set()

    def close(self) -> None:
        """Follows nothing more, and leaves the hub."""
        for job_id, line in list(self._lines.items()):
            self._remove(job_id, line)
        self._forget(self)

    def _remove(self, job_id: JobId, line: _Line) -> None:
        # It may have been dropped, and added anew, while the first look at the database was under way.
        if self._lines.get(job_id) is line:
            del self._lines[job_id]
            self._unwatch(self, job_id)

    def _pick(self, now: float) -> tuple[Update | None, float | None]:
        """The next message to tell now; else when one falls due."""
        due: float | None = None
        for job_id, line in self._lines.items():
            if not line.ready:
                continue
            if line.vanished:
                self._remove(job_id, line)
                return Update(MessageType.ERROR, job_id, None), None
            event = line.news
            if event is None:
                continue
            if not line.opened:
                return self._open(line, event, now), None
            if event.is_final:
                self._remove(job_id, line)
                return Update(MessageType.END, job_id, event), None
            if line.due <= now:
                return self._tell(job_id, line, event, now), None
            due = line.due if due is None else min(due, line.due)
        return None, due

    def _open(self, line: _Line, event: ProgressEvent, now: float) -> Update:
        line.opened, line.seq, line.due = True, event.seq, now + self._interval_s
        if not event.is_final:
            line.news = None
        return Update(MessageType.SNAPSHOT, event.job_id, event)

    def _tell(self, job_id: JobId, line: _Line, event: ProgressEvent, now: float) -> Update:
        line.seq, line.due, line.news = event.seq, now + self._interval_s, None
        # To the end of the line: a busy job must not keep others waiting.
        self._lines[job_id] = self._lines.pop(job_id)
        return Update(MessageType.PROGRESS, job_id, event)
