"""One of several processes that make the same moves at the same moment.

`python -m tests.support.racer URI DATABASE NAME` reads one line from standard input (the signal to start), makes its
moves on ten jobs and ten recordings, and prints a line of JSON: what it won.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from typing import Any

from models.audio import AudioFormat
from models.ids import RecordingKey
from models.music import Kind
from services.store.downloads import MongoDownloadStore
from services.store.jobs import MongoJobStore
from services.store.metadata import MongoMetadataStore
from services.store.mongo import MongoDatabase
from tests.store.values import NOW, job, spotify_id

ROUNDS = 10


async def race(uri: str, database_name: str, name: str) -> dict[str, Any]:
    database = MongoDatabase(uri, default_database=database_name, timeout_ms=30_000)
    await database.ping()
    jobs, downloads, metadata = MongoJobStore(database), MongoDownloadStore(database), MongoMetadataStore(database)
    until = NOW + timedelta(minutes=1)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    won: dict[str, list[int]] = {"asked": [], "run": [], "claimed": []}
    for number in range(ROUNDS):
        asks = await asyncio.gather(*(jobs.ask(job(number)) for _ in range(5)))
        won["asked"] += [number for _, queued in asks if queued]
        if await jobs.claim(job(number).id, name, until, NOW) is not None:
            won["run"].append(number)
        if await downloads.claim(RecordingKey(f"recording-{number}"), AudioFormat.M4A, name, until):
            won["claimed"].append(number)
        await asyncio.gather(*(metadata.count(Kind.TRACK, {spotify_id(1): 1}) for _ in range(5)))
    database.close()
    return won


if __name__ == "__main__":
    print(json.dumps(asyncio.run(race(*sys.argv[1:]))), flush=True)
