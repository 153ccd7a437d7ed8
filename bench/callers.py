"""Two hundred callers who want the same track at the same moment, a track that nobody has asked for before."""

from __future__ import annotations

import asyncio
import json

from bench.processes import Helper, get, server
from bench.rows import Row
from bench.stage import stage

CALLERS = 200
LATENCY_S = 0.05
KINDS = {"searches": "search", "extractions": "extraction", "fetches": "fetch"}


async def rows() -> list[Row]:
    """What YouTube was asked for all of them together, as a multiple of what it is asked for one caller."""
    async with stage() as upstreams:
        await upstreams.ask(do="latency", spotify_s=LATENCY_S, youtube_s=LATENCY_S)
        one = await _asked(upstreams, 1)
        all_ = await _asked(upstreams, CALLERS)
    return [
        Row(
            name=f"{name} for {CALLERS} callers of one cold track",
            measured=all_[kind] / one[kind],
            target=1.0,
            detail=f"{all_[kind]} requests of YouTube, {one[kind]} for one caller; all got the same file",
        )
        for kind, name in KINDS.items()
    ]


async def _asked(upstreams: Helper, callers: int) -> dict[str, int]:
    """The books after so many callers of a fresh server."""
    async with server(upstreams.greeting["settings"]) as product:
        await product.answers("/health/live")
        await upstreams.ask(do="reset")
        path = f"/api/spotify/download/track/{upstreams.greeting['songs'][0]}"
        answers = await asyncio.gather(*(get(product.port, path) for _ in range(callers)))
        files = {json.loads(body).get("download_cdn") for status, _, body in answers if status == 200}
        if {status for status, _, _ in answers} != {200} or len(files) != 1:
            raise RuntimeError(f"not everybody got the file: {sorted({status for status, _, _ in answers})}")
        books: dict[str, int] = await upstreams.ask(do="books")
        return books
