"""Databases for tests: one embedded server for the session, and a real MongoDB when `TEST_MONGO_URI` names one.

Each test works in a database of its own name.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from services.store.embedded import EmbeddedMongo
from services.store.mongo import MongoDatabase

SERVERS = ("embedded", "real") if os.environ.get("TEST_MONGO_URI") else ("embedded",)


@contextmanager
def embedded_server(home: Path) -> Iterator[str]:
    """An embedded server's address. Its owner lives on a loop of its own, so that it outlasts the loop of each test."""
    started: list[EmbeddedMongo] = []
    ready, stop = threading.Event(), threading.Event()

    async def live() -> None:
        try:
            async with EmbeddedMongo(home, sweep_interval_s=0.2) as mongo:
                started.append(mongo)
                ready.set()
                await asyncio.to_thread(stop.wait)
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: asyncio.run(live()), name="embedded-mongo-owner")
    thread.start()
    try:
        ready.wait()
        assert started, "the embedded server did not start"
        yield started[0].uri
    finally:
        stop.set()
        thread.join()


@asynccontextmanager
async def fresh_database(uri: str, *, indexes: bool = True) -> AsyncIterator[MongoDatabase]:
    """A database that nobody else uses; removed afterwards."""
    database = MongoDatabase(uri, default_database=f"test_{secrets.token_hex(8)}", timeout_ms=30_000)
    try:
        if indexes:
            await database.ensure_indexes()
        yield database
        await database.drop()
    finally:
        database.close()
