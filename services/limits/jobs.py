"""How many downloads one caller may have queued or running at a time.

The jobs themselves are counted, in the database: so it holds for all replicas, a job that several wish for counts for
the one whose wish made it, and nothing is left behind by a process that dies. Wishes of one caller are taken one by
one in a process; two replicas asked in the same instant may each let one more through.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol
from weakref import WeakValueDictionary

from models.caller import Caller
from models.errors import TooManyJobs
from services.access.addresses import shortened

ASK_AGAIN_S = 5.0
KEPT_FREE = 1
"""Places that batches leave, so that a single wish finds one while a long list is being fetched."""


class JobCounter(Protocol):
    """The part of the job store that is needed here."""

    async def count_asked(self, asked_by: str) -> int:
        """Queued and running jobs that count for this caller; raises `DatabaseUnavailable`."""
        ...


class JobLimit:
    """`max_jobs` of 0 is no limit; then nobody's name is kept with a job."""

    def __init__(self, *, jobs: JobCounter, max_jobs: int, anonymize: bool) -> None:
        """`anonymize`: callers without a key are told apart by shortened address only."""
        self._jobs = jobs
        self._max_jobs = max_jobs
        self._anonymize = anonymize
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.refused = 0
        """Wishes that found no place, of this process; those of batches, which wait, not included."""

    def label(self, caller: Caller | None) -> str | None:
        """What jobs of this caller are counted under; `None` when they are not. Addresses are not kept readable."""
        if caller is None or caller.is_admin or not self._max_jobs:
            return None
        if caller.key_name is not None:
            return caller.label
        ip = caller.network.partition("/")[0]
        text = shortened(ip) if self._anonymize and ip else caller.network
        return f"ip:{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"

    @asynccontextmanager
    async def place(self, label: str | None, *, singly: bool) -> AsyncIterator[None]:
        """The body may make one more job; raises `TooManyJobs` and `DatabaseUnavailable`. `singly`: for no batch."""
        if label is None:
            yield
            return
        lock = self._locks.setdefault(label, asyncio.Lock())
        async with lock:
            places = self._max_jobs if singly else max(1, self._max_jobs - KEPT_FREE)
            if await self._jobs.count_asked(label) >= places:
                self.refused += singly
                raise TooManyJobs(
                    f"At most {self._max_jobs} downloads of one caller at a time.", retry_after_s=ASK_AGAIN_S
                )
            yield
