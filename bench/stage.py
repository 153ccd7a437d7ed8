"""What every measurement of the server stands on: the stand-ins, with sounds kept between runs."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.processes import Helper, helper


@asynccontextmanager
async def stage() -> AsyncIterator[Helper]:
    """The stand-ins in a process of their own; its greeting has `settings`, `playlists` and `tracks`."""
    with tempfile.TemporaryDirectory(prefix="music-dl-bench-") as folder:
        async with helper("upstreams", str(Path(folder))) as upstreams:
            yield upstreams
