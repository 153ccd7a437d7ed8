"""What the access log costs a request: two servers, one that records and one that does not, asked in turn."""

from __future__ import annotations

import statistics

from bench.processes import Helper, get, helper, server
from bench.rates import Served, at_rest, compare, cpu_s
from bench.rows import Row
from bench.stage import stage

COST_TARGET = 0.95


async def rows() -> list[Row]:
    """The cost of a record on the way, and afterwards."""
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
