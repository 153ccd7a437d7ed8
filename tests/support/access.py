"""Access records by the hundred, and a server whose numbers a test reads."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from _local.sandbox.ipapi import IpApiStandIn
from _local.sandbox.spotify import SpotifyStandIn
from models.access import AccessBatch, AccessRecord
from services.access.codec import to_bytes
from services.store.mongo import MongoDatabase
from tests.support.house import House, open_house
from tests.support.wait import wait_for

ADMIN_KEY = "an operator's key"
ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}


def record(**fields: Any) -> AccessRecord:
    """A record of a track's metadata, unless `fields` say otherwise."""
    plain = {
        "ts": time.time(),
        "ip": "8.8.8.8",
        "method": "GET",
        "path": "/api/spotify/metadata",
        "route": "/api/spotify/metadata",
        "status": 200,
        "duration_ms": 1.5,
        "bytes": 1000,
        "user_agent": "test",
    }
    return AccessRecord(**{**plain, **fields})


def batch(records: Iterable[AccessRecord], batch_id: str = "") -> AccessBatch:
    """The records as one batch."""
    return AccessBatch(id=batch_id or secrets.token_hex(8), records=tuple(records))


def encoded(sent: AccessBatch) -> bytes:
    """The batch as it travels."""
    return to_bytes(sent.id, [tuple(each) for each in sent.records])


@asynccontextmanager
async def open_watched_house(
    home: Path, spotify: SpotifyStandIn, ipapi: IpApiStandIn, **settings: str
) -> AsyncIterator[House]:
    """The server with an administrator's key; it asks these two stand-ins."""
    told = {"ADMIN_API_KEY": ADMIN_KEY, "IP_INFO_API_BASE_URL": f"{ipapi.url}/json", **spotify.settings()}
    async with open_house(None, home, **told, **settings) as house:
        yield house


async def stats_of(house: House, hours: int = 24) -> dict[str, Any]:
    """What the server's statistics say now."""
    answer = await house.get(f"/api/admin/stats?hours={hours}", headers=ADMIN)
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.json
    return body


async def stats_with(house: House, requests: int, *, route: str = "/api/spotify/metadata") -> dict[str, Any]:
    """The statistics, as soon as they count so many requests to `route`."""

    async def complete() -> dict[str, Any] | None:
        body = await stats_of(house)
        counted = sum(row["requests"] for row in body["traffic"]["routes"] if row["route"] == route)
        assert counted <= requests, f"{counted} requests are counted, {requests} were sent"
        if counted < requests:
            await asyncio.sleep(0.1)
            return None
        return body

    return await wait_for(complete, deadline_s=90, what=f"{requests} requests to {route} are counted")


@asynccontextmanager
async def second_look(home: Path) -> AsyncIterator[MongoDatabase]:
    """The embedded database of the server with its files under `home`, as somebody from outside sees it."""
    address = json.loads((home / "mongo" / "address.json").read_text())
    database = MongoDatabase(f"mongodb://127.0.0.1:{address['port']}/?directConnection=true", timeout_ms=30_000)
    try:
        yield database
    finally:
        database.close()
