"""Answers that are known already, against a bare Sanic handler that returns the same bytes."""

from __future__ import annotations

import statistics

from bench.processes import Helper, Server, get, helper, server
from bench.rates import Served, compare
from bench.rows import Row
from bench.stage import stage


async def rows() -> list[Row]:
    """The CPU time of the bare handler's request, as a share of ours."""
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
        theirs = Served(int(listening["port"]), bare.pid)
        found = await compare(load, Served(product.port, product.pid), theirs, path)
    detail = f"{len(body):,} bytes; {found.told('server', 'bare')}"
    return Row(name=name, measured=statistics.median(found.by_cpu), bound="at least", target=target, detail=detail)
