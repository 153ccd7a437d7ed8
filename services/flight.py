"""One flight per key: however many ask for the same thing at once, the work is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from services.tasks import TaskGroup

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class SingleFlight(Generic[KeyT, ValueT]):
    """Shares a running piece of work between all who ask for its key.

    The work belongs to the group, not to the first caller: a caller that leaves does not take it from the others.
    """

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._flights: dict[KeyT, asyncio.Task[ValueT]] = {}

    async def run(self, key: KeyT, work: Callable[[], Awaitable[ValueT]]) -> ValueT:
        """The result of `work()`, or of the run of it that is under way; raises what it raises."""
        return await asyncio.shield(self.join(key, work))

    def join(self, key: KeyT, work: Callable[[], Awaitable[ValueT]]) -> asyncio.Task[ValueT]:
        """The task behind `key`, started now unless it runs already."""
        task = self._flights.get(key)
        if task is None:
            task = self._tasks.start(str(key), self._fly(key, work), awaited=True)
            self._flights[key] = task
        return task

    async def _fly(self, key: KeyT, work: Callable[[], Awaitable[ValueT]]) -> ValueT:
        try:
            return await work()
        finally:
            del self._flights[key]
