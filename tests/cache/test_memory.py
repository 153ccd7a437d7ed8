"""The bounds of the cache in memory."""

from __future__ import annotations

import random

from services.cache.memory import ENTRY_OVERHEAD_BYTES, MemoryCache

HOUR_S = 3600.0


def cost(key: str, value: bytes) -> int:
    return len(key.encode()) + len(value) + ENTRY_OVERHEAD_BYTES


async def test_the_least_recently_used_goes_first() -> None:
    cache = MemoryCache(3 * cost("a", b"1"))
    for key in "abc":
        await cache.set(key, b"1", HOUR_S)
    await cache.get("a")
    await cache.set("d", b"1", HOUR_S)
    assert [await cache.get(key) for key in "abcd"] == [b"1", None, b"1", b"1"]
    assert cache.stats.evictions == 1


async def test_bytes_are_counted_and_never_exceed_the_bound() -> None:
    bound = 20_000
    cache = MemoryCache(bound)
    chance = random.Random(7)
    for _ in range(5000):
        key = f"ключ{chance.randrange(100)}"
        match chance.randrange(4):
            case 0:
                await cache.delete(key)
            case 1:
                await cache.get(key)
            case _:
                await cache.set(key, b"x" * chance.randrange(3000), chance.choice([HOUR_S, 0.0]))
        assert 0 <= (cache.stats.bytes_used or 0) <= bound
    kept = [key for n in range(100) if await cache.get(key := f"ключ{n}") is not None]
    used = 0
    for key in kept:
        used += cost(key, await cache.get(key) or b"")
    assert (cache.stats.bytes_used, cache.stats.entries) == (used, len(kept))
    for key in kept:
        await cache.delete(key)
    assert (cache.stats.bytes_used, cache.stats.entries) == (0, 0)


async def test_a_value_larger_than_the_cache_displaces_nothing() -> None:
    cache = MemoryCache(1000)
    await cache.set("small", b"1", HOUR_S)
    await cache.set("large", b"x" * 1000, HOUR_S)
    assert await cache.get("large") is None
    assert await cache.get("small") == b"1"
    await cache.set("small", b"x" * 1000, HOUR_S)
    assert await cache.get("small") is None, "the former value would be wrong"


async def test_a_cache_of_no_bytes_keeps_nothing() -> None:
    cache = MemoryCache(0)
    await cache.set("a", b"", HOUR_S)
    assert await cache.get("a") is None


async def test_time_is_that_of_the_clock() -> None:
    now = 1000.0
    cache = MemoryCache(10_000, clock=lambda: now)
    await cache.set("a", b"1", 10)
    now = 1009.9
    assert await cache.get("a") == b"1"
    now = 1010.0
    assert await cache.get("a") is None
    assert cache.stats.entries == 0


async def test_hits_and_misses_are_counted() -> None:
    cache = MemoryCache(10_000)
    await cache.get("a")
    await cache.set("a", b"1", HOUR_S)
    await cache.get("a")
    await cache.get("a")
    assert (cache.stats.hits, cache.stats.misses) == (2, 1)
