"""Answers that are known already, against a bare Sanic handler that returns the same bytes."""

from __future__ import annotations

from typing import Any

from bench.processes import Helper, Server, get, helper, server
from bench.rows import Rounds, Row
from bench.stage import stage

CONNECTIONS = 16
SECONDS = 2.0
ROUNDS = 7


async def rows() -> list[Row]:
    """Requests a second, as a share of the bare handler's."""
    async with stage() as upstreams, server(upstreams.greeting["settings"]) as product, helper("load") as load:
        await product.answers("/health/live")
        track, playlist = upstreams.greeting["tracks"][0], upstreams.greeting["playlists"][0]
        metadata = "/api/spotify/metadata?link=https://open.spotify.com"
        return [
            await against_bare(load, product, "warm metadata of a track", f"{metadata}/track/{track}", 0.85),
            await against_bare(
                load, product, "warm metadata, playlist of 1,234", f"{metadata}/playlist/{playlist}", 0.85
            ),
            await against_bare(load, product, "warm download answer", f"/api/spotify/download/track/{track}", 0.7),
        ]


async def against_bare(load: Helper, product: Server, name: str, path: str, target: float) -> Row:
    """Alternating runs of the product and of a handler that returns what the product returned."""
    # Twice: the first answer makes the second a warm one.
    for _ in range(2):
        status, headers, body = await get(product.port, path)
        if status != 200:
            raise RuntimeError(f"{path} was answered with {status}: {body[:300]!r}")
    route = path.partition("?")[0]
    async with helper("bare") as bare:
        listening = await bare.ask(path=route, body=body.decode(), content_type=headers["content-type"])
        ports = {"server": product.port, "bare": int(listening["port"])}
        found: list[dict[str, dict[str, Any]]] = []
        for number in range(ROUNDS):
            order = sorted(ports, reverse=number % 2 == 1)
            found.append({who: await _run(load, ports[who], path) for who in order})
    rounds = Rounds([one["server"]["rate"] / one["bare"]["rate"] for one in found])
    middle = sorted(found, key=lambda one: one["server"]["rate"] / one["bare"]["rate"])[len(found) // 2]
    rates = ", ".join(f"{who} {middle[who]['rate']:,.0f}/s (p99 {middle[who]['p99_ms']:.1f} ms)" for who in ports)
    busiest = max(one[who]["busy"] for one in found for who in ports)
    detail = f"{rates}; {len(body):,} bytes; {rounds.spread}; generator at most {busiest:.0%} busy"
    return Row(name=name, measured=rounds.median, bound="at least", target=target, detail=detail)


async def _run(load: Helper, port: int, path: str) -> dict[str, Any]:
    answer = await load.ask(port=port, path=path, connections=CONNECTIONS, seconds=SECONDS)
    if answer["failed"]:
        raise RuntimeError(f"{answer['failed']} requests failed")
    return {**answer, "rate": answer["requests"] / answer["seconds"]}
