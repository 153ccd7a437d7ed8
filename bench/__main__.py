"""`python -m bench [NAME …]`: runs the named measurements, or all of them, and prints one table.

A measurement is a module of this package with `async def rows() -> list[Row]`; its name goes into `MEASUREMENTS`.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
import time

from bench.rows import Row, table

MEASUREMENTS = (
    "warm",
    "access",
    "limits",
    "lists",
    "rest",
    "callers",
    "fetch",
    "listener",
    "overhead",
    "enqueue",
    "scoring",
    "sockets",
    "growth",
)


async def measure(names: list[str]) -> list[Row]:
    """One after the other: nothing else of ours may run meanwhile."""
    rows: list[Row] = []
    for name in names:
        begin = time.monotonic()
        rows += await importlib.import_module(f"bench.{name}").rows()
        print(f"{name}: {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    return rows


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed and memory, as ratios within this run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}; all by default")
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    print(table(asyncio.run(measure(names))))


if __name__ == "__main__":
    main()
