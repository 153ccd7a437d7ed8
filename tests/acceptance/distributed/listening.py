"""Somebody who listens to a file while it arrives, again and again, whatever happens to the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from tests.acceptance.distributed.house import Wanted
from tests.support.replicas import Replica


class Listener:
    """What passed for whole files, and how often a transfer broke off instead."""

    def __init__(self, replica: Replica, wanted: Wanted) -> None:
        self._url = f"{replica.url}/media/{wanted.name}"
        self.wholes: list[bytes] = []
        self.begun = 0
        self.broken = 0

    async def listen(self) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=90)) as http:
            while True:
                try:
                    async with http.get(self._url) as answer:
                        if answer.status == 200:
                            self.begun += 1
                            self.wholes.append(await answer.read())
                except (aiohttp.ClientError, TimeoutError):
                    self.broken += 1
                await asyncio.sleep(0.2)

    def check(self, *, final: bytes, raw_bytes: int) -> None:
        """Nothing passed for a whole file but the finished one, and the stream as YouTube has it."""
        lengths = {len(whole) for whole in self.wholes}
        assert lengths <= {len(final), raw_bytes}, f"half a file was served: {lengths}"
        assert all(whole == final for whole in self.wholes if len(whole) == len(final))


@asynccontextmanager
async def listening(replica: Replica, wanted: Wanted) -> AsyncIterator[Listener]:
    """A listener in the background."""
    listener = Listener(replica, wanted)
    task = asyncio.create_task(listener.listen(), name=f"listen:{wanted.name}")
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
