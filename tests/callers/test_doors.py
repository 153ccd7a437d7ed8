"""A server with keys, over HTTP, WebSocket and server-sent events: what opens with what."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from _local.sandbox.service import Sandbox
from services.store.mongo import MongoDatabase
from tests.support.access import second_look
from tests.support.house import House, open_house
from tests.support.wait import wait_for

PHONE, TABLET, ADMIN = "phone-secret-0001", "tablet-secret-0002", "an operator's key"
SETTINGS = {"API_KEYS": f"phone:{PHONE},tablet:{TABLET}", "ADMIN_API_KEY": ADMIN}
KEY = {"Authorization": f"Bearer {PHONE}"}
TRACK = "IzCc4CLGmqwBlgx92robRa"
ALBUM = "https://open.spotify.com/album/ZXwoYs4Be0FhkeSvj1kLAo"
GUARDED = (
    ("GET", "/api/spotify/metadata?link=x"),
    ("GET", f"/api/spotify/download/track/{TRACK}"),
    ("HEAD", f"/api/spotify/download/track/{TRACK}"),
    ("POST", "/api/spotify/download"),
    ("GET", f"/api/downloads/{TRACK}-m4a"),
    ("DELETE", f"/api/downloads/{TRACK}-m4a"),
    ("GET", f"/api/downloads/{TRACK}-m4a/events"),
    ("GET", "/api/downloads/batch-1/archive.zip"),
    ("GET", f"/api/spotify/track/{TRACK}/match"),
    ("PUT", f"/api/spotify/track/{TRACK}/match"),
    ("DELETE", f"/api/spotify/track/{TRACK}/match"),
    ("POST", f"/api/spotify/track/{TRACK}/match/report"),
    ("GET", f"/media/{TRACK}.m4a"),
    ("HEAD", f"/media/{TRACK}.m4a"),
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With keys, and nobody upstream."""
    async with open_house(None, tmp_path, **SETTINGS) as running:
        yield running


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_without_a_key_nothing_opens(house: House, method: str, path: str) -> None:
    for headers, code, challenge in (
        ({}, "unauthorized", "Bearer"),
        ({"Authorization": "Bearer nobody's"}, "wrong_key", 'Bearer error="invalid_token"'),
        ({"X-API-Key": "nobody's"}, "wrong_key", 'Bearer error="invalid_token"'),
        ({"Cookie": "music_dl_session=phone.9.x"}, "wrong_key", 'Bearer error="invalid_token"'),
    ):
        answer = await house.get(path, method=method, headers=headers)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, challenge)
        if method != "HEAD":
            assert (answer.json["code"], answer.json["status"]) == (code, 401)
            assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_key_in_the_query_is_no_key(house: House) -> None:
    for name in ("key", "api_key", "token", "ticket", "X-API-Key"):
        assert (await house.get(f"/media/{TRACK}.m4a?{name}={PHONE}")).status == 401


@pytest.mark.parametrize(
    "headers",
    [KEY, {"X-API-Key": TABLET}, {"Authorization": f"bearer  {TABLET}"}, {"X-API-Key": ADMIN}],
)
async def test_any_key_opens(house: House, headers: dict[str, str]) -> None:
    answer = await house.get(f"/api/downloads/{TRACK}-m4a", headers=headers)
    assert (answer.status, answer.json["code"]) == (404, "job_not_found")


@pytest.mark.parametrize("path", ["/", "/static/style.css", "/health/live", "/health/ready", "/docs/openapi.json"])
async def test_what_stays_open(house: House, path: str) -> None:
    assert (await house.get(path)).status == 200


async def test_the_administration_keeps_its_own_gate(house: House) -> None:
    for headers, status in (({}, 401), (KEY, 403), ({"X-API-Key": ADMIN}, 200)):
        assert (await house.get("/api/admin/stats", headers=headers)).status == status


async def test_a_socket_is_opened_and_then_told(house: House) -> None:
    for headers, reason in (({}, "unauthorized"), ({"X-API-Key": "nobody's"}, "wrong_key")):
        async with house.http.ws_connect(f"{house.url}/ws/progress", headers=headers) as socket:
            message = await socket.receive(timeout=30)
            assert (message.type, message.data, message.extra) == (aiohttp.WSMsgType.CLOSE, 4401, reason)
    async with house.http.ws_connect(f"{house.url}/ws/progress", headers=KEY) as socket:
        await socket.send_json({"subscribe": [f"{TRACK}-m4a"]})
        assert (await socket.receive_json(timeout=30))["error"]["code"] == "job_not_found"


async def test_the_page_signs_in_and_out(house: House) -> None:
    asked = await house.get("/api/session")
    assert asked.json == {"key_needed": True, "key_name": None}
    for headers, code in (({}, "unauthorized"), ({"X-API-Key": "nobody's"}, "wrong_key")):
        answer = await house.get("/api/session", method="POST", headers=headers)
        assert (answer.status, answer.json["code"]) == (401, code)
    answer = await house.get("/api/session", method="POST", headers=KEY)
    assert answer.status == 204
    set_cookie = answer.headers["Set-Cookie"]
    assert PHONE not in set_cookie
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in set_cookie.split(";")}
    assert "Secure" not in set_cookie, "it came over plain HTTP, where a browser would drop the cookie"
    cookie = {"Cookie": set_cookie.partition(";")[0]}
    assert (await house.get("/api/session", headers=cookie)).json == {"key_needed": True, "key_name": "phone"}
    assert (await house.get(f"/media/{TRACK}.m4a", headers=cookie)).status == 404
    async with house.http.ws_connect(f"{house.url}/ws/progress", headers={**cookie, "Origin": house.url}) as socket:
        await socket.send_json({"subscribe": [f"{TRACK}-m4a"]})
        assert (await socket.receive_json(timeout=30))["error"]["code"] == "job_not_found"
    answer = await house.get("/api/session", method="DELETE", headers=cookie)
    assert answer.status == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert "Secure" not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "foreign", [{"Origin": "http://127.0.0.1:1"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}]
)
async def test_another_origins_page_cannot_use_the_cookie(house: House, foreign: dict[str, str]) -> None:
    answer = await house.get("/api/session", method="POST", headers=KEY)
    cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    refused = await house.get(f"/api/downloads/{TRACK}-m4a", method="DELETE", headers={**cookie, **foreign})
    assert (refused.status, refused.json["code"]) == (401, "unauthorized")


async def test_the_cookie_is_for_tls_alone_where_there_is_tls(tmp_path: Path) -> None:
    async with open_house(None, tmp_path, **SETTINGS, PUBLIC_BASE_URL="https://music.example") as house:
        answer = await house.get("/api/session", method="POST", headers=KEY)
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_without_keys_all_is_open(tmp_path: Path) -> None:
    async with open_house(None, tmp_path, ADMIN_API_KEY=ADMIN) as house:
        assert (await house.get("/api/session")).json == {"key_needed": False, "key_name": None}
        answer = await house.get("/api/session", method="POST", headers={"X-API-Key": "anything"})
        assert (answer.status, "Set-Cookie" in answer.headers) == (204, False)
        for headers in ({}, {"X-API-Key": "anything"}):
            assert (await house.get(f"/api/downloads/{TRACK}-m4a", headers=headers)).status == 404


async def test_the_description_says_what_needs_a_key(house: House, tmp_path: Path) -> None:
    def needs(paths: Any, path: str, method: str = "get") -> set[str]:
        return {name for each in paths[path][method].get("security", ()) for name in each}

    async with open_house(None, tmp_path / "open") as open_one:
        free = (await open_one.get("/docs/openapi.json")).json["paths"]
    described = (await house.get("/docs/openapi.json")).json
    schemes = described["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert (schemes["header"]["in"], schemes["header"]["name"]) == ("header", "X-API-Key")
    assert (schemes["ticket"]["in"], schemes["session"]["in"]) == ("query", "cookie")
    media, metadata, stats = "/media/{name}", "/api/spotify/metadata", "/api/admin/stats"
    assert needs(free, media) == needs(free, metadata) == set()
    assert needs(free, stats) == {"bearer", "header"}
    async with open_house(None, tmp_path / "closed", **SETTINGS) as closed:
        paths = (await closed.get("/docs/openapi.json")).json["paths"]
    assert needs(paths, media) == {"bearer", "header", "session", "ticket"}
    assert needs(paths, metadata) == {"bearer", "header", "session"}
    assert needs(paths, "/api/downloads/{job_id}", "delete") == {"bearer", "header", "session"}
    assert needs(paths, "/health/live") == needs(paths, "/api/session") == set()


async def frames(house: House, address: str) -> list[dict[str, Any]]:
    """What a socket tells that was opened with the address alone."""
    heard = []
    async with house.http.ws_connect(address) as socket:
        while not heard or heard[-1]["type"] != "end":
            heard.append(await socket.receive_json(timeout=60))
    return heard


async def test_addresses_that_are_handed_out_work_without_a_key(
    sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house(sandbox, tmp_path, **SETTINGS) as house:
        wish = (await house.get(f"/api/spotify/download/track/{TRACK}?wait=0", headers=KEY)).json
        end = (await frames(house, wish["socket_url"]))[-1]
        assert end["state"] == "done"
        told = (await house.get(wish["events_url"].removeprefix(house.url))).body.decode()
        assert "event: end" in told
        job = (await house.get(f"/api/spotify/download/track/{TRACK}", headers=KEY)).json
        metadata = (await house.metadata(f"spotify:track:{TRACK}", headers=KEY)).json
        addresses = {job["download_cdn"], job["stream_url"], end["download_cdn"], metadata["music_dl_cdn"]}
        for address in addresses:
            path = address.removeprefix(house.url)
            assert "ticket=phone." in path
            whole = await house.get(path)
            part = await house.get(path, headers={"Range": "bytes=10-19"})
            assert (whole.status, part.status, part.body) == (200, 206, whole.body[10:20])
            assert (await house.get(path, method="HEAD")).status == 200
        # Each caller is told addresses of its own.
        other = (await house.metadata(f"spotify:track:{TRACK}", headers={"X-API-Key": TABLET})).json
        assert "ticket=tablet." in other["music_dl_cdn"]

        ticket = job["download_cdn"].partition("?")[2]
        refused = await house.get(f"/media/{TRACK}.opus?{ticket}")
        assert (refused.status, refused.json["code"]) == (401, "wrong_key")
        assert (await house.get(f"/api/downloads/{TRACK}-m4a?{ticket}")).status == 401

        asked = await house.get("/api/spotify/download", method="POST", json={"link": ALBUM}, headers=KEY)
        path = asked.headers["Location"]

        async def archive() -> str | None:
            url: str | None = (await house.get(path, headers=KEY)).json["archive_url"]
            return url

        address = await wait_for(archive, deadline_s=120)
        files = zipfile.ZipFile(io.BytesIO((await house.get(address.removeprefix(house.url))).body)).namelist()
        assert any(name.endswith(".m4a") for name in files)
        shown = json.dumps([wish, end, job, metadata, asked.json])
        async with second_look(tmp_path) as database:
            await _records_show_names_alone(database)
    assert PHONE not in shown
    assert PHONE not in caplog.text
    assert "ticket" not in caplog.text


async def _records_show_names_alone(database: MongoDatabase) -> None:
    async def stored() -> list[dict[str, Any]]:
        return await database.collection("access_logs").find({"path": f"/media/{TRACK}.m4a", "key_name": "phone"})

    await wait_for(stored, deadline_s=60)
    records = await database.collection("access_logs").find({})
    urls = await database.collection("ip_trace_urls").find({})
    text = str([*records, *urls])
    assert "ticket" not in text
    assert "secret" not in text
    assert {record.get("key_name") for record in records} >= {"phone", "tablet"}


async def test_statistics_by_key(house: House) -> None:
    for headers, count in (({}, 1), (KEY, 3), ({"X-API-Key": TABLET}, 2)):
        for _ in range(count):
            await house.get(f"/api/downloads/{TRACK}-m4a", headers=headers)

    async def counted() -> list[dict[str, Any]] | None:
        body = (await house.get("/api/admin/stats", headers={"X-API-Key": ADMIN})).json["traffic"]
        rows = {row["key_name"]: row for row in body["keys"]}
        done = rows.get("phone", {}).get("requests") == 3 and rows.get("tablet", {}).get("requests") == 2
        return body["keys"] if done and "admin" in rows else None

    rows = await wait_for(counted, deadline_s=60)
    phone = next(row for row in rows if row["key_name"] == "phone")
    assert (phone["errors"], phone["limited"]) == (0, 0)
    assert phone["bytes"] > 0
