"""Sockets that wait, and sockets that are told: what each costs the server, beside a bare Sanic application."""

from __future__ import annotations

import asyncio
import json
import resource
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from bench.processes import HOST, Helper, get, helper
from bench.rest import resident_mb
from bench.rows import Rounds, Row
from bench.stage import stage

FILES = 8_192
IDLE = 5_000
IDLE_TARGET_KB = 30.0
WARM_UP = 200
"""Sockets that are open before anything is measured: what the first one costs is not what each costs."""
SETTLE_S = 3.0
FOLLOWED = 50
"""Jobs that the idle sockets share."""
BEFORE_THEM = 20
"""Jobs that the one worker has to do first."""
TOLD = 1_000
EVENTS = 30
PACE_S = 0.12
"""The hub tells a job's changes ten times a second at most."""
ROUNDS = 7
FAN_OUT_TARGET = 0.8
NEVER_S = 3_600.0


async def rows() -> list[Row]:
    """KB of a waiting socket; messages for each second of CPU, as a share of a bare loop's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(FILES, hard)), hard))
    async with stage() as upstreams:
        # What is asked for stays queued: what is asked for before it never finds a video.
        await upstreams.ask(do="latency", spotify_s=0.0, youtube_s=NEVER_S)
        settings, tracks = upstreams.greeting["settings"], upstreams.greeting["tracks"]
        return [await _idle(settings, tracks), await _fan_out(settings, tracks)]


async def _idle(settings: Mapping[str, str], tracks: list[str]) -> Row:
    kb: dict[str, float] = {}
    for who in ("product", "bare"):
        async with _host(who, settings) as host, helper("listeners") as listeners:
            paths = await _paths(host, who, tracks, FOLLOWED)
            await listeners.ask(port=host.greeting["port"], paths=paths, count=WARM_UP)
            await asyncio.sleep(SETTLE_S)
            before = resident_mb(host.pid)
            await listeners.ask(port=host.greeting["port"], paths=paths, count=IDLE)
            await asyncio.sleep(SETTLE_S)
            kb[who] = (resident_mb(host.pid) - before) * 1024 / IDLE
    detail = f"{IDLE:,} sockets that follow {FOLLOWED} jobs; growth of VmRSS for each; bare Sanic {kb['bare']:.1f} KB"
    return Row(name="an idle progress socket", measured=kb["product"], unit="KB", target=IDLE_TARGET_KB, detail=detail)


async def _fan_out(settings: Mapping[str, str], tracks: list[str]) -> Row:
    costs: dict[str, list[float]] = {"product": [], "bare": []}
    async with AsyncExitStack() as stack:
        hosts, listeners, heard = {}, {}, {}
        job_id = f"{tracks[BEFORE_THEM]}-m4a"
        for who in costs:
            hosts[who] = await stack.enter_async_context(_host(who, settings))
            listeners[who] = await stack.enter_async_context(helper("listeners"))
            paths = await _paths(hosts[who], who, tracks, 1)
            opened = await listeners[who].ask(port=hosts[who].greeting["port"], paths=paths, count=TOLD)
            heard[who] = opened["frames"]
        for number in range(ROUNDS):
            for who in sorted(costs, reverse=number % 2 == 1):
                spent = await hosts[who].ask(job_id=job_id, first=number * EVENTS, events=EVENTS, pace_s=PACE_S)
                before, heard[who] = heard[who], (await listeners[who].ask())["frames"]
                costs[who].append(1e6 * spent["cpu_s"] / (heard[who] - before))
    # On a machine that is busy with other things, changes that come too close are told as one.
    share = heard["product"] / heard["bare"]
    rounds = Rounds([bare / own for bare, own in zip(costs["bare"], costs["product"], strict=True)])
    middle = {who: sorted(each)[len(each) // 2] for who, each in costs.items()}
    detail = (
        f"CPU for a message: server {middle['product']:.1f} µs, bare {middle['bare']:.1f} µs; {TOLD:,} sockets of one "
        f"job, {1 / PACE_S:.0f} changes/s, {share:.0%} of them told; {rounds.spread}"
    )
    return Row(
        name="fan-out to sockets, by CPU",
        measured=rounds.median,
        bound="at least",
        target=FAN_OUT_TARGET,
        detail=detail,
    )


@asynccontextmanager
async def _host(who: str, settings: Mapping[str, str]) -> AsyncIterator[Helper]:
    with tempfile.TemporaryDirectory(prefix="music-dl-bench-") as folder:
        own = {"MUSIC_DL_HOME": folder, "CORE_SERVICE_HOST": HOST, "LOG_LEVEL": "ERROR", "DOWNLOAD_CONCURRENCY": "1"}
        async with helper("socket_host", who, json.dumps({**settings, **own})) as host:
            yield host


async def _paths(host: Helper, who: str, tracks: list[str], followed: int) -> list[str]:
    """The addresses of sockets that follow so many jobs; the product has them asked for."""
    for track in tracks[: BEFORE_THEM + followed] if who == "product" else ():
        status, _, body = await get(host.greeting["port"], f"/api/spotify/download/track/{track}?wait=0")
        if status != 202:
            raise RuntimeError(f"{status}: {body[:300]!r}")
    return [f"/ws/progress?job_id={track}-m4a" for track in tracks[BEFORE_THEM : BEFORE_THEM + followed]]
