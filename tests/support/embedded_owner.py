"""A process that has an embedded server and writes to it until it is killed.

`python -m tests.support.embedded_owner HOME` prints a line of JSON (`uri`, `pid`, `child`, `owns`), then the number of
each document, once its write was answered.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from services.store.embedded import EmbeddedMongo
from services.store.mongo import MongoDatabase


async def write_for_ever(home: Path) -> None:
    async with EmbeddedMongo(home) as mongo:
        database = MongoDatabase(mongo.uri)
        about = {"uri": mongo.uri, "pid": os.getpid(), "child": mongo.pid, "owns": mongo.owns_server}
        print(json.dumps(about), flush=True)
        number = 0
        while True:
            number += 1
            assert await database.collection("written").insert_new({"_id": f"{os.getpid()}-{number}"})
            print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(write_for_ever(Path(sys.argv[1])))
