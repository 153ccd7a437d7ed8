"""A long playlist that nobody has asked for before, with every answer of Spotify 100 ms away."""

from __future__ import annotations

import time

import aiohttp

from bench.processes import Helper, Server, get, server
from bench.rows import Rounds, Row
from bench.stage import stage

LATENCY_S = 0.1
ROUNDS = 5
TARGET = 5.0
TRIPS_ASKED = 5


async def rows() -> list[Row]:
    """Wall time in round trips, a round trip being measured in the same round."""
    first: list[float] = []
    later: list[float] = []
    seconds: list[float] = []
    async with stage() as upstreams:
        fresh = iter(upstreams.greeting["playlists"])
        # The stand-in dresses its rows on the first request, which is not the server's time.
        async with server(upstreams.greeting["settings"]) as product:
            await product.answers("/health/live")
            await _cold(product, next(fresh))
        await upstreams.ask(do="latency", spotify_s=LATENCY_S, youtube_s=0.0)
        for _ in range(ROUNDS):
            async with server(upstreams.greeting["settings"]) as product:
                await product.answers("/health/live")
                trip_s = await _round_trip_s(upstreams)
                seconds.append(await _cold(product, next(fresh)))
                first.append(seconds[-1] / trip_s)
                later.append(await _cold(product, next(fresh)) / trip_s)
    return [
        _row("cold playlist of 1,234, first request of all", first, f"{sorted(seconds)[ROUNDS // 2]:.2f} s; "),
        _row("cold playlist of 1,234, token known", later, ""),
    ]


def _row(name: str, found: list[float], detail: str) -> Row:
    rounds = Rounds(found)
    return Row(
        name=name, measured=rounds.median, unit="round trips", target=TARGET, detail=f"{detail}100 ms; {rounds.spread}"
    )


async def _cold(product: Server, playlist: str) -> float:
    begin = time.perf_counter()
    path = f"/api/spotify/metadata?link=https://open.spotify.com/playlist/{playlist}"
    status, headers, body = await get(product.port, path)
    took = time.perf_counter() - begin
    if status != 200 or headers["x-cache"] != "miss" or b'"total":1234' not in body:
        raise RuntimeError(f"no cold playlist: {status} {body[:300]!r}")
    return took


async def _round_trip_s(upstreams: Helper) -> float:
    """What one answer of the stand-in takes a plain client; the least, for a playlist waits for no more than that."""
    address = upstreams.greeting["settings"]["SPOTIFY_API_HOST"]
    found = []
    async with aiohttp.ClientSession() as session:
        for _ in range(TRIPS_ASKED):
            begin = time.perf_counter()
            async with session.get(f"{address}/image/none") as answer:
                await answer.read()
            found.append(time.perf_counter() - begin)
    return min(found)
