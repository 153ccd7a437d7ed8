"""A few threads of its own for a blocking client: a bucket that hangs takes no thread from those who serve files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

WAIT_WHEN_CANCELLED_S = 3.0


class BucketThreads:
    """Runs blocking calls; knows how many have not come back."""

    def __init__(self, size: int) -> None:
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="bucket")
        self._running: set[Future[Any]] = set()

    @property
    def in_flight(self) -> int:
        """Calls that have not returned, those of cancelled callers included."""
        return len(self._running)

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """The result of `work(*arguments)`; raises what it raises.

        A thread cannot be stopped: who is cancelled waits a moment for it, so that a write seldom outlives its writer.
        """
        future = self._executor.submit(work, *arguments)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        waiter = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(waiter)
        except asyncio.CancelledError:
            if not future.cancel():
                await asyncio.wait([waiter], timeout=WAIT_WHEN_CANCELLED_S)
            if waiter.done() and not waiter.cancelled():
                # Looked at, so that asyncio does not complain; the caller has left.
                waiter.exception()
            raise

    def close(self) -> None:
        """Takes no more work and drops what has not begun."""
        self._executor.shutdown(wait=False, cancel_futures=True)
