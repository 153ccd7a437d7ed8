"""What becomes of records when the process is killed, the database goes away, or a message is no message."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.access.log import AccessLog
from services.access.memory_queue import MemoryAccessQueue
from services.access.spool import Spool
from services.access.writer import AccessWriter
from services.store.access import MongoAccessStore
from services.store.mongo import MongoDatabase
from tests.support.access import batch, encoded, record
from tests.support.tcp_proxy import TcpProxy
from tests.support.wait import wait_for

pytestmark = pytest.mark.timeout(200)

ROOT = Path(__file__).resolve().parents[2]

_RECORDS = """
import asyncio, sys, time
from pathlib import Path
from services.access.log import AccessLog
from services.access.memory_queue import MemoryAccessQueue
from services.access.spool import Spool
from services.store.access import MongoAccessStore
from services.store.mongo import MongoDatabase
from tests.support.access import record

async def main():
    spool = Spool(Path(sys.argv[1]))
    database = MongoDatabase(sys.argv[2], default_database=sys.argv[3], timeout_ms=30_000)
    store = MongoAccessStore(database, retention_days=30)
    log = AccessLog(spool=spool, queue=MemoryAccessQueue(spool=spool), store=store, locator=None)
    await log.start()
    for number in range(10**6):
        log.record(record(bytes=number))
        print(number, time.time(), flush=True)
        await asyncio.sleep(0.001)

asyncio.run(main())
"""


@asynccontextmanager
async def _log(home: Path, database: MongoDatabase) -> AsyncIterator[AccessLog]:
    spool = Spool(home)
    store = MongoAccessStore(database, retention_days=30)
    log = AccessLog(spool=spool, queue=MemoryAccessQueue(spool=spool), store=store, locator=None, flush_every_s=0.02)
    await log.start()
    try:
        yield log
    finally:
        await log.close()


async def _bytes(database: MongoDatabase) -> list[int]:
    return sorted(each["bytes"] for each in await database.collection("access_logs").find({}))


async def test_a_killed_process_loses_one_second_at_most(
    tmp_path: Path, server_uri: str, database: MongoDatabase
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _RECORDS, str(tmp_path), server_uri, database.name),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    said: list[tuple[int, float]] = []
    async for line in process.stdout:
        number, at = line.split()
        said.append((int(number), float(at)))
        if len(said) > 100 and said[-1][1] - said[0][1] > 3:
            os.kill(process.pid, signal.SIGKILL)
            break
    # The last line may be half a one.
    rest = re.findall(rb"^(\d+) (\d+\.\d+)\n", await process.stdout.read(), re.MULTILINE)
    said += [(int(number), float(at)) for number, at in rest]
    await process.wait()
    last = said[-1][1]
    async with _log(tmp_path, database):

        async def all_stored() -> bool:
            return not list((tmp_path / "access" / "spool").glob("*/*.json"))

        await wait_for(all_stored, deadline_s=60)
    kept = await _bytes(database)
    # None twice, none missing in between; at the end, at most what was recorded within the last second.
    assert kept == list(range(len(kept)))
    must = [number for number, at in said if at < last - 1.0]
    assert len(kept) >= len(must)


async def test_a_database_that_goes_away_delays_records_and_nothing_else(
    tmp_path: Path, server_uri: str, database: MongoDatabase
) -> None:
    address = re.search(r"127\.0\.0\.1:(\d+)", server_uri)
    assert address is not None
    async with TcpProxy(int(address[1])) as proxy:
        through = MongoDatabase(
            f"mongodb://127.0.0.1:{proxy.port}/{database.name}?directConnection=true", timeout_ms=200
        )
        async with _log(tmp_path, through) as log:
            log.record(record(bytes=0))

            async def stored(count: int) -> bool:
                return len(await _bytes(database)) == count

            await wait_for(lambda: stored(1))
            proxy.refuse()
            for number in range(1, 2000):
                began = time.perf_counter()
                log.record(record(bytes=number))
                assert time.perf_counter() - began < 1
            await wait_for(lambda: list((tmp_path / "access" / "spool").glob("*/*.json")))
            proxy.admit()
            await wait_for(lambda: stored(2000), deadline_s=90)
        through.close()
    assert await _bytes(database) == list(range(2000))


async def test_a_stop_without_a_database_leaves_the_records_for_the_next_start(
    tmp_path: Path, server_uri: str, database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.access.log.DRAIN_S", 0.2)
    gone = MongoDatabase("mongodb://127.0.0.1:1/?directConnection=true", timeout_ms=100)
    async with _log(tmp_path, gone) as log:
        for number in range(10):
            log.record(record(bytes=number))
    gone.close()
    async with _log(tmp_path, database):
        await wait_for(lambda: not list((tmp_path / "access" / "spool").glob("*/*.json")))
    assert await _bytes(database) == list(range(10))


async def test_a_spoilt_file_is_put_aside_and_holds_nothing_up(tmp_path: Path, database: MongoDatabase) -> None:
    folder = tmp_path / "access" / "spool" / "1-dead"
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    (folder / "1-a.json").write_bytes(b'{"half a batch')
    async with _log(tmp_path, database) as log:
        log.record(record(bytes=7))

        async def stored() -> bool:
            return await _bytes(database) == [7]

        await wait_for(stored)
        assert (await log.stats())["dead_letters"] == 1
    (dead,) = (tmp_path / "access" / "dead").iterdir()
    assert dead.read_bytes() == b'{"half a batch'


async def test_storing_rests_while_requests_come_and_hurries_at_the_end(database: MongoDatabase) -> None:
    rested: list[float] = []
    rates = iter([1000.0, 1000.0, 0.0])

    async def sleep(seconds: float) -> None:
        rested.append(seconds)

    writer = AccessWriter(
        store=MongoAccessStore(database, retention_days=30),
        stored=lambda: None,
        rate=lambda: next(rates, 0.0),
        sleep=sleep,
    )
    fresh = time.time()
    await writer.handle(encoded(batch([record(ts=fresh)])))
    await writer.handle(encoded(batch([record(ts=fresh)])))
    assert rested
    rates = iter([1000.0] * 1000)
    rested.clear()
    writer.hurried = True
    await writer.handle(encoded(batch([record(ts=fresh)])))
    assert rested == []


async def test_rest_from_before_a_rush_counts_for_nothing_in_it(database: MongoDatabase) -> None:
    rested: list[float] = []
    rate = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal rate
        rested.append(seconds)
        rate = 0.0

    writer = AccessWriter(
        store=MongoAccessStore(database, retention_days=30),
        stored=lambda: None,
        rate=lambda: rate,
        sleep=sleep,
    )
    for rush in (1, 2):
        rate = 1000.0
        await writer.handle(encoded(batch([record(ts=time.time())])))
        assert len(rested) == rush
    assert writer.records == 2
