"""Getting a file's bytes: against yt-dlp's downloader where connections are throttled, else against a plain GET."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bench.processes import Helper, helper
from bench.rows import Rounds, Row

MB = 1_000_000
THROTTLED = {"size": 4 * MB, "connection_bps": 200_000, "line_bps": 0, "trip_s": 0.02}
DISTANT = {"size": 12 * MB, "connection_bps": 0, "line_bps": 12.5 * MB, "trip_s": 0.025}
NEAR = {"size": 12 * MB, "connection_bps": 0, "line_bps": 0, "trip_s": 0.0}
THROTTLED_ROUNDS = 2
ROUNDS = 9


async def rows() -> list[Row]:
    """Wall time as ratios; CPU time beside it."""
    async with _two_processes() as (host, fetcher):
        await host.ask(do="scene", **THROTTLED)
        throttled = await _alternate(fetcher, host.greeting["http"], "yt_dlp", THROTTLED_ROUNDS)
        await host.ask(do="scene", **DISTANT)
        distant = await _alternate(fetcher, host.greeting["https"], "raw", ROUNDS)
        await host.ask(do="scene", **NEAR)
        near = {way: await _alternate(fetcher, host.greeting[way], "raw", ROUNDS) for way in ("https", "http")}
    faster = Rounds([one["yt_dlp"]["seconds"] / one["ours"]["seconds"] for one in throttled])
    return [
        Row(
            name="fetch, each connection throttled, against yt-dlp's own",
            measured=faster.median,
            bound="at least",
            target=5.0,
            detail=f"4 MB, 200 kB/s a connection, 20 ms; {_seconds(throttled, 'yt_dlp')}; {faster.spread}",
        ),
        _against_raw("fetch, unthrottled, against a plain GET", distant, "12 MB over 100 Mbit/s, 25 ms, https", 1.1),
        _against_raw("the same from this machine, https", near["https"], "no line, no latency"),
        _against_raw("the same from this machine, http", near["http"], "no line, no latency, no TLS"),
    ]


@asynccontextmanager
async def _two_processes() -> AsyncIterator[tuple[Helper, Helper]]:
    with tempfile.TemporaryDirectory(prefix="music-dl-bench-") as folder:
        async with (
            helper("media_host", folder) as host,
            helper("fetcher", folder, host.greeting["ca_file"]) as fetcher,
        ):
            yield host, fetcher


async def _alternate(fetcher: Helper, url: str, other: str, rounds: int) -> list[dict[str, Any]]:
    """Rounds of both ways; every transfer must bring the same bytes."""
    found = []
    for number in range(rounds):
        ways = sorted(("ours", other), reverse=number % 2 == 1)
        one = {way: await fetcher.ask(do=way, url=url) for way in ways}
        if one["ours"]["sha256"] != one[other]["sha256"]:
            raise RuntimeError(f"{other} and ours brought different bytes")
        found.append(one)
    return found


def _against_raw(name: str, found: list[dict[str, Any]], scene: str, target: float | None = None) -> Row:
    rounds = Rounds([one["ours"]["seconds"] / one["raw"]["seconds"] for one in found])
    return Row(
        name=name,
        measured=rounds.median,
        target=target,
        detail=f"{scene}; {_seconds(found, 'raw')}; {_cpu(found)}; {rounds.spread}",
    )


def _seconds(found: list[dict[str, Any]], other: str) -> str:
    middle = {way: statistics.median(one[way]["seconds"] for one in found) for way in ("ours", other)}
    return ", ".join(f"{way.replace('_', '-')} {seconds:.3g} s" for way, seconds in middle.items())


def _cpu(found: list[dict[str, Any]]) -> str:
    middle = {way: statistics.median(one[way]["cpu_s"] for one in found) for way in ("ours", "raw")}
    per_mb = {way: 1000 * cpu_s / (DISTANT["size"] / MB) for way, cpu_s in middle.items()}
    return "CPU for each MB " + ", ".join(f"{way} {ms:.2f} ms" for way, ms in per_mb.items())
