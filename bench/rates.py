"""Two servers under the same load in turn, compared by the CPU time that a request costs them and by requests a second.

On a machine that others use as well, requests a second tell as much about them as about us; the CPU time of a request
hardly does. So that is what a ratio is made of, and the rates stand beside it.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.processes import Helper, get

CONNECTIONS = 16
ROUND_S = 0.8
ROUNDS = 11
REST_S = 120.0
LOOK_S = 2.0
"""What stores access records looks now and then whether the rush is over."""
SPOOLED = "music_dl_access_batches_spooled"
IDLE = 0.1
"""The share of a processor that servers at rest may use."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server under load."""

    port: int
    pid: int

    async def counted(self, name: str) -> float:
        """A number that the product tells its operator, labels included in the name; 0 from servers that tell none."""
        status, _, body = await get(self.port, "/metrics")
        if status == 404:
            return 0.0
        lines = (line.rpartition(" ") for line in body.decode().splitlines())
        return sum(float(number) for found, _, number in lines if found == name)


@dataclass(frozen=True, slots=True)
class Run:
    """What one server did in one round."""

    cpu_us: float
    """CPU time of its process for one request."""
    rate: float
    """Requests a second."""
    p99_ms: float
    generator_busy: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Alternating rounds of `ours` and `theirs`."""

    ours: Sequence[Run]
    theirs: Sequence[Run]

    @property
    def by_cpu(self) -> list[float]:
        """For each round: the CPU time that they need for a request, as a multiple of ours."""
        return [theirs.cpu_us / ours.cpu_us for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def by_rate(self) -> list[float]:
        """For each round: our requests a second, as a multiple of theirs."""
        return [ours.rate / theirs.rate for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    def told(self, our_name: str, their_name: str) -> str:
        """The figures behind the ratios."""
        by_cpu, by_rate = sorted(self.by_cpu), statistics.median(self.by_rate)
        return (
            f"CPU time a request: {_told(our_name, self.ours)}, {_told(their_name, self.theirs)}; "
            f"{len(by_cpu)} rounds, {by_cpu[0]:.2f} to {by_cpu[-1]:.2f}; by requests/s {by_rate:.2f}"
        )


def _told(name: str, runs: Sequence[Run]) -> str:
    cpu_us, rate = statistics.median(run.cpu_us for run in runs), statistics.median(run.rate for run in runs)
    return f"{name} {cpu_us:.0f} µs at {rate:,.0f}/s"


async def compare(
    load: Helper, ours: Served, theirs: Served, path: str, *, headers: Mapping[str, str] | None = None
) -> Comparison:
    """Asks both for `path`, in turn and each as often first, and each when both are at rest."""
    found: dict[Served, list[Run]] = {ours: [], theirs: []}
    for number in range(ROUNDS):
        for served in (ours, theirs) if number % 2 else (theirs, ours):
            await at_rest([ours, theirs])
            found[served].append(await _run(load, served, path, dict(headers or {})))
    return Comparison(found[ours], found[theirs])


async def _run(load: Helper, served: Served, path: str, headers: dict[str, str]) -> Run:
    # What is kept for a while may have to be made anew, once.
    await get(served.port, path)
    before_s = cpu_s(served.pid)
    answer: dict[str, Any] = await load.ask(
        port=served.port, path=path, connections=CONNECTIONS, seconds=ROUND_S, headers=headers
    )
    spent_s = cpu_s(served.pid) - before_s
    if answer["failed"] or not answer["requests"]:
        raise RuntimeError(f"of {answer['answered']} requests {answer['failed']} failed")
    return Run(
        cpu_us=1e6 * spent_s / answer["answered"],
        rate=answer["requests"] / answer["seconds"],
        p99_ms=answer["p99_ms"],
        generator_busy=answer["busy"],
    )


async def at_rest(servers: Sequence[Served]) -> None:
    """Waits until these servers have done what the last round left them to do: all access records are stored then."""
    end = time.monotonic() + REST_S
    while time.monotonic() < end:
        before_s = sum(cpu_s(served.pid) for served in servers)
        await asyncio.sleep(LOOK_S)
        spent_s = sum(cpu_s(served.pid) for served in servers) - before_s
        # A database that works for the server leaves it idle, and not done.
        if spent_s < IDLE * LOOK_S and not any([await served.counted(SPOOLED) for served in servers]):
            return
    raise RuntimeError("the servers do not come to rest")


def cpu_s(pid: int) -> float:
    """CPU time that a process has used since its start, all its threads together."""
    # The id of another process' clock, as clock_getcpuclockid(3) makes it on Linux.
    return time.clock_gettime((~pid << 3) | 2)
