"""One of several workers that finish songs on one disk, in processes of their own.

`python -m tests.support.bucket_worker '{"home": ..., "uri": ..., "database": ..., "host": ..., "repository": ...,
"first": N, "songs": N, "size_bytes": N, "windows": [[writes, seconds], ...], "max_bytes": N}'` finishes its songs,
prints `finished`, goes on uploading until its standard input ends, and prints a line of JSON: its counts.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.bucket.pace import Window
from services.store.bucket_lanes import MongoPaceBook
from services.store.mongo import MongoDatabase
from tests.support.bucket import QUICK, github_bucket, shelf, song_bytes


async def work(given: dict[str, Any]) -> None:
    database = MongoDatabase(given["uri"], default_database=given["database"], timeout_ms=30_000)
    bucket = github_bucket(
        given["host"],
        given["repository"],
        book=MongoPaceBook(database),
        windows=[Window(writes, seconds) for writes, seconds in given["windows"]],
        timeout_s=5,
    )
    # Several processes share one small database: they ask less often than a test of one does.
    timing = replace(QUICK, idle_s=0.5, turn_wait_s=0.2, evict_look_s=0.5, evict_pause_s=0.1)
    async with shelf(Path(given["home"]), database, bucket, max_bytes=given["max_bytes"], timing=timing) as one:
        for number in range(given["first"], given["first"] + given["songs"]):
            await one.finish(number, song_bytes(number, given["size_bytes"]))
            await asyncio.sleep(0.02)
        print("finished", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        counts = dict(one.service.stats())
    database.close()
    print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.argv[1])))
