"""Finished files over HTTP: lengths, ranges, conditions, names, and what a client that leaves or dawdles does."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.audio import AudioFormat
from models.ids import MediaName, SpotifyId
from services.storage.local import LocalAudio, LocalStorage
from tests.media.site import Site, media_site
from tests.support.facts import TRACK_ID
from tests.support.wait import wait_for

NAME = f"{TRACK_ID}.m4a"
DATA = os.urandom(700_001)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with media_site(tmp_path) as made:
        yield made


async def test_the_whole_file(site: Site) -> None:
    audio = await site.keep(DATA)
    async with site.client.get(f"{site.url}/media/{NAME}") as response:
        assert response.status == 200
        assert await response.read() == DATA
        headers = response.headers
    assert headers["Content-Length"] == str(len(DATA))
    assert headers["Content-Type"] == "audio/mp4"
    assert headers["ETag"] == audio.etag
    assert headers["Last-Modified"] == "Mon, 04 May 2026 03:02:01 GMT"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith('inline; filename="Sigur Ros, ')
    assert "filename*=UTF-8''Sigur%20R%C3%B3s%2C%20" in headers["Content-Disposition"]
    assert "Access-Control-Allow-Origin" not in headers
    assert "Transfer-Encoding" not in headers


@pytest.mark.parametrize(
    ("audio_format", "content_type"),
    [(AudioFormat.OPUS, "audio/ogg"), (AudioFormat.MP3, "audio/mpeg")],
)
async def test_other_formats(site: Site, audio_format: AudioFormat, content_type: str) -> None:
    await site.keep(DATA, audio_format)
    async with site.client.get(f"{site.url}/media/{TRACK_ID}.{audio_format.value}") as response:
        assert response.headers["Content-Type"] == content_type
        assert await response.read() == DATA


async def test_head_says_the_same_without_a_body(site: Site) -> None:
    await site.keep(DATA)
    async with site.client.get(f"{site.url}/media/{NAME}") as response:
        await response.read()
        told = dict(response.headers)
    for headers in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=9999999-"}):
        async with site.client.head(f"{site.url}/media/{NAME}", headers=headers) as response:
            assert response.status == 200
            assert dict(response.headers) == told
            assert await response.read() == b""


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, 700_001),
        ("bytes=0-0", 0, 1),
        ("bytes=0-4999", 0, 5000),
        ("bytes=100000-299999", 100_000, 300_000),
        ("bytes=700000-", 700_000, 700_001),
        ("bytes=0-999999999", 0, 700_001),
        ("bytes=-5", 699_996, 700_001),
        ("bytes=-99999999", 0, 700_001),
    ],
)
async def test_ranges(site: Site, asked: str, start: int, end: int) -> None:
    await site.keep(DATA)
    async with site.client.get(f"{site.url}/media/{NAME}", headers={"Range": asked}) as response:
        assert response.status == 206
        assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/700001"
        assert response.headers["Content-Length"] == str(end - start)
        assert await response.read() == DATA[start:end]


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=5-2", "items=0-1", "nonsense"])
async def test_what_need_not_be_a_range_gives_the_whole(site: Site, asked: str) -> None:
    await site.keep(DATA)
    async with site.client.get(f"{site.url}/media/{NAME}", headers={"Range": asked}) as response:
        assert response.status == 200
        assert "Content-Range" not in response.headers
        assert await response.read() == DATA


@pytest.mark.parametrize("asked", ["bytes=700001-", "bytes=900000-900001", "bytes=-0"])
async def test_what_lies_beyond_is_refused(site: Site, asked: str) -> None:
    await site.keep(DATA)
    async with site.client.get(f"{site.url}/media/{NAME}", headers={"Range": asked}) as response:
        assert response.status == 416
        assert response.headers["Content-Range"] == "bytes */700001"
        assert response.content_type == "application/problem+json"
        assert (await response.json())["code"] == "range_not_satisfiable"


async def test_a_client_that_has_it_is_told_so(site: Site) -> None:
    audio = await site.keep(DATA)
    for headers in (
        {"If-None-Match": audio.etag},
        {"If-None-Match": audio.etag, "Range": "bytes=0-9"},
        {"If-Modified-Since": "Mon, 04 May 2026 03:02:01 GMT"},
    ):
        async with site.client.get(f"{site.url}/media/{NAME}", headers=headers) as response:
            assert response.status == 304
            assert response.headers["ETag"] == audio.etag
            assert response.headers["Cache-Control"] == "no-cache"
            assert "Content-Length" not in response.headers
            assert await response.read() == b""


async def test_a_part_is_only_added_to_the_same_file(site: Site) -> None:
    audio = await site.keep(DATA)
    for condition, status in ((audio.etag, 206), ('"other"', 200), ("Mon, 04 May 2026 03:02:01 GMT", 206)):
        headers = {"Range": "bytes=10-19", "If-Range": condition}
        async with site.client.get(f"{site.url}/media/{NAME}", headers=headers) as response:
            assert response.status == status
            assert await response.read() == (DATA[10:20] if status == 206 else DATA)


async def test_a_better_file_has_another_tag(site: Site) -> None:
    first = await site.keep(DATA)
    second = await site.keep(DATA[::-1])
    assert first.etag != second.etag
    async with site.client.get(f"{site.url}/media/{NAME}", headers={"If-None-Match": first.etag}) as response:
        assert response.status == 200
        assert await response.read() == DATA[::-1]


async def test_saving_it(site: Site) -> None:
    await site.keep(DATA)
    async with site.client.head(f"{site.url}/media/{NAME}?download=1") as response:
        assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    async with site.client.head(f"{site.url}/media/{NAME}?download=0") as response:
        assert response.headers["Content-Disposition"].startswith("inline; filename=")


async def test_the_connection_serves_one_request_after_another(site: Site) -> None:
    audio = await site.keep(DATA)
    url = f"{site.url}/media/{NAME}"
    ports: set[int] = set()
    for headers in ({}, {"Range": "bytes=1-2"}, {"Range": "bytes=999999999-"}, {"If-None-Match": audio.etag}) * 3:
        for method in ("GET", "HEAD"):
            async with site.client.request(method, url, headers=headers) as response:
                assert response.connection is None or response.connection.transport is not None
                if response.connection is not None and response.connection.transport is not None:
                    ports.add(response.connection.transport.get_extra_info("sockname")[1])
                await response.read()
    assert len(ports) == 1
    assert site.open_files() == 0


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        f"{TRACK_ID}",
        f"{TRACK_ID}.wav",
        f"{TRACK_ID}.M4A",
        f"{TRACK_ID}.m4a.m4a",
        f"{TRACK_ID[:-1]}.m4a",
        "..%2f..%2fetc%2fpasswd",
        "%00.m4a",
        "0000000000000000000000.m4a",
    ],
)
async def test_other_names_do_not_exist(site: Site, name: str) -> None:
    await site.keep(DATA)
    async with site.client.get(f"{site.url}/media/{name}") as response:
        assert response.status == 404
        assert (await response.json())["code"] == "media_not_found"


async def test_another_track_of_the_recording_has_the_same_file(site: Site) -> None:
    audio = await site.keep(DATA)
    other = SpotifyId("7ouMYWpwJ422jRcDASZB7P")
    await site.downloads.add_track(audio, other)
    async with site.client.get(f"{site.url}/media/{other}.m4a") as response:
        assert await response.read() == DATA
        assert response.headers["ETag"] == audio.etag


async def test_a_file_that_was_removed_by_hand_is_forgotten(site: Site) -> None:
    audio = await site.keep(DATA)
    site.storage.path_for(audio.name).unlink()
    async with site.client.get(f"{site.url}/media/{NAME}") as response:
        assert response.status == 404
    assert site.downloads.documents == {}


async def test_a_file_in_a_public_bucket_is_served_from_there(site: Site) -> None:
    audio = replace(await site.keep(DATA), bucket_url="https://example.org/x.m4a")
    await site.downloads.put(audio)
    async with site.client.get(f"{site.url}/media/{NAME}", allow_redirects=False) as response:
        assert (response.status, await response.read()) == (200, DATA)
    site.storage.path_for(audio.name).unlink()
    for ask in (site.client.get, site.client.head):
        async with ask(f"{site.url}/media/{NAME}", allow_redirects=False) as response:
            assert response.status == 302
            assert response.headers["Location"] == "https://example.org/x.m4a"
    async with site.client.get(f"{site.url}/media/{NAME}?download=1", allow_redirects=False) as response:
        assert response.status == 404
    assert list(site.downloads.documents.values()) == [audio]


async def test_half_a_file_is_never_served(site: Site) -> None:
    audio = await site.keep(DATA)
    os.truncate(site.storage.path_for(audio.name), 1000)
    for _ in range(2):
        async with site.client.get(f"{site.url}/media/{NAME}") as response:
            assert response.status == 404
    assert site.downloads.documents == {}
    assert site.open_files() == 0


class CountingStorage(LocalStorage):
    """Notes how much was read from its files."""

    bytes_read = 0

    async def open(self, name: MediaName) -> LocalAudio | None:
        opened = await super().open(name)
        if opened is not None:
            read = opened.read

            async def counted(start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
                async for chunk in read(start, end):
                    self.bytes_read += len(chunk)
                    yield chunk

            opened.read = counted  # type: ignore[method-assign]
        return opened


async def test_a_slow_client_holds_the_reading_back(tmp_path: Path) -> None:
    size = 64 * 1024 * 1024
    async with media_site(tmp_path, storage=CountingStorage) as site:
        await site.keep(bytes(size))
        counting = site.storage
        assert isinstance(counting, CountingStorage)
        host, port = site.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(f"GET /media/{NAME} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await reader.readexactly(2048)
        # It stops reading: the server fills the buffers between them and then stops, too.
        seen = -1
        while counting.bytes_read != seen:
            seen = counting.bytes_read
            await asyncio.sleep(0.3)
        assert seen < size / 2
        assert site.open_files() == 1
        writer.transport.abort()
        await wait_for(lambda: site.open_files() == 0, what="the file of a client that left is closed")


async def test_many_clients_that_leave_leave_nothing_open(site: Site) -> None:
    await site.keep(bytes(8 * 1024 * 1024))
    host, port = site.url.removeprefix("http://").split(":")

    async def visit(turn: int) -> None:
        _reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /media/{NAME} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.002 * turn)
        writer.transport.abort()

    await asyncio.gather(*(visit(turn) for turn in range(30)))
    await wait_for(lambda: site.open_files() == 0, what="all files are closed")


async def test_storage_that_fails_in_the_middle_cuts_the_connection(site: Site) -> None:
    audio = await site.keep(bytes(32 * 1024 * 1024))
    host, port = site.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(f"GET /media/{NAME} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await reader.readexactly(2048)
    os.truncate(site.storage.path_for(audio.name), 1000)
    received = 2048
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(1024):
            received += len(chunk)
    assert received < audio.size_bytes
    writer.close()
    await wait_for(lambda: site.open_files() == 0)
