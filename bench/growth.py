"""How the CPU time of `stats` grows with the access log: sums of a million records of thirty days against ten thousand.

Making so many records takes minutes.
"""

from __future__ import annotations

import gc
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.rates import cpu_s
from bench.rows import Row
from models.access import AccessRecord
from services.store.access_rollup import Changes, person_changes, traffic_changes
from services.store.embedded import EmbeddedMongo
from services.store.mongo import MongoDatabase
from services.store.stats import MongoStatsStore

GROWTH_TARGET = 10.0
FEW, MANY = 10_000, 1_000_000
REPEATS = 5
ADDRESSES, TRACKS = 3000, 5000
KEEP = timedelta(days=30)
HOURLY_KEPT = timedelta(days=3)
UNREAD = "ip_trace_urls"
"""Most of all documents by far, and `stats` does not look at them."""


async def rows() -> list[Row]:
    """The time of the many, as a multiple of that of the few."""
    with tempfile.TemporaryDirectory(prefix="music-dl-bench-") as folder:
        few_s, many_s = await _stats_s(Path(folder), (FEW, MANY))
    return [
        Row(
            name=f"stats over {MANY:,} records, against {FEW:,}",
            measured=many_s / few_s,
            target=GROWTH_TARGET,
            detail=f"CPU time, database included; {1000 * many_s:.0f} ms, {1000 * few_s:.0f} ms",
        )
    ]


async def _stats_s(folder: Path, sizes: tuple[int, ...]) -> list[float]:
    """CPU seconds of `traffic` over thirty days, database included, for each number of records; measured in turn."""
    now = datetime.now(UTC)
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=719)
    async with EmbeddedMongo(folder / "growth") as embedded, AsyncExitStack() as stack:
        assert embedded.pid is not None
        stores: dict[int, MongoStatsStore] = {}
        for size in sizes:
            database = MongoDatabase(embedded.uri, default_database=f"records_{size}")
            stack.callback(database.close)
            await database.ensure_indexes()
            # Millions of objects, all of them needed: the collector would look through them again and again.
            gc.disable()
            await _fill(database, size, now)
            gc.enable()
            stores[size] = MongoStatsStore(database)
        taken: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(REPEATS):
            for size, store in stores.items():
                before_s = cpu_s(embedded.pid) + time.process_time()
                traffic = await store.traffic(since, 720)
                taken[size].append(cpu_s(embedded.pid) + time.process_time() - before_s)
                if traffic.requests != size:
                    raise RuntimeError(f"{traffic.requests} of {size} records are counted")
        return [statistics.median(taken[size]) for size in sizes]


async def _fill(database: MongoDatabase, size: int, now: datetime) -> None:
    """Writes the sums of so many records, as they would stand after thirty days."""
    sums: Changes = {}
    for records in _month(size, now):
        for name, changes in (traffic_changes(records, KEEP) | person_changes(records, KEEP, {})).items():
            if name == UNREAD:
                continue
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
