"""The proxy: only its own hosts, real certificates, nothing forwarded."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest

from _local.sandbox.youtube import Sound, YouTubeStandIn
from tests.support.wait import wait_for

from .support import Browser, upload

HOME = "https://www.youtube.com/"


@pytest.mark.parametrize("url", ["https://example.org/", "https://notyoutube.com/", "https://www.youtube.com:8443/"])
async def test_other_hosts_are_refused(browser: Browser, url: str) -> None:
    with pytest.raises(aiohttp.ClientHttpProxyError) as caught:
        await browser.read(url)
    assert caught.value.status == 403


async def test_the_certificate_is_trusted_only_with_the_ca_file(stand_in: YouTubeStandIn) -> None:
    strangers = aiohttp.TCPConnector(ssl=ssl.create_default_context(cadata=Path(stand_in.ca_file).read_text()))
    async with aiohttp.ClientSession(connector=strangers) as session, session.get(HOME, proxy=stand_in.proxy_url) as r:
        assert r.status == 200
    empty = aiohttp.TCPConnector(ssl=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    async with aiohttp.ClientSession(connector=empty) as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(HOME, proxy=stand_in.proxy_url)


async def test_one_tunnel_carries_many_requests(stand_in: YouTubeStandIn, browser: Browser) -> None:
    for _ in range(3):
        assert (await browser.read(HOME))[0] == 200
    assert stand_in.requests.count("connect") == 1
    assert stand_in.requests.count("home") == 3


async def test_plain_requests_are_answered_too(browser: Browser) -> None:
    status, body = await browser.read("http://www.youtube.com/")
    assert status == 200
    assert b"ytcfg.set(" in body


async def test_a_request_that_is_no_proxy_request_is_refused(stand_in: YouTubeStandIn) -> None:
    async with aiohttp.ClientSession() as session, session.get(stand_in.proxy_url + "/watch?v=x") as response:
        assert response.status == 400


async def test_dropped_tunnels(stand_in: YouTubeStandIn, browser: Browser) -> None:
    stand_in.faults.drop("connect")
    with pytest.raises(aiohttp.ClientError):
        await browser.read(HOME)
    stand_in.faults.clear()
    assert (await browser.read(HOME))[0] == 200


async def test_refused_tunnels(stand_in: YouTubeStandIn, browser: Browser) -> None:
    stand_in.faults.fail("connect", 502, times=1)
    with pytest.raises(aiohttp.ClientHttpProxyError):
        await browser.read(HOME)
    assert (await browser.read(HOME))[0] == 200


async def test_slow_answers(stand_in: YouTubeStandIn, browser: Browser) -> None:
    stand_in.faults.delay("home", 600, times=1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(browser.read(HOME), 0.3)
    assert (await browser.read(HOME))[0] == 200


async def test_unknown_paths_are_not_found(stand_in: YouTubeStandIn, browser: Browser) -> None:
    assert (await browser.read("https://www.youtube.com/feed/trending"))[0] == 404
    assert stand_in.requests.count("unknown") == 1
    stand_in.requests.reset()
    assert len(stand_in.requests) == 0


async def test_it_comes_back_where_it_was(tmp_path: Path, sound: Sound) -> None:
    stand_in = YouTubeStandIn([upload(1)], sound, folder=tmp_path)
    await stand_in.start()
    address = stand_in.proxy_url
    await stand_in.stop()
    async with Browser(stand_in) as browser:
        with pytest.raises(aiohttp.ClientConnectorError):
            await browser.read(HOME)
        await stand_in.start()
        assert stand_in.proxy_url == address
        assert (await browser.read(HOME))[0] == 200
        await stand_in.stop()


async def test_stopping_ends_open_connections(tmp_path: Path, sound: Sound) -> None:
    stand_in = YouTubeStandIn([upload(1)], sound, folder=tmp_path)
    await stand_in.start()
    stand_in.faults.delay("home", 600)
    port = int(stand_in.proxy_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with Browser(stand_in) as browser:
        waiting = asyncio.create_task(browser.read(HOME))
        await wait_for(lambda: stand_in.requests.count("home"))
        await stand_in.stop()
        with pytest.raises(aiohttp.ClientError):
            await waiting
    assert await reader.read() == b""
    writer.close()
