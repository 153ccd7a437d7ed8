"""Following what arrives: one poll a tick serves all listeners of a process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from models.ids import MediaName
from services.source.live import LiveDirectory, LiveHead

logger = logging.getLogger(__name__)


class LiveFeed:
    """What is known of one name; shared by its listeners."""

    def __init__(self) -> None:
        self.head: LiveHead | None = None
        self.listeners = 0
        self._changed = asyncio.Event()

    def show(self, head: LiveHead | None) -> None:
        """Takes the newest state in and wakes the listeners when it differs."""
        if head != self.head:
            self.head = head
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def change(self, seen: LiveHead | None, timeout_s: float) -> bool:
        """Waits until the state differs from `seen`, at most so long; whether it does."""
        if self.head == seen:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._changed.wait()
            except TimeoutError:
                return False
        return self.head != seen


class LiveFeeds:
    """All names that somebody in this process follows."""

    def __init__(self, *, directory: LiveDirectory, poll_every_s: float = 0.025) -> None:
        self._directory = directory
        self._poll_every_s = poll_every_s
        self._feeds: dict[MediaName, LiveFeed] = {}
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def follow(self, name: MediaName) -> Iterator[LiveFeed]:
        """The feed of `name`, polled for as long as somebody is inside."""
        feed = self._feeds.setdefault(name, LiveFeed())
        feed.listeners += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll(), name="live-feeds")
        try:
            yield feed
        finally:
            feed.listeners -= 1
            if not feed.listeners:
                del self._feeds[name]

    async def close(self) -> None:
        """Ends the polling."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _poll(self) -> None:
        failing = False
        while self._feeds:
            try:
                for name, head in (await asyncio.to_thread(self._heads, list(self._feeds))).items():
                    if (feed := self._feeds.get(name)) is not None:
                        feed.show(head)
                failing = False
            except OSError:
                # Listeners give up by their own time limits; one line says why.
                if not failing:
                    logger.warning("live_heads_unreadable", exc_info=True)
                failing = True
            await asyncio.sleep(self._poll_every_s)

    def _heads(self, names: list[MediaName]) -> dict[MediaName, LiveHead | None]:
        return {name: self._directory.head(name) for name in names}
