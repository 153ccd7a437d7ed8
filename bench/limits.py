"""What keys and a limit on requests cost a warm answer, against the same server without."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from bench.processes import Helper, Server, helper, server
from bench.rates import Served, compare
from bench.rows import Row
from bench.stage import stage

KEY = "a-key-for-the-bench"
LIMIT = {"RATE_LIMIT_PER_MINUTE": "100000000"}
TARGET = 0.65
"""Some twenty microseconds: who asks, one count, four headers."""


async def rows() -> list[Row]:
    """The CPU time of a request to the open server, as a share of that to the guarded one."""
    async with stage() as upstreams, helper("load") as load:
        settings = upstreams.greeting["settings"]
        path = f"/api/spotify/metadata?link=https://open.spotify.com/track/{upstreams.greeting['tracks'][0]}"
        async with (
            server(settings) as bare,
            server({**settings, **LIMIT}) as limited,
            server({**settings, **LIMIT, "API_KEYS": f"bench:{KEY}"}) as locked,
        ):
            return [
                await _against(load, limited, bare, "warm metadata, limited in memory", path, {}),
                await _against(load, locked, bare, "warm metadata, key and limit", path, {"X-API-Key": KEY}),
            ]


async def _against(
    load: Helper, guarded: Server, bare: Server, name: str, path: str, headers: Mapping[str, str]
) -> Row:
    for product in (guarded, bare):
        await product.answers("/health/live")
        # The first answer makes all others warm ones.
        await load.ask(port=product.port, path=path, connections=1, seconds=0.2, headers=dict(headers))
    ours, theirs = Served(guarded.port, guarded.pid), Served(bare.port, bare.pid)
    found = await compare(load, ours, theirs, path, headers=headers)
    return Row(
        name=name,
        measured=statistics.median(found.by_cpu),
        bound="at least",
        target=TARGET,
        detail=found.told("guarded", "open"),
    )
