"""What the access log costs a request, and how statistics grow with it.

Cost: two servers, one that records and one that does not, asked in turn for the same warm metadata. Growth: the time of
`stats` over the sums of a million records of thirty days, against ten thousand.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.processes import Helper, get, helper, server
from bench.rates import Served, at_rest, compare, cpu_s
from bench.rows import Row
from bench.stage import stage
from models.access import AccessRecord
from services.store.access_rollup import Changes, person_changes, traffic_changes
from services.store.embedded import EmbeddedMongo
from services.store.mongo import MongoDatabase
from services.store.stats import MongoStatsStore

COST_TARGET = 0.95
GROWTH_TARGET = 10.0
FEW, MANY = 10_000, 1_000_000
REPEATS = 5
ADDRESSES, TRACKS = 3000, 5000
KEEP = timedelta(days=30)
HOURLY_KEPT = timedelta(days=3)


async def rows() -> list[Row]:
    """The cost of a record, and the growth of `stats`."""
    with tempfile.TemporaryDirectory(prefix="music-dl-bench-") as folder:
        return [*await _cost(), await _growth(Path(folder))]


async def _cost() -> list[Row]:
    async with stage() as upstreams, helper("load") as load:
        settings = upstreams.greeting["settings"]
        path = f"/api/spotify/metadata?link=https://open.spotify.com/track/{upstreams.greeting['tracks'][0]}"
        async with server(settings) as on, server({**settings, "IP_TRACKING_RUNNING_STATUS": "stopped"}) as off:
            for product in (on, off):
                await product.answers("/health/live")
                for _ in range(2):
                    await get(product.port, path)
            recording, silent = Served(on.port, on.pid), Served(off.port, off.pid)
            found = await compare(load, recording, silent, path)
            stored_us = await _storing_us(load, recording, path)
    return [
        Row(
            name="warm metadata with the access log on, against off",
            measured=statistics.median(found.by_cpu),
            bound="at least",
            target=COST_TARGET,
            detail=found.told("on", "off"),
        ),
        Row(
            name="storing a record afterwards",
            measured=stored_us,
            unit="µs",
            detail="CPU time of the web process, role all, when requests leave it the time",
        ),
    ]


async def _storing_us(load: Helper, served: Served, path: str) -> float:
    await at_rest([served.pid])
    answer = await load.ask(port=served.port, path=path, connections=1, seconds=1.0, headers={})
    before_s = cpu_s(served.pid)
    await at_rest([served.pid])
    return 1e6 * (cpu_s(served.pid) - before_s) / int(answer["answered"])


async def _growth(folder: Path) -> Row:
    few_s, many_s = await _stats_s(folder, (FEW, MANY))
    return Row(
        name="stats over 1,000,000 records, against 10,000",
        measured=many_s / few_s,
        target=GROWTH_TARGET,
        detail=f"thirty days; {1000 * many_s:.0f} ms, {1000 * few_s:.0f} ms",
    )


async def _stats_s(folder: Path, sizes: tuple[int, ...]) -> list[float]:
    """Seconds of `traffic` over thirty days, for each number of records."""
    now = datetime.now(UTC)
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=719)
    async with EmbeddedMongo(folder / "growth") as embedded:
        times = []
        for size in sizes:
            database = MongoDatabase(embedded.uri, default_database=f"records_{size}")
            await database.ensure_indexes()
            await _fill(database, size, now)
            store = MongoStatsStore(database)
            taken = []
            for _ in range(REPEATS):
                started = time.perf_counter()
                traffic = await store.traffic(since, 720)
                taken.append(time.perf_counter() - started)
            database.close()
            if traffic.requests != size:
                raise RuntimeError(f"{traffic.requests} of {size} records are counted")
            times.append(statistics.median(taken))
        return times


async def _fill(database: MongoDatabase, size: int, now: datetime) -> None:
    """Writes the sums of so many records, as they would stand after thirty days."""
    sums: Changes = {}
    for records in _month(size, now):
        for name, changes in (traffic_changes(records, KEEP) | person_changes(records, KEEP, {})).items():
            for key, change in changes.items():
                _add(sums.setdefault(name, {}), key, change)
    recent = now - HOURLY_KEPT
    for name, changes in sums.items():
        documents = [{"_id": key, **change["$inc"], **change.get("$max", {}), **change["$setOnInsert"]}
                     for key, change in changes.items()]  # fmt: skip
        if name in {"ip_hours", "track_hours"}:
            documents = [each for each in documents if each["hour"] > recent]
        for start in range(0, len(documents), 2000):
            await database.collection(name).insert_many(documents[start : start + 2000])


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
