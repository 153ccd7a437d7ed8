"""How fast may be written: exact in every window, shared by processes, never asleep."""

from __future__ import annotations

import asyncio

import pytest

from models.errors import BucketRateLimited
from services.bucket.pace import MemoryPaceBook, PaceBook, Window, WritePace
from services.store.bucket_lanes import MongoPaceBook
from services.store.mongo import MongoDatabase


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def mongo_book(database: MongoDatabase) -> PaceBook:
    return MongoPaceBook(database)


@pytest.fixture(params=["memory", "mongo"])
def book(request: pytest.FixtureRequest) -> PaceBook:
    if request.param == "memory":
        return MemoryPaceBook()
    found: PaceBook = request.getfixturevalue("mongo_book")
    return found


def pace(book: PaceBook, clock: Clock, *windows: Window) -> WritePace:
    return WritePace(book=book, name="api", windows=windows or (Window(3, 60.0), Window(5, 3600.0)), clock=clock)


async def refused_s(subject: WritePace, *, least: int = 1) -> float:
    with pytest.raises(BucketRateLimited) as caught:
        await subject.take(least, least=least)
    assert caught.value.retry_after_s is not None
    return caught.value.retry_after_s


async def test_so_many_and_no_more(book: PaceBook) -> None:
    clock = Clock()
    subject = pace(book, clock)
    for _ in range(3):
        await subject.take(1)
    assert await refused_s(subject) == pytest.approx(60)
    clock.now += 60
    await subject.take(2)
    assert await refused_s(subject) == pytest.approx(3540)
    clock.now += 3540
    assert (await subject.take(9)).writes == 3


async def test_what_is_granted_is_what_is_free(book: PaceBook) -> None:
    clock = Clock()
    subject = pace(book, clock)
    assert (await subject.take(2)).writes == 2
    assert await refused_s(subject, least=2) == pytest.approx(60)
    assert (await subject.take(2)).writes == 1


async def test_a_write_counts_from_its_end(book: PaceBook) -> None:
    clock = Clock()
    subject = pace(book, clock)
    turn = await subject.take(3)
    clock.now += 50
    await subject.settle(turn, 2)
    clock.now += 10
    assert (await subject.take(5)).writes == 1, "two were written ten seconds ago, the third one never"
    assert await refused_s(subject) == pytest.approx(50)


async def test_a_held_bucket_is_held_for_all(book: PaceBook) -> None:
    clock = Clock()
    subject, other = pace(book, clock), pace(book, clock)
    await subject.hold(30)
    await other.hold(10)
    assert await refused_s(other) == pytest.approx(30)
    clock.now += 30
    await other.take(1)


async def test_many_who_ask_at_once_share_one_count(book: PaceBook) -> None:
    clock = Clock()
    paces = [pace(book, clock, Window(10, 60.0)) for _ in range(6)]
    asked = await asyncio.gather(*(subject.take(1) for subject in paces for _ in range(4)), return_exceptions=True)
    assert sum(1 for outcome in asked if not isinstance(outcome, BaseException)) == 10
    assert all(isinstance(outcome, BucketRateLimited) for outcome in asked if isinstance(outcome, BaseException))
