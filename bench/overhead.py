"""What a job costs beyond search, extraction and transfer.

Seen from outside: the wall time of one request for a song of four minutes that nobody knows, less the time from the
search's first request to its last answer and from the extraction's first request to the last byte of media. What lies
between the extraction's end and the media's first request counts as extraction.
"""

from __future__ import annotations

import statistics
import time

from bench.processes import Helper, Server, get, server
from bench.rows import Row
from bench.stage import stage

LATENCY_S = 0.03
ROUNDS = 9
TARGET_MS = 100.0
SCENES = {"20 Mbit/s": 2_500_000.0, "100 Mbit/s": 12_500_000.0, "a transfer that takes no time": 0.0}
SEARCH = ("music_home", "music_search", "home", "search")


async def rows() -> list[Row]:
    """In milliseconds; each round has a song of its own."""
    async with stage() as upstreams, server(upstreams.greeting["settings"]) as product:
        await product.answers("/health/live")
        songs = iter(upstreams.greeting["songs"])
        found = {}
        for scene, bps in SCENES.items():
            await upstreams.ask(do="latency", spotify_s=0.0, youtube_s=LATENCY_S, line_bps=bps)
            await _job(upstreams, product, next(songs))
            found[scene] = [await _job(upstreams, product, next(songs)) for _ in range(ROUNDS)]
    return [_row(scene, jobs) for scene, jobs in found.items()]


def _row(scene: str, jobs: list[dict[str, float]]) -> Row:
    middle = {name: statistics.median(job[name] for job in jobs) for name in jobs[0]}
    overhead = sorted(job["before"] + job["between"] + job["after"] for job in jobs)
    parts = ", ".join(f"{name} {middle[name]:.0f}" for name in ("before", "between", "after", "whole", "transfer"))
    return Row(
        name=f"job overhead, song of 4 min, {scene}",
        # Whatever else the machine does only adds to a time.
        measured=overhead[0],
        unit="ms",
        target=TARGET_MS,
        detail=f"least of {len(jobs)} rounds, median {statistics.median(overhead):.0f}; medians in ms: {parts}",
    )


async def _job(upstreams: Helper, product: Server, song: str) -> dict[str, float]:
    """Milliseconds before the search, between it and the extraction, after the last byte; whole and transfer beside."""
    await upstreams.ask(do="reset")
    begin = time.monotonic()
    status, _, body = await get(product.port, f"/api/spotify/download/track/{song}")
    end = time.monotonic()
    if status != 200:
        raise RuntimeError(f"no file: {status} {body[:300]!r}")
    moments = await upstreams.ask(do="moments")
    searched = [moments[kind] for kind in SEARCH if kind in moments]
    fetched_from, fetched_at = moments["media"]
    seconds = {
        "before": min(first for first, _ in searched) - begin,
        "between": moments["watch"][0] - max(last for _, last in searched),
        "after": end - fetched_at,
        "whole": end - begin,
        "transfer": fetched_at - fetched_from,
    }
    return {name: 1000 * value for name, value in seconds.items()}
