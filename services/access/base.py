"""The seams of the access log: the queue that batches travel through, and the stores behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from models.access import AccessBatch, Forgotten, Lease, Place

BatchHandler = Callable[[bytes], Awaitable[None]]
"""Stores one batch; it must be idempotent, for a batch may come twice. Raises `codec.BadBatch` on bytes that are none:
they go to the dead letters. Anything else it raises brings the batch back later, and after many times there too."""


class AccessQueue(Protocol):
    """Delivers every batch that `publish` took at least once."""

    async def start(self) -> None:
        """Begins to connect, and returns at once."""
        ...

    async def close(self) -> None:
        """Ends every connection."""
        ...

    async def publish(self, body: bytes) -> None:
        """Returns once the batch is safe. Raises `QueueUnavailable`; then it may or may not have been taken."""
        ...

    async def consume(self, handler: BatchHandler) -> None:
        """Feeds batches to `handler`, one at a time, until cancelled; outlives broker restarts."""
        ...

    async def depth(self) -> int | None:
        """Batches that wait to be stored; `None` when the queue cannot say."""
        ...

    async def dead_letters(self) -> int | None:
        """Batches put aside; `None` when the queue cannot say."""
        ...


class AccessStore(Protocol):
    """Access records and what is counted from them. Every verb raises `DatabaseUnavailable`."""

    async def write(self, batch: AccessBatch) -> None:
        """Stores and counts the batch exactly once, however often it comes and wherever it broke off before."""
        ...

    async def forget(self, ip: str) -> Forgotten:
        """Removes every document of this address, and sees to it that records still under way bring none back."""
        ...


class TraceStore(Protocol):
    """Where addresses are: the part of `ip_traces` that a service has to be asked for."""

    async def pending(self, limit: int) -> list[str]:
        """Addresses that are to be asked about."""
        ...

    async def located(self, places: Sequence[Place]) -> None:
        """Keeps what was learnt. May be repeated safely."""
        ...

    async def lease(self, owner: str, now: datetime, until: datetime) -> Lease | None:
        """Makes `owner` the one that asks, or renews its lease; `None` while another one's stands."""
        ...

    async def hold_back(self, owner: str, not_before: datetime) -> None:
        """Nobody asks before that moment."""
        ...
