"""What every cache does, near or far."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from services.cache.base import Cache
from services.cache.memory import MemoryCache
from services.cache.redis import RedisCache
from services.cache.tiered import TieredCache
from tests.support.redis_server import RedisServer
from tests.support.wait import wait_for

HOUR_S = 3600.0


@pytest.fixture(params=["memory", "redis", "tiered"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    memory = MemoryCache(1_000_000)
    if request.param == "memory":
        yield memory
        return
    server: RedisServer = request.getfixturevalue("shared_redis")
    # Contract tests are about answers: a slow machine must not look like a lost Redis.
    redis = RedisCache(server.url, prefix=f"{secrets.token_hex(8)}:", timeout_s=30)
    yield redis if request.param == "redis" else TieredCache(near=memory, far=redis, near_ttl_s=HOUR_S)
    await redis.close()


async def test_what_is_set_comes_back(cache: Cache) -> None:
    assert await cache.get("a") is None
    value = bytes(range(256)) * 1000
    await cache.set("a", value, HOUR_S)
    assert await cache.get("a") == value
    assert await cache.get("A") is None


@pytest.mark.parametrize("key", ["", "mit Leerzeichen ♥", "a\r\nDEL b", "x" * 5000])
async def test_any_text_is_a_key(cache: Cache, key: str) -> None:
    await cache.set(key, b"1", HOUR_S)
    assert await cache.get(key) == b"1"


async def test_an_empty_value_is_a_value(cache: Cache) -> None:
    await cache.set("a", b"", HOUR_S)
    assert await cache.get("a") == b""


async def test_set_replaces(cache: Cache) -> None:
    await cache.set("a", b"1", HOUR_S)
    await cache.set("a", b"22", HOUR_S)
    assert await cache.get("a") == b"22"


async def test_delete_forgets(cache: Cache) -> None:
    await cache.set("a", b"1", HOUR_S)
    await cache.delete("a")
    await cache.delete("a")
    assert await cache.get("a") is None


async def test_entries_expire(cache: Cache) -> None:
    await cache.set("a", b"1", 0.05)

    async def gone() -> bool:
        return await cache.get("a") is None

    await wait_for(gone)


@pytest.mark.parametrize("ttl_s", [0, -1.0])
async def test_without_time_to_live_nothing_is_remembered_nor_the_former_value(cache: Cache, ttl_s: float) -> None:
    await cache.set("a", b"old", HOUR_S)
    await cache.set("a", b"new", ttl_s)
    assert await cache.get("a") is None


async def test_many_at_once(cache: Cache) -> None:
    await asyncio.gather(*(cache.set(f"k{n}", str(n).encode(), HOUR_S) for n in range(300)))
    values = await asyncio.gather(*(cache.get(f"k{n}") for n in range(300)))
    assert values == [str(n).encode() for n in range(300)]


async def test_add_keeps_what_is_there(cache: Cache) -> None:
    assert await cache.add("a", b"1", HOUR_S)
    assert not await cache.add("a", b"2", HOUR_S)
    assert await cache.get("a") == b"1"
    await cache.delete("a")
    assert await cache.add("a", b"3", HOUR_S)


async def test_one_of_many_adds(cache: Cache) -> None:
    added = await asyncio.gather(*(cache.add("a", str(number).encode(), HOUR_S) for number in range(20)))
    assert added.count(True) == 1


async def test_what_was_added_expires(cache: Cache) -> None:
    await cache.add("a", b"1", 0.05)

    async def again() -> bool:
        return await cache.add("a", b"2", 0.05)

    await wait_for(again)
