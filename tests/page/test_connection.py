"""The connection breaks, is refused, or never works as a socket; the server restarts: the page goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest

from tests.page.house import House
from tests.page.links import ALBUM
from tests.page.selectors import ACT, percent, row, state
from tests.support.browser import Page
from tests.support.tcp_proxy import TcpProxy

pytestmark = pytest.mark.asyncio(loop_scope="module")


class SocketlessProxy(TcpProxy):
    """A proxy as some companies have it: plain requests pass, WebSockets do not."""

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            if data.startswith(b"GET /ws/"):
                raise ConnectionResetError
            sink.write(data)
            await sink.drain()


@contextlib.asynccontextmanager
async def _fetching(house: House, proxy: TcpProxy, number: int) -> AsyncIterator[tuple[Page, int]]:
    """The page, reached through the proxy, with a download of that row in mid-fetch; and how far it is."""
    async with house.page(ALBUM, url=f"http://127.0.0.1:{proxy.port}", faults=1000) as page:
        await page.click(f"{row(number)} {ACT}")
        await page.until(f"document.querySelector('{row(number)} .bar')?.dataset.stage === 'fetch'")
        await page.until(f"document.querySelector('{row(number)} .bar').ariaValueNow > 18")
        yield page, await percent(page, number)


def _link_state(text: str) -> str:
    return f"document.querySelector('#link-state').innerText.includes('{text}')"


async def test_a_cut_connection_comes_back_with_what_was_heard_last(house: House) -> None:
    async with TcpProxy(house.server.port) as proxy:
        with house.slow():
            async with _fetching(house, proxy, 1) as (page, reached):
                assert await page.eval(_link_state("Live"))
                sent = len(page.sent)
                last = json.loads(page.heard[-1])["seq"]
                proxy.cut()
                await page.until(f"!{_link_state('Live')}")
                assert await percent(page, 1) >= reached
                await page.until(_link_state("Live"))
                [again] = json.loads(page.sent[sent])["subscribe"]
                assert again["since"] >= last
                await page.until(f"document.querySelector('{row(1)} .bar').ariaValueNow > {reached}")
                house.sandbox.youtube.faults.clear()
                await page.until(state(1, "done"))


async def test_a_refused_connection_is_told_and_the_rest_is_caught_up(house: House) -> None:
    async with TcpProxy(house.server.port) as proxy:
        with house.slow():
            async with _fetching(house, proxy, 2) as (page, _):
                proxy.refuse()
                await page.until(_link_state("Connection lost"))
                house.sandbox.youtube.faults.clear()
                await _ended(house, page, 2)
                assert await page.eval(state(2, "running"))
                proxy.admit()
                await page.until(state(2, "done"))
                await page.until("document.querySelector('#link-state').innerText === ''")


async def test_without_sockets_it_asks(house: House) -> None:
    async with SocketlessProxy(house.server.port) as proxy:
        with house.slow():
            async with _fetching(house, proxy, 3) as (page, reached):
                await page.until(_link_state("asking every 2 s"))
                await page.until(f"document.querySelector('{row(3)} .bar').ariaValueNow > {reached}")
                house.sandbox.youtube.faults.clear()
                await page.until(state(3, "done"))
        assert page.heard == []


async def test_a_server_that_restarts_goes_on(house: House) -> None:
    async with TcpProxy(house.server.port) as proxy:
        with house.slow():
            async with _fetching(house, proxy, 4) as (page, _):
                await house.server.kill()
                await page.until(f"!{_link_state('Live')}")
                await house.server.start()
                await house.server.up()
                await page.until(_link_state("Live"))
                house.sandbox.youtube.faults.clear()
                await page.until(state(4, "done"), deadline_s=120)


async def _ended(house: House, page: Page, number: int) -> None:
    """Waits until the server has the file of the row, which the page cannot know."""
    job = await page.eval("JSON.parse(localStorage['music-dl']).jobs.at(-1)[0]")

    async with asyncio.timeout(60):
        while True:
            _, body = await house.server.get(f"/api/downloads/{job}")
            if body["state"] == "done":
                return
            await asyncio.sleep(0.05)
