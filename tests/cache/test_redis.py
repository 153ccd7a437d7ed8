"""Redis gone, back, and hanging: the cache fails open and costs next to nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from services.cache.redis import RedisCache
from tests.support.redis_server import RedisServer
from tests.support.wait import wait_for

HOUR_S = 3600.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def cache(redis_server: RedisServer, clock: Clock) -> AsyncIterator[RedisCache]:
    cache = RedisCache(redis_server.url, timeout_s=1.0, pause_s=3.0, clock=clock)
    await wait_for(lambda: seen(cache, clock), what="Redis is fast enough to be seen")
    yield cache
    await cache.close()


async def seen(cache: RedisCache, clock: Clock) -> bool:
    """Whether Redis answers; on a busy machine it may take more than one pause to find out."""
    clock.now += 3.0
    return await cache.ping()


async def test_keys_have_their_prefix(redis_server: RedisServer) -> None:
    mine, other = RedisCache(redis_server.url, prefix="a:"), RedisCache(redis_server.url, prefix="b:")
    for cache in (mine, other):
        await wait_for(cache.ping)
    await mine.set("k", b"mine", HOUR_S)
    assert await other.get("k") is None
    await mine.close()
    await other.close()


async def test_two_processes_see_the_same(redis_server: RedisServer, cache: RedisCache) -> None:
    other = RedisCache(redis_server.url, timeout_s=30)
    await cache.set("k", b"1", HOUR_S)
    assert await other.get("k") == b"1"
    await other.close()


async def test_a_redis_that_was_never_there_is_an_empty_cache(clock: Clock) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        cache = RedisCache(f"redis://127.0.0.1:{probe.getsockname()[1]}", clock=clock)
        await cache.set("a", b"1", HOUR_S)
        assert await cache.get("a") is None
        await cache.delete("a")
        assert not await cache.ping()
        assert (cache.stats.failures, cache.stats.skipped, cache.stats.misses) == (1, 3, 1)
        await cache.close()


async def test_a_killed_redis_is_skipped_and_found_again(
    redis_server: RedisServer, cache: RedisCache, clock: Clock
) -> None:
    await cache.set("a", b"1", HOUR_S)
    assert await cache.get("a") == b"1"
    failures = cache.stats.failures
    redis_server.kill()
    assert await cache.get("a") is None
    assert cache.stats.failures == failures + 1
    redis_server.start()
    assert await cache.get("a") is None, "not asked in the pause"
    assert cache.stats.failures == failures + 1
    await wait_for(lambda: seen(cache, clock), what="Redis is found again")
    await cache.set("a", b"2", HOUR_S)
    assert await cache.get("a") == b"2"


async def test_a_hanging_redis_costs_one_wait_a_pause(
    redis_server: RedisServer, cache: RedisCache, clock: Clock
) -> None:
    await cache.set("a", b"1", HOUR_S)
    before = cache.stats
    redis_server.hang()
    for pauses in range(1, 4):
        # One call waits; the others skip, those that come during the wait included from the second pause on.
        values = [await cache.get("a")] if pauses == 1 else []
        values += await asyncio.gather(*(cache.get("a") for _ in range(50)))
        assert set(values) == {None}
        assert cache.stats.failures == before.failures + pauses
        clock.now += 3.0
    redis_server.go_on()
    await wait_for(lambda: seen(cache, clock), what="Redis is found again")
    assert await cache.get("a") == b"1"


async def test_answers_are_never_mixed_up_after_a_time_out(
    redis_server: RedisServer, cache: RedisCache, clock: Clock
) -> None:
    for n in range(20):
        await cache.set(f"k{n}", f"v{n}".encode(), HOUR_S)
    redis_server.hang()
    await asyncio.gather(*(cache.get(f"k{n}") for n in range(10)))
    redis_server.go_on()
    await wait_for(lambda: seen(cache, clock), what="Redis is found again")
    values = await asyncio.gather(*(cache.get(f"k{n}") for n in range(20)))
    for n, value in enumerate(values):
        assert value in {f"v{n}".encode(), None}


async def test_a_caller_that_leaves_harms_nobody(cache: RedisCache) -> None:
    await cache.set("a", b"1", HOUR_S)
    for _ in range(20):
        leaving = asyncio.create_task(cache.get("nothing"))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert await cache.get("a") in {b"1", None}
    assert cache.stats.hits
