"""The breaker: what opens it, for how long, who probes, and what replicas learn from one another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from models.errors import (
    BotCheck,
    SessionLimited,
    SourceBlocked,
    SourceRateLimited,
    SourceTimeout,
    VideoPrivate,
)
from services.cache.base import Cache
from services.cache.memory import MemoryCache
from services.pacing import Breaker
from services.pacing.breaker import FIRST_S, LONGEST_S, PROBE_WAIT_S
from tests.pacing.clock import Clock
from tests.support.wait import wait_for

STAGE = "extract"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> Cache:
    """What all replicas of a test share."""
    return MemoryCache(100_000, clock=clock)


@pytest.fixture
def replica(clock: Clock, cache: Cache) -> Callable[[], Breaker]:
    """Makes one more replica's breaker of the same host."""
    return lambda: Breaker(name="videos", cache=cache, clock=clock, sleep=clock.sleep)


async def ask(breaker: Breaker, error: Exception | None = None) -> None:
    """One request, and how it ends."""
    async with breaker.guarded(STAGE):
        if error is not None:
            raise error


async def refused(breaker: Breaker, error: SourceBlocked) -> SourceBlocked:
    with pytest.raises(type(error)) as caught:
        await ask(breaker, error)
    return caught.value


async def test_closed_it_lets_everybody_through(replica: Callable[[], Breaker]) -> None:
    breaker = replica()
    await ask(breaker)
    with pytest.raises(VideoPrivate):
        await ask(breaker, VideoPrivate())
    with pytest.raises(SourceTimeout):
        await ask(breaker, SourceTimeout())
    await ask(breaker)
    assert breaker.stats().opened == 0
    assert await breaker.look() is None


@pytest.mark.parametrize("kind", [SourceBlocked, BotCheck, SessionLimited, SourceRateLimited])
async def test_a_refusal_opens_it_and_says_until_when(
    replica: Callable[[], Breaker], kind: type[SourceBlocked]
) -> None:
    breaker = replica()
    refusal = await refused(breaker, kind())
    assert refusal.retry_after_s == FIRST_S[kind.code]
    asked = False
    with pytest.raises(kind) as caught:
        async with breaker.guarded("search"):
            asked = True
    assert not asked
    assert (caught.value.stage, caught.value.retry_after_s) == ("search", FIRST_S[kind.code])
    assert breaker.stats().refused == 1


async def test_a_longer_demand_of_the_host_counts(replica: Callable[[], Breaker]) -> None:
    assert (await refused(replica(), SourceRateLimited(retry_after_s=5000))).retry_after_s == 5000
    assert (await refused(Breaker(name="other", cache=MemoryCache(1000)), BotCheck(retry_after_s=1))).retry_after_s == (
        FIRST_S[BotCheck.code]
    )


async def test_a_demand_without_bounds_is_bounded(replica: Callable[[], Breaker]) -> None:
    assert (await refused(replica(), SourceRateLimited(retry_after_s=1e12))).retry_after_s == 86_400


async def test_it_is_open_until_that_moment_and_then_a_good_probe_closes_it(
    replica: Callable[[], Breaker], clock: Clock
) -> None:
    breaker = replica()
    await refused(breaker, BotCheck())
    clock.now += FIRST_S[BotCheck.code] - 1
    with pytest.raises(BotCheck) as caught:
        await ask(breaker)
    assert caught.value.retry_after_s == 1
    clock.now += 1
    await ask(breaker)
    assert breaker.stats().probes == 1
    await ask(breaker)
    assert breaker.stats().probes == 1


async def test_refused_probes_make_the_pause_grow_up_to_an_hour(replica: Callable[[], Breaker], clock: Clock) -> None:
    breaker = replica()
    pauses = []
    for _ in range(6):
        pause_s = (await refused(breaker, SessionLimited())).retry_after_s
        assert pause_s is not None
        pauses.append(pause_s)
        clock.now += pause_s
    assert pauses == [900, 1800, 3600, 3600, 3600, 3600]
    assert LONGEST_S == 3600
    # A good probe forgets the past.
    await ask(breaker)
    assert (await refused(breaker, SessionLimited())).retry_after_s == 900


async def test_refusals_of_requests_that_were_under_way_together_are_one(
    replica: Callable[[], Breaker], clock: Clock
) -> None:
    breaker = replica()
    go = asyncio.Event()

    async def slow(seconds: float) -> SourceBlocked | None:
        try:
            async with breaker.guarded(STAGE):
                await go.wait()
                clock.now += seconds
                raise SourceRateLimited
        except SourceBlocked as error:
            return error

    tasks = [asyncio.create_task(slow(1)) for _ in range(5)]
    await asyncio.sleep(0)
    go.set()
    errors = await asyncio.gather(*tasks)
    assert [error and error.retry_after_s for error in errors] == [30, 29, 28, 27, 26]
    assert breaker.stats().opened == 1


async def test_one_probes_while_others_wait_for_what_it_learns(replica: Callable[[], Breaker], clock: Clock) -> None:
    breaker, elsewhere = replica(), replica()
    await refused(breaker, BotCheck())
    clock.now += FIRST_S[BotCheck.code]
    begun, answer = asyncio.Event(), asyncio.Event()

    async def probe() -> None:
        async with breaker.guarded(STAGE):
            begun.set()
            await answer.wait()

    probing = asyncio.create_task(probe())
    await begun.wait()
    clock.hold()
    waiting = [asyncio.create_task(ask(each)) for each in (breaker, breaker, elsewhere, elsewhere)]
    await wait_for(lambda: clock.sleeping == 4)
    assert not any(task.done() for task in waiting)
    answer.set()
    await probing
    clock.let_go()
    await asyncio.gather(*waiting)
    assert (breaker.stats().probes, elsewhere.stats().probes) == (1, 0)


async def test_those_who_waited_for_a_refused_probe_are_refused(replica: Callable[[], Breaker], clock: Clock) -> None:
    breaker = replica()
    await refused(breaker, SourceRateLimited())
    clock.now += 30
    begun, answer = asyncio.Event(), asyncio.Event()

    async def probe() -> None:
        async with breaker.guarded(STAGE):
            begun.set()
            await answer.wait()
            raise SourceRateLimited

    probing = asyncio.create_task(probe())
    await begun.wait()
    clock.hold()
    waiting = asyncio.create_task(ask(breaker))
    await wait_for(lambda: clock.sleeping == 1)
    answer.set()
    with pytest.raises(SourceRateLimited):
        await probing
    clock.let_go()
    with pytest.raises(SourceRateLimited) as caught:
        await waiting
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s > 30


async def test_a_probe_that_takes_too_long_holds_nobody_for_ever(replica: Callable[[], Breaker], clock: Clock) -> None:
    breaker = replica()
    await refused(breaker, SourceRateLimited())
    clock.now += 30
    begun = asyncio.Event()

    async def probe() -> None:
        async with breaker.guarded(STAGE):
            begun.set()
            await asyncio.Event().wait()

    probing = asyncio.create_task(probe())
    await begun.wait()
    before = clock.now
    with pytest.raises(SourceRateLimited) as caught:
        await ask(breaker)
    assert clock.now - before >= PROBE_WAIT_S
    assert caught.value.retry_after_s == 15
    # Cancelled, it leaves the question to the next one.
    probing.cancel()
    await asyncio.gather(probing, return_exceptions=True)
    await ask(breaker)
    assert breaker.stats().probes == 2


@pytest.mark.parametrize(("error", "closes"), [(VideoPrivate(), True), (SourceTimeout(), False)])
async def test_what_a_probe_learns(
    replica: Callable[[], Breaker], clock: Clock, error: Exception, closes: bool
) -> None:
    breaker = replica()
    await refused(breaker, SourceRateLimited())
    clock.now += 30
    with pytest.raises(type(error)):
        await ask(breaker, error)
    await ask(breaker)
    assert breaker.stats().probes == (1 if closes else 2)


async def test_all_replicas_obey_one_refusal(replica: Callable[[], Breaker], clock: Clock) -> None:
    first, second = replica(), replica()
    await refused(first, SessionLimited())
    with pytest.raises(SessionLimited):
        await ask(second)
    block = await second.look()
    assert block is not None
    assert (block.code, block.until) == (SessionLimited.code, clock.now + 900)
    # One started later, too; and all of them learn that it is over.
    clock.now += 900
    await ask(replica())
    await ask(first)
    await ask(second)
    assert (first.stats().probes, second.stats().probes) == (0, 0)


async def test_what_others_learnt_makes_the_next_pause_longer(replica: Callable[[], Breaker], clock: Clock) -> None:
    await refused(replica(), SourceRateLimited())
    clock.now += 30
    assert (await refused(replica(), SourceRateLimited())).retry_after_s == 60


class NoCache:
    """A cache whose server is gone."""

    async def get(self, key: str) -> bytes | None:
        return None

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        return None

    async def add(self, key: str, value: bytes, ttl_s: float) -> bool:
        return True

    async def delete(self, key: str) -> None:
        return None


async def test_without_its_cache_a_replica_obeys_what_it_was_told_itself(clock: Clock) -> None:
    breaker = Breaker(name="videos", cache=NoCache(), clock=clock, sleep=clock.sleep)
    await refused(breaker, BotCheck())
    with pytest.raises(BotCheck):
        await ask(breaker)
    clock.now += FIRST_S[BotCheck.code]
    await ask(breaker)


@pytest.mark.parametrize("value", [b"", b"no json", b"[]", b'{"code":"bogus","since":1,"until":2,"strikes":1}',
                                   b'{"code":"youtube_bot_check","since":1,"until":"NaN","strikes":1}'])  # fmt: skip
async def test_a_foreign_entry_blocks_nobody(replica: Callable[[], Breaker], cache: Cache, value: bytes) -> None:
    await cache.set("youtube:block:videos", value, 100)
    await ask(replica())
