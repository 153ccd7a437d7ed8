from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.access import AccessRecord
from services.access.codec import from_bytes
from services.access.recorder import BATCH_RECORDS, AccessRecorder
from services.access.spool import Spool
from tests.support.access import record
from tests.support.wait import wait_for


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path)
    spool.open()
    yield spool
    spool.close()


def _recorder(spool: Spool, *, anonymize: bool = False, capacity: int = 10_000) -> AccessRecorder:
    return AccessRecorder(spool=spool, spooled=lambda: None, anonymize=anonymize, capacity=capacity, flush_every_s=0.01)


def _spooled(spool: Spool) -> list[AccessRecord]:
    records: list[AccessRecord] = []
    while (found := spool.oldest()) is not None:
        records += from_bytes(found[1]).records
        spool.remove(found[0])
    return records


async def test_a_flush_puts_everything_on_the_disk(spool: Spool) -> None:
    recorder = _recorder(spool)
    sent = [record(bytes=number) for number in range(2 * BATCH_RECORDS + 1)]
    for each in sent:
        recorder.add(each)
    await recorder.flush()
    assert len(spool) == 3
    assert _spooled(spool) == sent


async def test_it_flushes_by_itself(spool: Spool) -> None:
    recorder = _recorder(spool)
    running = asyncio.create_task(recorder.run())
    recorder.add(record())
    await wait_for(lambda: len(spool) == 1)
    running.cancel()


async def test_beyond_its_capacity_it_drops_and_counts(spool: Spool) -> None:
    recorder = _recorder(spool, capacity=10)
    for _ in range(15):
        recorder.add(record())
    await recorder.flush()
    assert (recorder.stats().recorded, recorder.stats().dropped) == (10, 5)
    assert len(_spooled(spool)) == 10


async def test_what_a_full_spool_refuses_is_counted_as_dropped(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=1)
    spool.open()
    recorder = _recorder(spool)
    recorder.add(record())
    await recorder.flush()
    assert (recorder.stats().recorded, recorder.stats().dropped) == (0, 1)
    spool.close()


async def test_what_the_disk_refuses_waits_for_the_next_time(tmp_path: Path, spool: Spool) -> None:
    (folder,) = (tmp_path / "access" / "spool").iterdir()
    away = tmp_path / "away"
    folder.rename(away)
    recorder = _recorder(spool)
    sent = [record(bytes=1), record(bytes=2)]
    recorder.add(sent[0])
    await recorder.flush()
    recorder.add(sent[1])
    assert recorder.stats().dropped == 0
    away.rename(folder)
    await recorder.flush()
    assert _spooled(spool) == sent


async def test_a_flush_that_is_cancelled_spools_nothing_twice(spool: Spool) -> None:
    recorder = _recorder(spool)
    sent = [record(bytes=number) for number in range(3000)]
    for each in sent:
        recorder.add(each)
    flushing = asyncio.create_task(recorder.flush())
    await wait_for(lambda: len(spool) > 0)
    flushing.cancel()
    await recorder.flush()
    assert _spooled(spool) == sent


async def test_the_rate_is_that_of_late(spool: Spool) -> None:
    recorder = _recorder(spool)
    running = asyncio.create_task(recorder.run())
    for _ in range(1000):
        recorder.add(record())
    await wait_for(lambda: recorder.rate > 0)
    await wait_for(lambda: recorder.rate == 0)
    running.cancel()


def test_addresses_are_normalised_and_garbage_is_not_believed(spool: Spool) -> None:
    address = _recorder(spool).address
    assert address("::ffff:203.0.113.9", "10.0.0.1") == "203.0.113.9"
    assert address("", "10.0.0.1") == "10.0.0.1"
    assert address("forged!", "10.0.0.1") == "10.0.0.1"
    assert address("", "") == ""


def test_addresses_are_shortened_before_anything_else_sees_them(spool: Spool) -> None:
    address = _recorder(spool, anonymize=True).address
    assert address("203.0.113.9", "10.0.0.1") == "203.0.113.0"
    assert address("[2001:db8:1:2::3]", "10.0.0.1") == "2001:db8:1::"
    assert address("", "10.0.0.7") == "10.0.0.0"
    assert address("", "") == ""
