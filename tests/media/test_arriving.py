"""Listeners of a file that is still arriving: they get it whole and in order, or a connection that visibly broke."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from models.audio import AudioFormat, media_name
from models.errors import MediaInterrupted
from models.ids import MediaName
from services.live_media import LiveMedia
from services.source.live import LiveWriter
from tests.media.live_writer import content
from tests.media.site import Site, media_site
from tests.media.test_live import other_process, tell
from tests.support.facts import TRACK_ID
from tests.support.wait import wait_for

NAME = media_name(TRACK_ID, AudioFormat.M4A)
DATA = os.urandom(500_000)


class Worker:
    """What fetches the file."""

    def __init__(self, site: Site, writer: LiveWriter) -> None:
        self._site = site
        self._writer = writer
        self._part: Path | None = None
        self._done = 0

    async def start(self, number: int = 1, content_type: str = "audio/mp4") -> None:
        folder = await self._site.storage.work_folder(f"job-{number}")
        self._part = folder / "part"
        self._part.touch()
        self._done = 0
        await self._writer.restart(self._part, content_type)

    def arrive(self, data: bytes, total: int | None) -> None:
        assert self._part is not None
        with self._part.open("ab") as file:
            file.write(data)
        self._done += len(data)
        self._writer.update(self._done, total)

    async def finish(self) -> None:
        await self._writer.finish()

    async def give_up(self) -> None:
        await self._writer.withdraw()

    async def discard(self) -> None:
        assert self._part is not None
        await self._site.storage.discard(self._part.parent)


@asynccontextmanager
async def worker(site: Site, name: MediaName = NAME) -> AsyncIterator[Worker]:
    """A job for the name is under way, until the end of the block."""
    site.under_way.add(name)
    try:
        async with LiveWriter(site.live, name) as writer:
            yield Worker(site, writer)
    finally:
        site.under_way.discard(name)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with media_site(tmp_path) as made:
        yield made
    assert made.open_files() == 0


def url(site: Site, name: str = NAME) -> str:
    return f"{site.url}/media/{name}"


async def test_bytes_are_passed_on_as_they_arrive(site: Site) -> None:
    async with worker(site) as work:
        await work.start()
        work.arrive(DATA[:1000], len(DATA))
        async with site.client.get(url(site)) as response:
            assert response.status == 200
            assert response.headers["Content-Type"] == "audio/mp4"
            assert response.headers["Content-Length"] == str(len(DATA))
            assert response.headers["Accept-Ranges"] == "none"
            assert response.headers["Cache-Control"] == "no-store"
            assert "ETag" not in response.headers
            assert await response.content.readexactly(1000) == DATA[:1000]
            work.arrive(DATA[1000:1001], len(DATA))
            assert await response.content.readexactly(1) == DATA[1000:1001]
            work.arrive(DATA[1001:], len(DATA))
            assert await response.content.read() == DATA[1001:]


async def test_a_stream_of_unknown_length_ends_when_it_is_finished(site: Site) -> None:
    async with worker(site) as work:
        await work.start(content_type="audio/webm")
        work.arrive(DATA[:1000], None)
        async with site.client.get(url(site)) as response:
            assert "Content-Length" not in response.headers
            assert response.headers["Content-Type"] == "audio/webm"
            assert await response.content.readexactly(1000) == DATA[:1000]
            work.arrive(DATA[1000:], None)
            await work.finish()
            assert await response.content.read() == DATA[1000:]


async def test_ranges_wait_for_the_finished_file(site: Site) -> None:
    async with worker(site) as work:
        await work.start()
        work.arrive(DATA, len(DATA))
        async with site.client.get(url(site), headers={"Range": "bytes=0-"}) as response:
            assert response.status == 200
            assert await response.read() == DATA


async def test_head_of_an_arriving_file(site: Site) -> None:
    async with worker(site) as work:
        await work.start()
        work.arrive(DATA[:10], len(DATA))
        async with site.client.head(url(site)) as response:
            assert response.status == 200
            assert response.headers["Content-Length"] == str(len(DATA))
            assert response.headers["Accept-Ranges"] == "none"


async def test_many_listeners_each_get_all(site: Site) -> None:
    async with worker(site) as work:
        await work.start()

        async def listen() -> bytes:
            async with site.client.get(url(site)) as response:
                return await response.read()

        listeners = [asyncio.create_task(listen()) for _ in range(20)]
        for start in range(0, len(DATA), 50_000):
            work.arrive(DATA[start : start + 50_000], len(DATA))
            await asyncio.sleep(0.01)
        assert all(heard == DATA for heard in await asyncio.gather(*listeners))


@pytest.mark.parametrize("total", [len(DATA), None])
async def test_a_failed_download_cuts_its_listeners(site: Site, total: int | None) -> None:
    async with worker(site) as work:
        await work.start()
        work.arrive(DATA[:1000], total)
        async with site.client.get(url(site)) as response:
            assert await response.content.readexactly(1000) == DATA[:1000]
            await work.give_up()
            with pytest.raises(aiohttp.ClientError):
                await response.content.read()


@pytest.mark.parametrize("total", [len(DATA), None])
async def test_another_video_cuts_the_listeners_of_the_first(site: Site, total: int | None) -> None:
    async with worker(site) as work:
        await work.start()
        work.arrive(DATA[:1000], total)
        async with site.client.get(url(site)) as response:
            assert await response.content.readexactly(1000) == DATA[:1000]
            await work.start(2)
            work.arrive(DATA[::-1], len(DATA))
            with pytest.raises(aiohttp.ClientError):
                await response.content.read()
        async with site.client.get(url(site)) as again:
            assert await again.read() == DATA[::-1]


@pytest.mark.parametrize("good", [True, False])
async def test_a_slow_listener_reads_on_only_if_the_file_was_good(site: Site, good: bool) -> None:
    data = os.urandom(24 * 1024 * 1024)  # more than lies in the buffers on the way
    host, port = site.url.removeprefix("http://").split(":")
    async with worker(site) as work:
        await work.start()
        work.arrive(data, len(data))
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(f"GET /media/{NAME} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        if good:
            await site.keep(b"the finished, tagged file")
    await work.discard()
    received = bytearray()
    try:
        while chunk := await reader.read(65536):
            received += chunk
    except ConnectionError:
        assert not good
    writer.close()
    assert (bytes(received) == data) == good


async def test_a_killed_worker_cuts_its_listeners(site: Site) -> None:
    site.under_way.add(NAME)
    async with other_process(site.home, 100_000) as process:
        await tell(process, "40000")
        async with site.client.get(url(site)) as response:
            expected = content(100_000)
            assert await response.content.readexactly(40_000) == expected[:40_000]
            await tell(process, "10000")
            assert await response.content.readexactly(10_000) == expected[40_000:50_000]
            process.kill()
            with pytest.raises(aiohttp.ClientError):
                await response.content.read()


async def test_a_worker_in_another_process_is_followed_to_the_end(site: Site) -> None:
    site.under_way.add(NAME)
    async with other_process(site.home, 100_000) as process:
        await tell(process, "1")
        async with site.client.get(url(site)) as response:
            for _ in range(9):
                await tell(process, "11111")
            assert await response.read() == content(100_000)


async def test_who_comes_before_the_first_byte_waits_for_it(site: Site) -> None:
    async with worker(site) as work:
        asked = asyncio.create_task(site.client.get(url(site)))
        await wait_for(lambda: site.service._feeds._feeds, what="somebody waits")
        await work.start()
        await asyncio.sleep(0.05)
        assert not asked.done()
        work.arrive(DATA, len(DATA))
        assert await (await asked).read() == DATA


async def test_who_waits_gets_the_finished_file_if_that_is_there_first(site: Site) -> None:
    async with worker(site):
        asked = asyncio.create_task(site.client.get(url(site)))
        await wait_for(lambda: site.service._feeds._feeds, what="somebody waits")
        audio = await site.keep(DATA)
    async with await asked as response:
        assert response.headers["ETag"] == audio.etag
        assert await response.read() == DATA


async def test_an_mp3_is_only_given_whole(site: Site) -> None:
    name = media_name(TRACK_ID, AudioFormat.MP3)
    async with worker(site, name) as work:
        await work.start()
        work.arrive(DATA, len(DATA))
        asked = asyncio.create_task(site.client.get(url(site, name)))
        await wait_for(lambda: name in site.service._feeds._feeds and site.service._feeds._feeds[name].head)
        assert not asked.done()
        await site.keep(DATA[::-1], AudioFormat.MP3)
    async with await asked as response:
        assert response.headers["Content-Type"] == "audio/mpeg"
        assert await response.read() == DATA[::-1]


async def test_a_job_that_ends_without_a_file_is_not_found(site: Site) -> None:
    async with worker(site):
        asked = asyncio.create_task(site.client.get(url(site)))
        await wait_for(lambda: site.service._feeds._feeds, what="somebody waits")
    async with await asked as response:
        assert response.status == 404
        assert (await response.json())["code"] == "media_not_found"


async def test_the_wait_has_an_end(tmp_path: Path) -> None:
    async with media_site(tmp_path, wait_s=0.2) as site, worker(site):
        async with site.client.get(url(site)) as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "5"
            body = await response.json()
        assert (body["code"], body["retryable"]) == ("media_not_ready", True)


async def test_what_a_dead_worker_left_is_not_served(site: Site) -> None:
    async with other_process(site.home, 1000) as process:
        await tell(process, "500")
        process.kill()
        await process.wait()
        async with site.client.get(url(site)) as response:
            assert response.status == 404


async def test_listeners_that_leave_leave_nothing_open(site: Site) -> None:
    async with worker(site) as work:
        await work.start()
        work.arrive(DATA[:1000], len(DATA))
        for _ in range(5):
            response = await site.client.get(url(site))
            assert await response.content.readexactly(1000) == DATA[:1000]
            response.close()
        asked = asyncio.create_task(site.client.get(url(site, media_name(TRACK_ID, AudioFormat.OPUS))))
        await asyncio.sleep(0)
        asked.cancel()
        await wait_for(lambda: site.open_files() == 0 and not site.service._feeds._feeds)


async def test_a_download_that_stands_still_is_given_up(site: Site) -> None:
    async with worker(site) as work:
        await work.start()
        work.arrive(DATA[:1000], len(DATA))
        opened = await site.service.open(NAME)
        assert isinstance(opened, LiveMedia)
        heard = opened.stream(stall_s=0.3)
        assert await anext(heard) == DATA[:1000]
        with pytest.raises(MediaInterrupted, match="stands still"):
            await anext(heard)
        opened.close()
