"""What an operator sees: traffic from the access records, and how jobs, library and upstreams are now."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from models.stats import JobNumbers, LibraryNumbers, Stats, Traffic
from services.access.log import AccessLog
from services.broker.base import Broker
from services.store.documents import Clock, utc_now

Upstream = Callable[[], Mapping[str, Any]]
"""Numbers of one upstream, of this process since its start."""


class StatsStore(Protocol):
    """Sums from the database. Every verb raises `DatabaseUnavailable`."""

    async def traffic(self, since: datetime, span_hours: int) -> Traffic:
        """The access records from the hour `since` on."""
        ...

    async def jobs_by_state(self) -> dict[str, int]:
        """State → jobs, every state named."""
        ...

    async def oldest_queued(self) -> datetime | None:
        """When the wish that has waited longest was made."""
        ...

    async def library(self, disk_free_bytes: int) -> LibraryNumbers:
        """The audio that is kept."""
        ...


class StatsService:
    """One question: `stats`."""

    def __init__(
        self,
        *,
        store: StatsStore,
        broker: Broker,
        access: AccessLog,
        upstreams: Mapping[str, Upstream],
        limits: Callable[[], Mapping[str, int]],
        home: Path,
        retention_days: int,
        clock: Clock = utc_now,
    ) -> None:
        """`home`: the folder whose disk holds the audio; `upstreams` by name; `limits`: what they counted."""
        self._store = store
        self._broker = broker
        self._access = access
        self._upstreams = upstreams
        self._limits = limits
        self._home = home
        self._clock = clock
        self.longest_hours = retention_days * 24
        """The longest span that is kept."""

    async def stats(self, span_hours: int) -> Stats:
        """This hour and the `span_hours` - 1 before it. Raises `DatabaseUnavailable`."""
        now = self._clock()
        since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=span_hours - 1)
        disk = await asyncio.to_thread(shutil.disk_usage, self._home)
        oldest = await self._store.oldest_queued()
        return Stats(
            since=since,
            until=now,
            span_hours=span_hours,
            kept_hours=self.longest_hours,
            traffic=await self._store.traffic(since, span_hours),
            jobs=JobNumbers(
                by_state=await self._store.jobs_by_state(),
                queue_depth=await self._broker.depth(),
                oldest_queued_s=None if oldest is None else max(0.0, (now - oldest).total_seconds()),
                dead_letters=await self._broker.dead_letters(),
            ),
            library=await self._store.library(disk.free),
            upstream={name: dict(numbers()) for name, numbers in self._upstreams.items()},
            access_log=await self._access.stats(),
            limits=self._limits(),
        )
