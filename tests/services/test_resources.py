"""Metadata through the caches: fresh, stale, missing, and what happens when something in between is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from _local.sandbox.spotify import SpotifyStandIn
from _local.sandbox.spotify_faults import Fault
from models.errors import CatalogFailed, TrackNotFound
from models.music import Kind
from models.settings import Settings
from services.cache.memory import MemoryCache
from services.resources import CacheState, Found, ResourceService
from services.store.metadata import MongoMetadataStore
from services.store.mongo import MongoDatabase
from services.tasks import TaskGroup
from tests.support.spotify import catalog_at, list_of, sid
from tests.support.wait import wait_for

TRACK = sid("Tr", 1)
FRESH_S = 100


class Clock:
    """Runs with the world, and can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Bench:
    """A service and what stands around it."""

    resources: ResourceService
    cache: MemoryCache
    clock: Clock
    spotify: SpotifyStandIn

    async def track(self) -> Found:
        return await self.resources.find(Kind.TRACK, TRACK)

    @property
    def reads(self) -> int:
        return self.spotify.troubles.count(rf"/v1/tracks/{TRACK}")


@asynccontextmanager
async def bench(database: MongoDatabase, **settings: str) -> AsyncIterator[Bench]:
    clock = Clock()
    cache = MemoryCache(1_000_000)
    tasks = TaskGroup("test")
    async with list_of(3) as spotify, catalog_at(spotify, MAX_RETRY="0") as catalog:
        resources = ResourceService(
            catalog=catalog,
            store=MongoMetadataStore(database),
            cache=cache,
            settings=Settings.from_env({"SPOTIFY_TRACK_CACHE_TTL_DURATION_MS": str(FRESH_S * 1000), **settings}),
            tasks=tasks,
            clock=clock,
        )
        try:
            yield Bench(resources, cache, clock, spotify)
        finally:
            await resources.close()
            await tasks.close()


async def test_a_miss_then_hits_from_every_tier(database: MongoDatabase) -> None:
    async with bench(database) as here:
        assert (await here.track()).state is CacheState.MISS
        assert (await here.track()).state is CacheState.HIT
        await here.cache.delete(f"metadata:track:{TRACK}")
        found = await here.track()
        assert (found.state, found.resource.id) == (CacheState.HIT, TRACK)
        assert here.reads == 1


async def test_another_process_knows_it_from_the_database(database: MongoDatabase) -> None:
    async with bench(database) as first:
        await first.track()
    async with bench(database) as second:
        assert (await second.track()).state is CacheState.HIT
        assert second.reads == 0


async def test_one_flight_for_all_who_ask(database: MongoDatabase) -> None:
    async with bench(database) as here:
        here.spotify.troubles.latency_s = 0.1
        found = await asyncio.gather(*(here.track() for _ in range(50)))
        assert {each.resource.id for each in found} == {TRACK}
        assert here.reads == 1


async def test_a_caller_who_leaves_takes_nothing_from_the_others(database: MongoDatabase) -> None:
    async with bench(database) as here:
        here.spotify.troubles.latency_s = 0.2
        first = asyncio.create_task(here.track())
        second = asyncio.create_task(here.track())
        await wait_for(lambda: here.spotify.troubles.requests)
        first.cancel()
        assert (await second).resource.id == TRACK
        assert here.reads == 1


async def test_stale_is_served_at_once_and_read_anew_behind(database: MongoDatabase) -> None:
    async with bench(database) as here:
        await here.track()
        here.clock.ahead = timedelta(seconds=FRESH_S + 1)
        assert (await here.track()).state is CacheState.STALE
        await wait_for(lambda: here.reads == 2)

        async def fresh() -> bool:
            return (await here.track()).state is CacheState.HIT

        await wait_for(fresh)
        assert here.reads == 2


async def test_stale_outlives_a_ban_and_asks_only_now_and_then(database: MongoDatabase) -> None:
    async with bench(database) as here:
        await here.track()
        here.clock.ahead = timedelta(seconds=FRESH_S + 1)
        here.spotify.troubles.faults.append(
            Fault("/v1/", status=429, body="Too many requests", headers={"Retry-After": "86400"}, times=None)
        )
        for _ in range(20):
            assert (await here.track()).state is CacheState.STALE
        await wait_for(lambda: here.reads == 2)
        assert (await here.track()).state is CacheState.STALE
        assert here.reads == 2


async def test_too_old_is_not_served(database: MongoDatabase) -> None:
    async with bench(database, METADATA_STALE_MS="1000") as here:
        await here.track()
        here.clock.ahead = timedelta(seconds=FRESH_S + 2)
        assert (await here.track()).state is CacheState.MISS
        assert here.reads == 2


async def test_not_found_is_remembered(database: MongoDatabase) -> None:
    async with bench(database) as here:
        missing = sid("No", 1)
        for _ in range(3):
            with pytest.raises(TrackNotFound):
                await here.resources.track(missing)
        assert here.spotify.troubles.count(rf"/v1/tracks/{missing}") == 1


async def test_a_fault_is_never_remembered(database: MongoDatabase) -> None:
    async with bench(database) as here:
        here.spotify.troubles.faults.append(Fault(rf"/v1/tracks/{TRACK}", status=503, times=1))
        with pytest.raises(CatalogFailed):
            await here.track()
        assert (await here.track()).state is CacheState.MISS


async def test_with_the_database_gone_the_catalog_still_answers(database: MongoDatabase) -> None:
    gone = MongoDatabase("mongodb://127.0.0.1:9", default_database="gone", timeout_ms=200)
    try:
        async with bench(gone) as here:
            assert (await here.track()).state is CacheState.MISS
            assert (await here.track()).state is CacheState.HIT
    finally:
        gone.close()


async def test_a_spoilt_cache_entry_counts_as_none(database: MongoDatabase) -> None:
    async with bench(database) as here:
        await here.cache.set(f"metadata:track:{TRACK}", b'{"document": 3}', 60)
        assert (await here.track()).state is CacheState.MISS


async def test_an_incomplete_list_is_fresh_only_for_a_moment(database: MongoDatabase) -> None:
    async with list_of(120) as spotify, catalog_at(spotify, MAX_RETRY="0") as catalog:
        tasks = TaskGroup("test")
        clock = Clock()
        resources = ResourceService(
            catalog=catalog,
            store=MongoMetadataStore(database),
            cache=MemoryCache(1_000_000),
            settings=Settings.from_env({}),
            tasks=tasks,
            clock=clock,
        )
        album = sid("Al", 1)
        spotify.troubles.faults.append(Fault(rf"/v1/albums/{album}/tracks", status=503, times=None))
        found = await resources.find(Kind.ALBUM, album)
        assert (found.fresh_until - clock()).total_seconds() <= 60
        spotify.troubles.faults.clear()
        clock.ahead = timedelta(seconds=61)
        assert (await resources.find(Kind.ALBUM, album)).state is CacheState.STALE
        await tasks.drain(30)
        whole = (await resources.find(Kind.ALBUM, album)).resource
        assert getattr(whole, "complete", None) is True
        await resources.close()
        await tasks.close()


async def test_a_list_is_answered_before_it_is_kept_and_read_once_all_the_same(database: MongoDatabase) -> None:
    album = sid("Al", 1)
    async with bench(database) as here:
        first = await here.resources.find(Kind.ALBUM, album)
        again = await here.resources.find(Kind.ALBUM, album)
        assert (first.state, again.state) == (CacheState.MISS, CacheState.HIT)
        assert again.resource == first.resource
        assert here.spotify.troubles.count(rf"/v1/albums/{album}$") == 1
        await here.resources.close()
        assert await here.cache.get(f"metadata:album:{album}") is not None
    async with bench(database) as second:
        assert (await second.resources.find(Kind.ALBUM, album)).state is CacheState.HIT
        assert second.spotify.troubles.count(".*") == 0
