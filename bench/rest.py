"""From the start to the first answer, and what the server weighs when it has nothing to do."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.processes import ROOT, get, server
from bench.rows import Row
from bench.stage import stage

ROUNDS = 5
START_TARGET_S = 2.0
REST_TARGET_MB = 120.0
SETTLE_S = 5.0
MB = 1024 * 1024


async def rows() -> list[Row]:
    """Start-up in seconds beyond the imports, memory in MB."""
    imports: list[float] = []
    beyond: list[float] = []
    async with stage() as upstreams:
        settings = upstreams.greeting["settings"]
        track = upstreams.greeting["tracks"][0]
        path = f"/api/spotify/metadata?link=https://open.spotify.com/track/{track}"
        for _ in range(ROUNDS):
            imports.append(await _import_s())
            async with server(settings) as product:
                beyond.append(await product.answers(path) - product.started_at - imports[-1])
        async with server(settings) as product:
            await product.answers(path)
            await asyncio.sleep(SETTLE_S)
            own, children = resident_mb(product.pid), dict(_children(product.pid))
            for number in range(40):
                await get(product.port, path.replace(track, upstreams.greeting["tracks"][number]))
            await get(product.port, f"{path.rpartition('/track/')[0]}/playlist/{upstreams.greeting['playlists'][0]}")
            await asyncio.sleep(SETTLE_S)
            after = resident_mb(product.pid)
    spread = f"{ROUNDS} rounds, {min(beyond):.2f} to {max(beyond):.2f} s; imports {statistics.median(imports):.2f} s"
    return [
        Row(
            name="start to the first metadata answer, beyond the imports",
            measured=statistics.median(beyond),
            unit="s",
            target=START_TARGET_S,
            detail=f"fresh home; {spread}",
        ),
        Row(
            name="resident at rest", measured=own, unit="MB", target=REST_TARGET_MB, detail="the web process, role all"
        ),
        Row(
            name="resident after 40 tracks and a playlist of 1,234",
            measured=after,
            unit="MB",
            target=REST_TARGET_MB,
            detail="the same process, at rest again",
        ),
        *(Row(name=f"its child {name}", measured=mb, unit="MB", detail="at rest") for name, mb in children.items()),
    ]


async def _import_s() -> float:
    """What `import app` takes a fresh interpreter, its own start included."""
    begin = time.monotonic()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import app", cwd=ROOT)
    await process.wait()
    return time.monotonic() - begin


def resident_mb(pid: int) -> float:
    """VmRSS of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / MB
    raise RuntimeError("no VmRSS")


def _children(pid: int) -> Iterator[tuple[str, float]]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            arguments = Path(f"/proc/{child}/cmdline").read_text().split("\0")
            module = arguments[arguments.index("-m") + 1] if "-m" in arguments else arguments[0]
            yield module, resident_mb(int(child))
