"""A process that feeds batches and works on their jobs, to be killed.

`python -m tests.support.batch_process URI DATABASE HOME HELD` prints `ready` and goes on until its end; tracks from
number HELD on never come to theirs.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from services.store.mongo import MongoDatabase
from tests.support.batches import open_plant, spotify_id


async def feed(uri: str, database_name: str, home: str, held: str) -> None:
    database = MongoDatabase(uri, default_database=database_name, timeout_ms=30_000)
    async with open_plant(database, Path(home), works=False, feeds=False) as plant:
        plant.pipeline.held = {spotify_id(number): asyncio.Event() for number in range(int(held), 100)}
        plant.worker.start()
        plant.feeder.start()
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(feed(*sys.argv[1:]))
