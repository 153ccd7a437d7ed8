"""The near cache in front of the far one."""

from __future__ import annotations

from services.cache.memory import MemoryCache
from services.cache.tiered import TieredCache


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_the_near_one_is_filled_from_the_far_one_and_asked_first() -> None:
    near, far = MemoryCache(10_000), MemoryCache(10_000)
    cache = TieredCache(near=near, far=far, near_ttl_s=5)
    await far.set("a", b"1", 100)
    assert await cache.get("a") == b"1"
    assert await cache.get("a") == b"1"
    assert far.stats.hits == 1
    assert near.stats.hits == 1


async def test_the_near_one_keeps_nothing_for_long() -> None:
    clock = Clock()
    near, far = MemoryCache(10_000, clock=clock), MemoryCache(10_000, clock=clock)
    cache = TieredCache(near=near, far=far, near_ttl_s=5)
    await cache.set("a", b"1", 100)
    await far.set("a", b"by another process", 100)
    assert await cache.get("a") == b"1"
    clock.now = 5
    assert await cache.get("a") == b"by another process"


async def test_a_shorter_life_is_kept_to() -> None:
    clock = Clock()
    cache = TieredCache(near=MemoryCache(10_000, clock=clock), far=MemoryCache(10_000, clock=clock), near_ttl_s=5)
    await cache.set("a", b"1", 1)
    clock.now = 1
    assert await cache.get("a") is None
