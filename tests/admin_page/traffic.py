"""A day of an invented server: access records as a small circle of listeners would have left them."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

from models.access import AccessRecord
from services.store.access import MongoAccessStore
from tests.support.access import batch, record, second_look

HOUR_S = 3600
HOURS = 24 * 7
BUSIEST = 260
LISTENERS = 140
OTHER = {
    "download": ("/api/spotify/download/track/{track_id}", 202, 2600, 600),
    "media": ("/media/{name}", 206, 180, 3_500_000),
    "job": ("/api/downloads/{job_id}", 200, 4, 600),
}
"""Route, its other status, a typical duration (ms) and size of an answer."""


async def write_a_week(home: Path, tracks: list[str], *, seed: int = 3) -> int:
    """Stores the records of a week in the database of the server with its files under `home`; how many."""
    records = list(_week(tracks, random.Random(seed)))
    async with second_look(home) as database:
        store = MongoAccessStore(database, retention_days=30)
        for start in range(0, len(records), 500):
            await store.write(batch(records[start : start + 500]))
    return len(records)


def _week(tracks: list[str], dice: random.Random) -> Iterator[AccessRecord]:
    this_hour = time.time() // HOUR_S * HOUR_S
    for ago in range(1, HOURS):
        start = this_hour - ago * HOUR_S
        awake = 0.5 - 0.5 * math.cos((start / HOUR_S % 24 - 3) / 24 * 2 * math.pi)
        for _ in range(round(BUSIEST * (0.05 + awake**2) * dice.uniform(0.7, 1.2))):
            yield _one(dice, start + dice.random() * HOUR_S, tracks)


def _one(dice: random.Random, ts: float, tracks: list[str]) -> AccessRecord:
    listener = int(LISTENERS * dice.random() ** 2)
    track = tracks[int(len(tracks) * dice.random() ** 2.5)]
    common = {"ts": ts, "ip": f"{20 + listener % 90}.{listener}.7.5"}
    what = dice.choices(("metadata", "download", "media", "job"), (50, 12, 30, 8))[0]
    if what == "metadata":
        cached = dice.choices(("hit", "stale", "miss"), (82, 4, 14))[0]
        kind = dice.choices(("track", "album", "playlist"), (6, 3, 2))[0]
        status = dice.choices((200, 304, 404, 429, 503), (900, 70, 18, 5, 4))[0]
        slow = 250 if cached == "miss" else 3
        return record(
            **common, kind=kind, cache=cached, track_id=track if kind == "track" else None, status=status,
            duration_ms=slow * dice.lognormvariate(0, 0.6), bytes=dice.randrange(1500, 40_000),
        )  # fmt: skip
    route, found, typical_ms, size = OTHER[what]
    return record(
        **common, route=route, path=route, status=dice.choices((200, found, 502), (700, 290, 6))[0], track_id=track,
        duration_ms=typical_ms * dice.lognormvariate(0, 0.8), bytes=round(size * dice.uniform(0.5, 1.5)),
    )  # fmt: skip
