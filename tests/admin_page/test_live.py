"""The numbers move by themselves; a server that is away is waited for."""

from __future__ import annotations

import pytest

from tests.admin_page.house import AdminHouse
from tests.admin_page.selectors import STATE, cell, tile
from tests.support.tcp_proxy import TcpProxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

METADATA = cell("routes", "GET /api/spotify/metadata", 1)


async def _ask(house: AdminHouse, times: int) -> int:
    """Some traffic; how many requests for metadata there are now."""
    before = await house.now_counted()
    track = next(iter(house.sandbox.catalogue.tracks))
    for _ in range(times):
        await house.ask(f"/api/spotify/metadata?link=spotify:track:{track}")
    await house.counted(before + times)
    return before + times


async def test_new_traffic_shows_without_a_reload(house: AdminHouse) -> None:
    async with house.page() as page:
        await page.eval("globalThis.same = true")
        assert await page.eval(STATE) == "live"
        for times in (3, 2):
            await page.until(f"{METADATA} === {await _ask(house, times)}")
        assert await page.eval("globalThis.same")
        assert await page.eval("document.querySelector('#updated').title.endsWith(' UTC)')")


async def test_a_download_shows_as_it_goes(house: AdminHouse) -> None:
    track = list(house.sandbox.catalogue.tracks)[1]
    async with house.page() as page:
        files = (await house.stats())["library"]["files"]
        await house.ask(f"/api/spotify/download/track/{track}?format=opus")
        await page.until(cell("storage", "opus", 1) + " === 1")
        await page.until(cell("storage", "all", 1) + f" === {files + 1}")


async def test_a_pause_holds_the_numbers_still(house: AdminHouse) -> None:
    async with house.page() as page:
        await page.click("#pause")
        await page.until(f"{STATE} === 'paused'")
        asked = len(page.requests)
        shown = await tile(page, "requests")
        counted = await _ask(house, 2)
        # Longer than it would have waited: its own clock says so.
        await page.until("/from (1[2-9]|[2-9][0-9]) s ago/.test(document.querySelector('#updated').innerText)")
        assert len(page.requests) == asked
        assert await tile(page, "requests") == shown
        # By hand it may still ask, once.
        await page.click("#refresh")
        await page.until(f"{METADATA} === {counted}")
        assert await page.eval(STATE) == "paused"
        await page.click("#pause")
        await page.until(f"{STATE} === 'live'")
        assert await page.eval("document.querySelector('#pause').ariaPressed") == "false"


async def test_a_restarted_server_is_waited_for(house: AdminHouse) -> None:
    async with house.page(faults=1000) as page:
        await page.eval("globalThis.same = true")
        shown = await tile(page, "requests")
        await house.server.stop()
        await page.until(f"{STATE} === 'away'")
        assert "Trying again" in await page.text("#notice")
        # What was known is still to be read, and how old it is.
        assert await tile(page, "requests") == shown
        assert "ago" in await page.text("#updated")
        await house.server.start()
        await house.server.up()
        await page.until(f"{STATE} === 'live'")
        assert not await page.eval("document.querySelector('#notice').checkVisibility()")
        assert await page.eval("document.querySelector('#aloud').textContent") == "The server is back."
        await page.until(f"{METADATA} === {await _ask(house, 1)}")
        assert await page.eval("globalThis.same")


async def test_a_refused_connection_is_told_and_comes_back(house: AdminHouse) -> None:
    async with (
        TcpProxy(house.server.port) as proxy,
        house.page(url=f"http://127.0.0.1:{proxy.port}", faults=1000) as page,
    ):
        proxy.refuse()
        await page.until(f"{STATE} === 'away'")
        proxy.admit()
        await page.until(f"{STATE} === 'live'")


async def test_out_of_sight_it_asks_nothing_and_then_catches_up(house: AdminHouse) -> None:
    async with house.page() as page:
        await page.eval(
            "Object.defineProperty(document, 'hidden', { configurable: true, get: () => globalThis.away ?? true })"
        )
        await page.until("/[1-9][0-9] s ago/.test(document.querySelector('#updated').innerText)")
        asked = len(page.requests)
        await page.until(f"{STATE} === 'old'")
        assert len(page.requests) == asked
        await page.eval("globalThis.away = false, document.dispatchEvent(new Event('visibilitychange'))")
        await page.until(f"{STATE} === 'live'")
