"""Batches over HTTP and the progress socket, on the whole server. The audio is there already: no upstream is needed."""

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

from models.audio import AudioFormat, job_id
from services.container import Services
from services.store.mongo import MongoDatabase
from tests.support.batches import sound, spotify_id, stored
from tests.support.house import Answer, House, open_house
from tests.support.wait import wait_for


@pytest.fixture
async def house(database: MongoDatabase, server_uri: str, tmp_path: Path) -> AsyncIterator[House]:
    """A server without any upstream: jobs wait for a worker's answer that never comes, known audio is served."""
    uri = server_uri.replace("/?", f"/{database.name}?")
    settings = {
        "MUSIC_DL_PRIMARY_DB": uri,
        "SPOTIFY_API_HOST": "http://127.0.0.1:9",
        "SPOTIFY_ACCESS_TOKEN_URL": "http://127.0.0.1:9/token",
        "SPOTIFY_CLIENT_ID": "x",
        "SPOTIFY_CLIENT_SECRET": "y",
        "YOUTUBE_PROXY": "http://127.0.0.1:9",
        "MAX_TRACK_ALLOWED_FOR_PLAYLIST": "5",
    }
    async with open_house(None, tmp_path, **settings) as opened:
        yield opened


async def put(house: House, tmp_path: Path, *numbers: int) -> None:
    """Makes these tracks' audio known."""
    services: Services = house.app.ctx.services
    for number in numbers:
        track_id = spotify_id(number)
        part = tmp_path / f"{number}.part"
        part.write_bytes(sound(track_id))
        await services.downloads._library.keep(part, stored(track_id, AudioFormat.M4A, sound(track_id)))


async def post(house: House, body: Any, **options: Any) -> Answer:
    return await house.get("/api/spotify/download", method="POST", json=body, **options)


async def ended(house: House, path: str) -> dict[str, Any]:
    async def is_final() -> bool:
        return (await house.get(path)).json["state"] in {"done", "failed", "cancelled"}

    await wait_for(is_final, deadline_s=60)
    body: dict[str, Any] = (await house.get(path)).json
    return body


async def heard(house: House, job_id: str) -> list[dict[str, Any]]:
    """The frames of the progress socket, up to the end."""
    frames: list[dict[str, Any]] = []
    async with house.http.ws_connect(f"{house.url}/ws/progress", params={"job_id": job_id}) as ws:
        while not frames or frames[-1]["type"] != "end":
            message = await ws.receive(timeout=30)
            assert message.type is aiohttp.WSMsgType.TEXT
            frames.append(json.loads(message.data))
    return frames


def ids(*numbers: int) -> list[str]:
    return [spotify_id(number) for number in numbers]


async def test_from_the_wish_to_the_archive(house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await put(house, tmp_path, 1, 2)
    asked = await post(house, {"track_ids": ids(1, 2)})
    path, batch_id = asked.headers["Location"], asked.json["job_id"]
    frames = await heard(house, batch_id)
    assert frames[0]["type"] == "snapshot"
    assert {frame["job_id"] for frame in frames} == {batch_id}
    assert (frames[-1]["state"], frames[-1]["tracks"]["done"]) == ("done", 2)
    events = (await house.get(f"{path}/events")).body.decode()
    assert "event: end" in events
    assert '"tracks"' in events
    assert asked.status == 202
    assert path == f"/api/downloads/{asked.json['job_id']}"
    assert asked.headers["Retry-After"] == "2"
    assert asked.json["track_id"] is None
    assert (asked.json["state"], asked.json["tracks"]["total"]) == ("queued", 2)
    assert asked.json["archive_url"] is None
    body = await ended(house, path)
    assert body["tracks"] == {"total": 2, "done": 2, "failed": 0, "cancelled": 0, "running": 0, "queued": 0}
    assert (body["state"], body["percent"], body["failures"], body["complete"]) == ("done", 100.0, [], True)
    assert body["source"] == {"kind": "tracks", "id": None, "name": None}
    assert body["archive_url"] == f"{house.url}{path}/archive.zip"
    caplog.clear()
    head = await house.get(f"{path}/archive.zip", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    answer = await house.get(f"{path}/archive.zip")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tracks.zip"'
    assert int(answer.headers["Content-Length"]) == len(answer.body) == int(head.headers["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(answer.body)) as read:
        assert read.testzip() is None
        assert read.read("01 An Artist - Title 1.m4a") == sound(spotify_id(1))
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


REFUSED: tuple[tuple[Any, str], ...] = (
    ({}, "invalid_request"),
    ([], "invalid_request"),
    ({"link": "", "format": "m4a"}, "invalid_request"),
    ({"link": 5}, "invalid_request"),
    ({"link": "https://example.com"}, "invalid_link"),
    ({"link": "spotify:episode:0000000000000000000001"}, "podcast_link"),
    ({"link": "spotify:artist:0000000000000000000001"}, "invalid_link"),
    ({"link": "spotify:track:0000000000000000000001", "track_ids": []}, "invalid_request"),
    ({"track_ids": "0000000000000000000001"}, "invalid_request"),
    ({"track_ids": [5]}, "invalid_request"),
    ({"track_ids": []}, "invalid_request"),
    ({"track_ids": ["0000000000000000000001", "short"]}, "invalid_track_id"),
    ({"track_ids": ids(1), "format": "flac"}, "unsupported_format"),
    ({"track_ids": ids(1), "format": 5}, "invalid_request"),
    ({"track_ids": ids(*range(6))}, "too_many_tracks"),
)


async def test_refused_before_anything_is_queued(house: House) -> None:
    for body, code in REFUSED:
        answer = await post(house, body)
        assert (answer.status, answer.json["code"]) == (400, code), body
    for data in (b"{", b""):
        answer = await house.get("/api/spotify/download", method="POST", data=data)
        assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    unreadable = await post(house, {"link": "spotify:album:0000000000000000000001"})
    assert (unreadable.status, unreadable.json["retryable"]) == (503, True)
    services: Services = house.app.ctx.services
    assert await services.batches._batches.living() == []
    assert await services.downloads._jobs.get_many([job_id(spotify_id(1), AudioFormat.M4A)]) == []
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/archive.zip"), ("GET", "/events")):
        answer = await house.get(f"/api/downloads/batch-0{path}", method=method)
        assert (answer.status, answer.json["code"]) == (404, "job_not_found")
    answer = await house.get(f"/api/downloads/{spotify_id(1)}-m4a/archive.zip")
    assert answer.status == 404


async def test_while_it_runs(house: House, tmp_path: Path) -> None:
    """Its second track waits for Spotify, which does not answer."""
    await put(house, tmp_path, 1)
    asked = await post(house, {"track_ids": ids(1, 2)})
    path = asked.headers["Location"]

    async def has_one() -> bool:
        return bool((await house.get(path)).json["tracks"]["done"] == 1)

    await wait_for(has_one)
    early = await house.get(f"{path}/archive.zip")
    assert (early.status, early.json["code"], early.headers["Retry-After"]) == (409, "batch_not_finished", "2")
    again = await post(house, {"track_ids": ids(1, 2)})
    assert again.json["job_id"] == asked.json["job_id"]
    cancelled = await house.get(path, method="DELETE")
    assert (cancelled.status, cancelled.json["cancel_requested"]) == (200, True)
    body = await ended(house, path)
    assert (body["state"], body["tracks"]["done"], body["tracks"]["cancelled"]) == ("cancelled", 1, 1)
    archive = await house.get(f"{path}/archive.zip")
    with zipfile.ZipFile(io.BytesIO(archive.body)) as read:
        assert len(read.namelist()) == 3


async def test_transfers_that_end_early(house: House, tmp_path: Path) -> None:
    """A client that leaves leaves nothing open; a file that goes in between cuts the transfer."""
    services: Services = house.app.ctx.services
    big = tmp_path / "big.part"
    big.write_bytes(bytes(20_000_000))
    audio = stored(spotify_id(1), AudioFormat.M4A, bytes(20_000_000))
    await services.downloads._library.keep(big, audio)
    await put(house, tmp_path, 2)
    path = (await post(house, {"track_ids": ids(1, 2)})).headers["Location"]
    await ended(house, path)
    before = _open_files(tmp_path)
    for _ in range(3):
        async with house.http.get(f"{house.url}{path}/archive.zip") as response:
            await response.content.readexactly(100_000)
            response.close()
    await wait_for(lambda: _open_files(tmp_path) == before, what="the files are closed")
    answer = await house.get(f"{path}/archive.zip")
    assert len(answer.body) == int(answer.headers["Content-Length"])
    async with house.http.get(f"{house.url}{path}/archive.zip") as response:
        await response.content.readexactly(1000)
        await services.downloads._library._storage.delete(stored(spotify_id(2), AudioFormat.M4A, b"").name)
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
            await response.read()


def _open_files(home: Path) -> int:
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += str(link.readlink()).startswith(f"{home}/audio")
        except FileNotFoundError:
            continue
    return found
