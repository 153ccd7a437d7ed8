"""What every book of limits does, in memory or in Redis; and Redis gone."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.caller import Caller
from models.errors import TooManySockets
from services.limits.base import LimitBook
from services.limits.memory import MemoryLimitBook
from services.limits.redis import RedisLimitBook
from services.limits.service import CallerLimits
from tests.support.redis_server import RedisServer
from tests.support.wait import wait_for

HOUR_MS = 3_600_000
"""Long enough for no test to see the window's end."""
PHONE, TABLET = Caller("phone", "192.0.2.7"), Caller("tablet", "192.0.2.7")
Make = Callable[..., LimitBook]


@pytest.fixture(scope="module")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """No test may harm it."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["memory", "redis"])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Makes books; those in Redis share what they know."""
    made: list[LimitBook] = []
    prefix = secrets.token_hex(8)

    def new(*, width_ms: int = HOUR_MS) -> LimitBook:
        if request.param == "memory":
            return MemoryLimitBook(width_ms=width_ms)
        server: RedisServer = request.getfixturevalue("shared_redis")
        book = RedisLimitBook(server.url, prefix=prefix, width_ms=width_ms, timeout_s=30)
        made.append(book)
        return book

    yield new
    for book in made:
        await book.close()


async def passed(book: LimitBook, label: str, limit: int) -> bool:
    result = await book.hit(label, limit)
    assert result is not None
    return result[1]


async def test_so_many_pass_and_no_more(make: Make) -> None:
    book = make()
    assert [await passed(book, "a", 3) for _ in range(5)] == [True, True, True, False, False]
    assert await passed(book, "b", 3), "each caller for itself"


async def test_of_many_at_once_so_many_pass(make: Make) -> None:
    book = make()
    assert sum(await asyncio.gather(*(passed(book, "a", 20) for _ in range(100)))) == 20


async def test_the_window_counts_those_that_passed(make: Make) -> None:
    book = make()
    for expected in (1, 2, 2):
        result = await book.hit("a", 2)
        assert result is not None
        window = result[0]
        assert (window.former, window.current) == (0, expected)
        assert window.start <= window.now < window.start + HOUR_MS


async def test_after_the_window_all_passes_again(make: Make) -> None:
    book = make(width_ms=200)
    await passed(book, "a", 1)
    await wait_for(lambda: passed(book, "a", 1))


async def test_what_was_asked_before_weighs_on(make: Make) -> None:
    book = make(width_ms=2_000)
    while not (result := await book.hit("a", 1_000_000)) or result[0].former == 0:
        await asyncio.sleep(0.05)
    window, _ = result
    # As the pure function has it, on the book's own clock.
    refused = await book.hit("a", 1)
    assert refused is not None
    assert (refused[0].start, refused[1]) == (window.start, False)


async def test_seats(make: Make) -> None:
    book = make()
    assert [await book.take("a", seat, 2) for seat in ("1", "2", "3")] == [True, True, False]
    assert await book.take("a", "1", 2), "the same seat counts once"
    assert await book.take("b", "1", 2), "each caller for itself"
    await book.leave("a", "2")
    await book.leave("a", "never taken")
    assert [await book.take("a", seat, 2) for seat in ("3", "4")] == [True, False]


async def test_of_many_at_once_so_many_are_seated(make: Make) -> None:
    book = make()
    assert sum(await asyncio.gather(*(book.take("a", str(n), 7) for n in range(50)))) == 7


async def test_two_replicas_share_one_limit(shared_redis: RedisServer) -> None:
    books = [RedisLimitBook(shared_redis.url, prefix="two:", width_ms=HOUR_MS, timeout_s=30) for _ in range(2)]
    hits = await asyncio.gather(*(passed(books[n % 2], "a", 10) for n in range(60)))
    assert sum(hits) == 10
    seats = await asyncio.gather(*(books[n % 2].take("a", str(n), 4) for n in range(20)))
    assert sum(map(bool, seats)) == 4
    for book in books:
        await book.close()


async def test_the_seats_of_a_dead_process_become_free_and_those_of_a_living_one_do_not(
    shared_redis: RedisServer,
) -> None:
    # By Redis' own clock: far longer than a renewal takes, and the living one renews all the time.
    dead = RedisLimitBook(shared_redis.url, prefix="dead:", seat_lasts_ms=3_000, timeout_s=30)
    living = RedisLimitBook(shared_redis.url, prefix="dead:", seat_lasts_ms=60_000, timeout_s=30)
    assert await dead.take("a", "dead", 2)
    await dead.close()
    assert await living.take("a", "living", 2)

    async def seated() -> bool:
        await living.keep({"a": {"living"}})
        return bool(await living.take("a", "new", 2))

    await wait_for(seated)
    assert not await living.take("a", "one more", 2)
    await living.close()


async def test_no_address_stands_in_redis(shared_redis: RedisServer) -> None:
    book = RedisLimitBook(shared_redis.url, prefix="plain:", timeout_s=30)
    await book.hit("ip:192.0.2.7", 5)
    await book.take("ip:192.0.2.7", "seat", 5)
    keys = [key async for key in book._link.client.scan_iter("plain:*")]
    assert len(keys) == 2
    assert b"192.0.2.7" not in b"".join(keys)
    for key in keys:
        assert 0 < await book._link.client.pttl(key) <= 120_000, "it goes by itself"
    await book.close()


class TestRedisGone:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[RedisServer]:
        server = RedisServer(tmp_path)
        server.start()
        yield server
        server.kill()

    @asynccontextmanager
    async def limits(self, server: RedisServer) -> AsyncIterator[tuple[CallerLimits, list[float]]]:
        """And the clock of its pauses."""
        now = [0.0]
        book = RedisLimitBook(server.url, width_ms=HOUR_MS, timeout_s=1.0, clock=lambda: now[0])
        limits = CallerLimits(book=book, requests_per_minute=2, max_sockets=1)

        async def seen() -> bool:
            now[0] += 3.0
            return await book.hit("first", 1) is not None

        await wait_for(seen, what="Redis is fast enough to be seen")
        yield limits, now
        await book.close()

    async def test_killed_in_the_middle_everybody_passes_and_is_counted(
        self, server: RedisServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.limits(server) as (limits, now):
            told = [await limits.request(PHONE) for _ in range(3)]
            assert [quota is not None and quota.retry_after_s is None for quota in told] == [True, True, False]
            server.kill()
            assert [await limits.request(PHONE) for _ in range(50)] == [None] * 50
            async with limits.socket(PHONE), limits.socket(PHONE):
                numbers = limits.numbers()
            assert (numbers["requests_uncounted"], numbers["sockets_uncounted"]) == (50, 2)
            assert [record.message for record in caplog.records].count("limits_not_counted") == 1
            server.start()

            async def counted_again() -> bool:
                now[0] += 3.0
                return await limits.request(PHONE) is not None

            await wait_for(counted_again)
            assert "limits_counted_again" in caplog.text

    async def test_a_redis_that_hangs_costs_one_wait_a_pause(self, server: RedisServer) -> None:
        async with self.limits(server) as (limits, now):
            server.hang()
            book = limits._book
            assert isinstance(book, RedisLimitBook)
            before = book._link.failures
            for pauses in range(1, 3):
                await limits.request(PHONE)
                assert await asyncio.gather(*(limits.request(TABLET) for _ in range(50))) == [None] * 50
                assert book._link.failures == before + pauses
                now[0] += 3.0
            server.go_on()


async def test_the_administrator_has_no_limit() -> None:
    limits = CallerLimits(book=MemoryLimitBook(), requests_per_minute=1, max_sockets=1)
    admin = Caller("admin", "192.0.2.7")
    assert [await limits.request(admin) for _ in range(3)] == [None] * 3
    async with limits.socket(admin), limits.socket(admin):
        pass


async def test_sockets_are_counted_while_they_are_open() -> None:
    limits = CallerLimits(book=MemoryLimitBook(), max_sockets=2)
    async with limits.socket(PHONE):
        async with limits.socket(PHONE), limits.socket(TABLET):
            with pytest.raises(TooManySockets):
                async with limits.socket(PHONE):
                    pass
        async with limits.socket(PHONE):
            assert limits.numbers()["sockets_open"] == 2
    assert (limits.numbers()["sockets_open"], limits.numbers()["sockets_refused"]) == (0, 1)


async def test_memory_is_bounded() -> None:
    book = MemoryLimitBook(width_ms=HOUR_MS, callers_kept=100)
    await passed(book, "busy", 1)
    for number in range(300):
        await passed(book, str(number), 1)
        if number % 50 == 0:
            assert not await passed(book, "busy", 1), "whoever keeps asking is not forgotten"
    assert len(book._windows) == 100
