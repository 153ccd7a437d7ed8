"""Which record a request leaves: streamed and broken-off answers, addresses behind proxies, forged headers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from sanic import HTTPResponse, Request, Sanic

from blueprints import access_log, errors
from models.errors import MediaNotFound
from services.access.log import AccessLog
from services.access.memory_queue import MemoryAccessQueue
from services.access.spool import Spool
from services.metrics import Board, TrafficMeter
from services.store.access import MongoAccessStore
from services.store.mongo import Document, MongoDatabase
from tests.support.http import serve
from tests.support.wait import wait_for

_names = (f"asked_{number}" for number in itertools.count())
TRACK = "4uLU6hMCjMI75M1A2tKUQC"


@dataclass(frozen=True)
class Asked:
    """A small server whose requests are recorded."""

    url: str
    http: aiohttp.ClientSession
    database: MongoDatabase
    release: asyncio.Event

    async def get(self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> int:
        async with self.http.request(method, self.url + path, headers=headers) as response:
            await response.read()
            return response.status

    async def record(self, **query: Any) -> Document:
        """The one record that fits, as soon as it is stored."""

        async def found() -> list[Document]:
            return await self.database.collection("access_logs").find(query)

        (only,) = await wait_for(found)
        return only


def _routes(app: Sanic[Any, Any], release: asyncio.Event) -> None:
    async def plain(_request: Request) -> HTTPResponse:
        return HTTPResponse("ä" * 10)

    async def metadata(request: Request) -> HTTPResponse:
        access_log.note_metadata(request, "track", TRACK, "hit", request.args.get("link"))
        return HTTPResponse("{}")

    async def streamed(request: Request, name: str) -> None:
        response = await request.respond(content_type="audio/mp4", headers={"X-Name": name})
        for _ in range(5):
            await response.send(b"x" * 1000)
        await release.wait()
        await response.eof()

    async def sized(request: Request, name: str) -> None:
        response = await request.respond(headers={"content-length": "3000"}, content_type=name)
        if request.method != "HEAD":
            await response.send(b"x" * 3000)
        await response.eof()

    async def breaks(request: Request) -> None:
        response = await request.respond()
        await response.send(b"x" * 100)
        # As the media route does: a clean end would pass the fragment off as the whole.
        request.transport.abort()

    async def fails(_request: Request) -> HTTPResponse:
        raise MediaNotFound

    app.add_route(plain, "/api/plain")
    app.add_route(plain, "/health/live", name="live")
    app.add_route(metadata, "/api/spotify/metadata")
    app.add_route(streamed, "/media/<name:str>")
    app.add_route(sized, "/api/sized/<name:str>", methods=["GET", "HEAD"])
    app.add_route(breaks, "/api/breaks")
    app.add_route(fails, "/api/fails")
    app.add_route(plain, "/api/admin/ip/<ip:path>", name="forget", methods=["DELETE"])


@asynccontextmanager
async def _server(
    home: Path, database: MongoDatabase, *, proxies: int = 0, anonymize: bool = False, recording: bool = True
) -> AsyncIterator[Asked]:
    spool = Spool(home)
    log = AccessLog(
        spool=spool,
        queue=MemoryAccessQueue(spool=spool),
        store=MongoAccessStore(database, retention_days=30),
        locator=None,
        anonymize=anonymize,
        recording=recording,
        flush_every_s=0.02,
    )
    app: Sanic[Any, Any] = Sanic(next(_names), configure_logging=False, request_class=access_log.TracedRequest)
    app.config.PROXIES_COUNT = proxies or None
    app.config.ACCESS_LOG = False
    app.ctx.services = SimpleNamespace(access=log, traffic=TrafficMeter(Board()))
    errors.register(app)
    access_log.register(app)
    release = asyncio.Event()
    release.set()
    _routes(app, release)
    await log.start()
    try:
        async with serve(app) as url, aiohttp.ClientSession() as http:
            yield Asked(url, http, database, release)
    finally:
        await log.close()


@pytest.fixture
async def asked(tmp_path: Path, database: MongoDatabase) -> AsyncIterator[Asked]:
    async with _server(tmp_path, database) as server:
        yield server


async def test_an_ordinary_answer(asked: Asked) -> None:
    await asked.get("/api/plain?secret=1", headers={"User-Agent": "x" * 500})
    record = await asked.record()
    assert record["path"] == record["route"] == "/api/plain"
    assert (record["method"], record["status"], record["bytes"], record["ip"]) == ("GET", 200, 20, "127.0.0.1")
    assert record["user_agent"] == "x" * 200
    assert record["duration_ms"] >= 0
    assert "secret" not in str(record)


async def test_metadata_names_its_track_and_where_it_came_from(asked: Asked) -> None:
    await asked.get(f"/api/spotify/metadata?link=spotify:track:{TRACK}&key=secret")
    record = await asked.record()
    assert (record["track_id"], record["kind"], record["cache"]) == (TRACK, "track", "hit")
    assert record["link"] == f"spotify:track:{TRACK}"
    assert "secret" not in str(record)


async def test_a_streamed_answer_is_recorded_at_its_end_with_what_was_sent(asked: Asked) -> None:
    asked.release.clear()
    async with asked.http.get(f"{asked.url}/media/{TRACK}.m4a") as response:
        await response.content.readexactly(5000)
        await asked.get("/api/plain")
        await asked.record(path="/api/plain")
        assert await asked.database.collection("access_logs").find({"route": "/media/{name}"}) == []
        asked.release.set()
        await response.read()
    record = await asked.record(route="/media/{name}")
    assert (record["bytes"], record["status"], record["track_id"]) == (5000, 200, TRACK)
    assert "aborted" not in record


async def test_a_listener_who_leaves_is_recorded_with_what_they_got(asked: Asked) -> None:
    asked.release.clear()
    response = await asked.http.get(f"{asked.url}/media/{TRACK}.m4a")
    await response.content.readexactly(5000)
    response.close()
    record = await asked.record()
    assert (record["bytes"], record["status"], record["aborted"]) == (5000, 200, True)


async def test_an_answer_that_breaks_off_is_recorded_once(asked: Asked) -> None:
    with pytest.raises(aiohttp.ClientError):
        await asked.get("/api/breaks")
    record = await asked.record()
    assert (record["bytes"], record["status"], record["aborted"]) == (100, 200, True)


async def test_an_answer_of_known_length_and_its_head(asked: Asked) -> None:
    await asked.get("/api/sized/name")
    await asked.get("/api/sized/name", method="HEAD")
    assert (await asked.record(method="GET"))["bytes"] == 3000
    assert (await asked.record(method="HEAD"))["bytes"] == 0


async def test_two_answers_on_one_connection_are_two_records(asked: Asked) -> None:
    for _ in range(2):
        await asked.get(f"/media/{TRACK}.m4a")
    await asked.get("/api/plain")
    await asked.record(path="/api/plain")
    records = await asked.database.collection("access_logs").find({"route": "/media/{name}"})
    assert [(each["bytes"], each.get("aborted")) for each in records] == [(5000, None)] * 2


async def test_errors_and_unknown_addresses_are_recorded(asked: Asked) -> None:
    assert await asked.get("/api/fails") == 404
    assert await asked.get("/api/nothing/here") == 404
    assert await asked.get("/api/plain", method="POST") == 405
    assert (await asked.record(path="/api/fails"))["route"] == "/api/fails"
    assert (await asked.record(path="/api/nothing/here"))["route"] == ""
    assert (await asked.record(method="POST"))["status"] == 405


async def test_other_addresses_leave_no_record(asked: Asked) -> None:
    assert await asked.get("/health/live") == 200
    assert await asked.get("/nothing") == 404
    await asked.get("/api/plain")
    await asked.record()


async def test_who_is_to_be_forgotten_is_not_written_down(asked: Asked) -> None:
    await asked.get("/api/admin/ip/203.0.113.9", method="DELETE")
    assert "203.0.113.9" not in str(await asked.record())


async def test_nothing_is_recorded_when_it_is_switched_off(tmp_path: Path, database: MongoDatabase) -> None:
    async with _server(tmp_path, database, recording=False) as asked:
        assert await asked.get("/api/plain") == 200
        assert await asked.get(f"/media/{TRACK}.m4a") == 200
    assert await database.collection("access_logs").find({}) == []
    assert not (tmp_path / "access").exists()


async def test_a_stop_loses_nothing(tmp_path: Path, database: MongoDatabase) -> None:
    async with _server(tmp_path, database) as asked:
        await asyncio.gather(*(asked.get("/api/plain") for _ in range(200)))
    assert len(await database.collection("access_logs").find({})) == 200
    assert list((tmp_path / "access" / "spool").iterdir()) == []


@pytest.mark.parametrize(
    ("proxies", "forwarded", "ip"),
    [
        # No proxy is trusted: the header is anybody's invention.
        (0, ["203.0.113.9"], "127.0.0.1"),
        # Two proxies: each appended whom it saw; the client may have sent anything before.
        (2, ["203.0.113.9, 10.0.0.1"], "203.0.113.9"),
        (2, ["6.6.6.6, 203.0.113.9, 10.0.0.1"], "203.0.113.9"),
        (2, ["6.6.6.6", "203.0.113.9", "10.0.0.1"], "203.0.113.9"),
        (2, ["6.6.6.6, <script>, , 203.0.113.9,10.0.0.1"], "203.0.113.9"),
        # One who came past the outer proxy cannot choose an address either.
        (2, ["6.6.6.6"], "127.0.0.1"),
        (2, [], "127.0.0.1"),
        (1, ["2001:DB8:0::9"], "2001:db8::9"),
        (1, ["[2001:db8::9]"], "2001:db8::9"),
        (1, ["[2001:db8::9]:4711"], "2001:db8::9"),
        (1, ["::ffff:203.0.113.9"], "203.0.113.9"),
        (1, ["::FFFF:cb00:7109"], "203.0.113.9"),
        (1, ["203.0.113.9:4711"], "203.0.113.9"),
        (1, ["unknown"], "127.0.0.1"),
        (1, ["_hidden"], "127.0.0.1"),
        (1, ["x" * 4000], "127.0.0.1"),
    ],
)
async def test_addresses_behind_proxies(
    tmp_path: Path, database: MongoDatabase, proxies: int, forwarded: list[str], ip: str
) -> None:
    lines = "".join(f"X-Forwarded-For: {value}\r\n" for value in forwarded)
    async with _server(tmp_path, database, proxies=proxies) as asked:
        port = int(asked.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        # Neither are other headers that some trust.
        others = "X-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nTrue-Client-IP: 6.6.6.6\r\nConnection: close\r\n"
        writer.write(f"GET /api/plain HTTP/1.1\r\nHost: x\r\n{lines}{others}\r\n".encode())
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()
        record = await asked.record()
    assert record["ip"] == ip
    assert [trace["ip"] for trace in await database.collection("ip_traces").find({})] == [ip]


async def test_shortened_addresses_are_all_that_is_kept(tmp_path: Path, database: MongoDatabase) -> None:
    async with _server(tmp_path, database, proxies=1, anonymize=True) as asked:
        for ip in ("203.0.113.9", "203.0.113.77", "2001:db8:1:2::9"):
            await asked.get("/api/plain", headers={"X-Forwarded-For": ip})
    assert not list((tmp_path / "access").glob("spool/*/*"))
    traces = await database.collection("ip_traces").find({})
    assert {trace["ip"]: trace["request_count"] for trace in traces} == {"203.0.113.0": 2, "2001:db8:1::": 1}
    for name in ("access_logs", "ip_trace_urls", "ip_hours", "ip_days"):
        kept = str(await database.collection(name).find({}))
        assert "203.0.113.0" in kept
        assert "203.0.113.9" not in kept
