"""What the access log costs a request: two servers, one that records and one that does not, asked in turn."""

from __future__ import annotations

import statistics

from bench.processes import Helper, get, helper, server
from bench.rates import CONNECTIONS, ROUND_S, Served, at_rest, compare, cpu_s
from bench.rows import Row
from bench.stage import stage

COST_TARGET = 0.95
TRIES = 5
STORED = 'music_dl_access_records_total{outcome="stored"}'


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
            detail="CPU time of the web process, role all, once the rush is over; without the database's",
        ),
    ]


async def _storing_us(load: Helper, served: Served, path: str) -> float:
    """CPU time between the end of a rush and that of storing, for each record that was stored in between."""
    for _ in range(TRIES):
        await at_rest([served])
        answer = await load.ask(port=served.port, path=path, connections=CONNECTIONS, seconds=ROUND_S, headers={})
        before, before_s = await served.counted(STORED), cpu_s(served.pid)
        await at_rest([served])
        spent_s, stored = cpu_s(served.pid) - before_s, await served.counted(STORED) - before
        # Else they were stored before anybody looked: a neighbour had the processor in that moment.
        if stored > answer["answered"] / 2:
            return 1e6 * spent_s / stored
    raise RuntimeError("the records were stored before their rush was over")
