from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from _local.sandbox.ipapi import IpApiStandIn
from _local.sandbox.standin import Fault
from services.access.geo import IpApi
from services.access.locator import Locator
from services.http import open_session
from services.store.access import MongoAccessStore
from services.store.mongo import Document, MongoDatabase
from services.store.traces import MongoTraceStore
from tests.support.access import batch, record
from tests.support.wait import wait_for


@asynccontextmanager
async def _locating(database: MongoDatabase, stand_in: IpApiStandIn, *, gap_s: float = 0.0) -> AsyncIterator[Locator]:
    async with open_session() as http:
        api = IpApi(http=http, base_url=f"{stand_in.url}/json")
        locator = Locator(api=api, store=MongoTraceStore(database), gap_s=gap_s, gather_s=0.01, first_pause_s=0.01)
        task = asyncio.create_task(locator.run())
        try:
            yield locator
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _visit(database: MongoDatabase, *ips: str) -> None:
    await MongoAccessStore(database, retention_days=30).write(batch([record(ip=ip) for ip in ips]))


async def _traces(database: MongoDatabase, state: str) -> list[Document]:
    return await database.collection("ip_traces").find({"geo": state})


async def _no_more_pending(database: MongoDatabase) -> None:
    async def none() -> bool:
        return not await _traces(database, "pending")

    await wait_for(none, deadline_s=60)


PUBLIC = [f"8.8.{number // 250}.{number % 250}" for number in range(250)]


async def test_every_public_address_is_asked_for_once_and_private_ones_never(database: MongoDatabase) -> None:
    await _visit(database, *PUBLIC, "10.0.0.1", "192.168.1.1", "fe80::1", "127.0.0.1")
    async with IpApiStandIn() as stand_in, _locating(database, stand_in) as locator:
        await _no_more_pending(database)
        await _visit(database, *PUBLIC[:50])
        await _visit(database, "2606:4700::1111")
        locator.notify()
        await _no_more_pending(database)
        assert stand_in.asked == dict.fromkeys([*PUBLIC, "2606:4700::1111"], 1)
        assert [len(stand_in.requests), stand_in.refused] == [4, 0]
    assert len(await _traces(database, "known")) == 251
    assert len(await _traces(database, "private")) == 4


async def test_two_replicas_ask_once(database: MongoDatabase) -> None:
    await _visit(database, *PUBLIC[:150])
    async with IpApiStandIn() as stand_in:
        async with _locating(database, stand_in), _locating(database, stand_in):
            await _no_more_pending(database)
        assert set(stand_in.asked.values()) == {1}


async def test_a_used_up_quota_is_waited_for_by_whoever_asks_next(database: MongoDatabase) -> None:
    await _visit(database, *PUBLIC[:120])
    async with IpApiStandIn(batch_per_minute=1) as stand_in:
        for _ in range(2):
            async with _locating(database, stand_in):
                # The second one finds what the first one left in the database: nobody may ask for a minute.
                async def held_back() -> bool:
                    lease = await database.collection("access_leases").find_one({"_id": "geo"})
                    return lease is not None and len(await _traces(database, "known")) == 100

                await wait_for(held_back)
        lease = await database.collection("access_leases").find_one({"_id": "geo"})
        assert lease is not None
        assert (lease["not_before"] - lease["until"]).total_seconds() > 0
        assert (len(stand_in.requests), stand_in.refused) == (1, 0)


async def test_failures_are_asked_again_later(database: MongoDatabase) -> None:
    await _visit(database, *PUBLIC[:3])
    async with IpApiStandIn() as stand_in:
        stand_in.faults += [Fault(status=500), Fault(cut=True), Fault(status=429, headers={"X-Rl": "0", "X-Ttl": "0"})]
        async with _locating(database, stand_in):
            await _no_more_pending(database)
        assert stand_in.asked == dict.fromkeys(PUBLIC[:3], 1)
        assert [request.status for request in stand_in.requests] == [500, 0, 429, 200]


async def test_requests_keep_their_distance(database: MongoDatabase) -> None:
    await _visit(database, *PUBLIC)
    async with IpApiStandIn() as stand_in:
        async with _locating(database, stand_in, gap_s=0.5):
            await _no_more_pending(database)
        times = [request.at for request in stand_in.requests]
    assert len(times) == 3
    assert all(later - earlier > 0.45 for earlier, later in itertools.pairwise(times))


class _Ignorant(IpApiStandIn):
    """Knows no address."""

    def place(self, ip: str, fields: list[str] | None = None) -> dict[str, Any]:
        super().place(ip, fields)
        return {"status": "fail", "message": "invalid query", "query": ip}


async def test_an_address_the_service_does_not_know_is_not_asked_for_again(database: MongoDatabase) -> None:
    await _visit(database, "8.8.8.8")
    async with _Ignorant() as stand_in, _locating(database, stand_in) as locator:
        await _no_more_pending(database)
        await _visit(database, "8.8.8.8", "8.8.4.4")
        locator.notify()
        await _no_more_pending(database)
        assert stand_in.asked == {"8.8.8.8": 1, "8.8.4.4": 1}
    assert len(await _traces(database, "unknown")) == 2
