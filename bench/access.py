"""What the access log costs, and how statistics grow with it: `python -m bench.access`.

Cost: two servers side by side, one that records and one that does not, asked in turn for the same warm metadata; the
ratio of their requests/s, by the median of the rounds. Growth: the CPU time of `stats` over the sums of a million
records of thirty days, against ten thousand.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from _local.sandbox.catalogue import sandbox_catalogue
from _local.sandbox.service import running_sandbox
from models.access import AccessRecord
from services.store.access_rollup import Changes, person_changes, traffic_changes
from services.store.embedded import EmbeddedMongo
from services.store.mongo import MongoDatabase
from services.store.stats import MongoStatsStore

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = 16
ADDRESSES, TRACKS = 3000, 5000
KEEP = timedelta(days=30)
HOURLY_KEPT = timedelta(days=3)


async def cost(folder: Path, rounds: int, round_s: float) -> float:
    """Requests/s with the access log, as a part of requests/s without."""
    link = f"spotify:track:{next(iter(sandbox_catalogue().tracks))}"
    async with running_sandbox(folder / "sandbox") as sandbox, AsyncExitStack() as stack:
        servers: dict[str, tuple[int, int]] = {}
        for status in ("running", "stopped"):
            environ = {**sandbox.settings, "IP_TRACKING_RUNNING_STATUS": status, "PROXIES_COUNT": "1"}
            servers[status] = await stack.enter_async_context(_server(folder / status, environ))
        rates: dict[str, list[float]] = {status: [] for status in servers}
        costs: dict[str, list[float]] = {status: [] for status in servers}
        for port, _ in servers.values():
            await _load(port, link, 2.0)
        for number in range(rounds):
            for status in sorted(servers, reverse=bool(number % 2)):
                port, pid = servers[status]
                before = _cpu_s(pid)
                rate = await _load(port, link, round_s)
                rates[status].append(rate)
                costs[status].append((_cpu_s(pid) - before) / (rate * round_s))
    for status, each in rates.items():
        spent = 1e6 * statistics.median(costs[status])
        print(f"  {status:8} {statistics.median(each):6.0f} requests/s, {spent:.0f} µs of the server's CPU for each")
    return statistics.median(on / off for on, off in zip(rates["running"], rates["stopped"], strict=True))


@asynccontextmanager
async def _server(home: Path, settings: dict[str, str]) -> AsyncIterator[tuple[int, int]]:
    """A server's port and process id."""
    home.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environ = {**os.environ, **settings, "MUSIC_DL_HOME": str(home), "CORE_SERVICE_HOST": "127.0.0.1"}
    with (home / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app"), cwd=ROOT, stdout=log, stderr=log,
            env=environ | {"CORE_SERVICE_PORT": str(port), "LOG_LEVEL": "WARNING"},
        )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as http:
            while True:
                if process.returncode is not None:
                    raise SystemExit((home / "log").read_text())
                try:
                    async with http.get(f"http://127.0.0.1:{port}/health/ready") as answer:
                        if answer.status == 200:
                            break
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
        yield port, process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _load(port: int, link: str, seconds: float) -> float:
    """Requests/s of some connections that each ask again as soon as they are answered."""
    end = time.perf_counter() + seconds
    started = time.perf_counter()
    counts = await asyncio.gather(*(_ask(port, link, number, end) for number in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - started)


async def _ask(port: int, link: str, number: int, end: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET /api/spotify/metadata?link={link} HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench/1.0\r\n"
    request = f"{head}X-Forwarded-For: 8.8.{number}.8\r\n\r\n".encode()
    answered = 0
    while time.perf_counter() < end:
        writer.write(request)
        headers = await reader.readuntil(b"\r\n\r\n")
        if not headers.startswith(b"HTTP/1.1 200"):
            raise SystemExit(headers.decode())
        length = int(headers.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        answered += 1
    writer.close()
    return answered


async def growth(folder: Path, sizes: tuple[int, ...], repeats: int) -> list[float]:
    """CPU seconds of `traffic` over thirty days, database included, for each number of records; measured in turn."""
    now = datetime.now(UTC)
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=719)
    async with EmbeddedMongo(folder / "growth") as embedded, AsyncExitStack() as stack:
        assert embedded.pid is not None
        stores, documents = {}, {}
        for size in sizes:
            database = MongoDatabase(embedded.uri, default_database=f"records_{size}")
            stack.callback(database.close)
            await database.ensure_indexes()
            documents[size] = await _fill(database, size, now)
            stores[size] = MongoStatsStore(database)
        taken: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(repeats):
            for size, store in stores.items():
                before = _cpu_s(embedded.pid) + time.process_time()
                traffic = await store.traffic(since, 720)
                taken[size].append(_cpu_s(embedded.pid) + time.process_time() - before)
                if traffic.requests != size:
                    raise SystemExit(f"{traffic.requests} of {size} records are counted")
        times = [statistics.median(taken[size]) for size in sizes]
        for size, each in zip(sizes, times, strict=True):
            print(f"  {size:9} records, {documents[size]:7} sums: stats take {each:.3f} s of CPU")
        return times


async def _fill(database: MongoDatabase, size: int, now: datetime) -> int:
    """Writes the sums of so many records, as they would stand after thirty days; how many documents that takes."""
    sums: Changes = {}
    for records in _month(size, now):
        for name, changes in (traffic_changes(records, KEEP) | person_changes(records, KEEP, {})).items():
            for key, change in changes.items():
                _add(sums.setdefault(name, {}), key, change)
    recent = now - HOURLY_KEPT
    count = 0
    for name, changes in sums.items():
        documents = [{"_id": key, **change["$inc"], **change.get("$max", {}), **change["$setOnInsert"]}
                     for key, change in changes.items()]  # fmt: skip
        if name in {"ip_hours", "track_hours"}:
            documents = [each for each in documents if each["hour"] > recent]
        count += len(documents)
        for start in range(0, len(documents), 2000):
            await database.collection(name).insert_many(documents[start : start + 2000])
    return count


def _add(sums: dict[str, Any], key: str, change: dict[str, Any]) -> None:
    known = sums.setdefault(key, change)
    if known is not change:
        for field, number in change["$inc"].items():
            known["$inc"][field] = known["$inc"].get(field, 0) + number
        for field, moment in change.get("$max", {}).items():
            known["$max"][field] = max(known["$max"][field], moment)


def _month(size: int, now: datetime) -> Iterator[list[AccessRecord]]:
    """Records of thirty days, some addresses and tracks far more often than others."""
    dice = random.Random(size)
    for start in range(0, size, 10_000):
        yield [_record(dice, now) for _ in range(min(10_000, size - start))]


def _record(dice: random.Random, now: datetime) -> AccessRecord:
    address = int(ADDRESSES * dice.random() ** 2)
    track = f"{int(TRACKS * dice.random() ** 2):022d}"
    what = dice.choices(("metadata", "download", "media"), (6, 2, 2))[0]
    path = {"metadata": "/api/spotify/metadata", "download": f"/api/spotify/download/track/{track}",
            "media": f"/media/{track}.m4a"}[what]  # fmt: skip
    return AccessRecord(
        ts=(now - timedelta(seconds=dice.random() * 719 * 3600)).timestamp(),
        ip=f"8.{address // 250}.{address % 250}.8",
        method="GET",
        path=path,
        route=path.replace(track, "{id}"),
        status=dice.choices((200, 304, 404, 503), (80, 10, 8, 2))[0],
        duration_ms=dice.lognormvariate(1, 1.5),
        bytes=dice.randrange(100_000),
        user_agent="bench",
        track_id=track,
        kind="track" if what == "metadata" else None,
        cache=dice.choice(("hit", "miss")) if what == "metadata" else None,
    )


async def main() -> None:
    """Prints both measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--round-s", type=float, default=2.0)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("cost", "growth"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.only != "growth":
            print("Access log on, against off:")
            print(f"  ratio {await cost(Path(folder), arguments.rounds, arguments.round_s):.3f} (wanted: 0.95 or more)")
        if arguments.only != "cost":
            print("Statistics over thirty days:")
            few, many = await growth(Path(folder), (arguments.records // 100, arguments.records), repeats=5)
            print(f"  ratio {many / few:.2f} (wanted: 10 or less)")


if __name__ == "__main__":
    asyncio.run(main())
