"""A server with keys: the page asks for one, once, and then everything works as ever."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.page.house import House, World, open_world
from tests.page.links import ALBUM
from tests.page.selectors import ACT, AUDIO, PLAY, row, rows, state
from tests.support.browser import Page
from tests.support.wait import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "phone-secret-0001"
DIALOG = "document.querySelector('#sign-in').open"
SHOWN = "document.querySelectorAll('.row').length === 8"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with open_world(tmp_path_factory.mktemp("world"), API_KEYS=f"phone:{KEY}") as opened:
        yield opened


async def sign_in(page: Page, key: str = KEY) -> None:
    await page.until(DIALOG)
    await page.until("document.activeElement.id === 'key'")
    await page.call("Input.insertText", text=key)
    await page.press("Enter")


async def test_the_key_is_asked_for_once(house: House) -> None:
    async with house.page(ALBUM, faults=1) as page:
        await page.until(DIALOG)
        assert await page.eval("document.querySelector('.row') === null")
        await sign_in(page, "somebody-else's-key")
        await page.until("document.querySelector('#sign-in-problem').innerText === 'This key opens nothing here.'")
        assert await page.eval(DIALOG)
        # What was wrong is selected: typing replaces it.
        await sign_in(page)
        await page.until(f"!{DIALOG} && {SHOWN}")
        assert await page.text("#sign-out") == "Sign out phone"
        kept = await page.eval("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert KEY not in kept
        assert not await page.eval("document.cookie.includes('music_dl_session')"), "no script reads it"
        await page.reload()
        await page.until(SHOWN)
        assert not await page.eval(DIALOG)
        assert len(page.faults) == 1, "the wrong key, which Chromium reports by itself"
        assert KEY not in " ".join(page.requests)


async def test_progress_sound_and_archive_work_behind_it(house: House, downloads: Path) -> None:
    async with house.page(ALBUM) as page:
        await sign_in(page)
        await page.until(SHOWN)
        with house.slow(20_000):
            await page.click(f"{row(2)} {PLAY}")
            await page.until(f"{AUDIO}.currentTime > 0.2")
            assert await page.text("#player-note") == "Playing while it arrives"
        await page.until(state(2, "done"))
        assert "fetch" in {json.loads(frame).get("stage") for frame in page.heard}
        await page.until(f"{AUDIO}.seekable.end(0) === {AUDIO}.duration && {AUDIO}.currentTime > 0.2")

        await page.click("#all")
        await page.until(f"{rows('done')} === 8")
        await page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads), **page.context)
        await page.click("#zip")
        wanted = downloads / "Cartography for Sleepwalkers.zip"
        await wait_for(wanted.exists, what="the archive is saved")
        with zipfile.ZipFile(io.BytesIO(wanted.read_bytes())) as archive:
            assert archive.testzip() is None
            assert len([name for name in archive.namelist() if name.endswith(".m4a")]) == 8
        await page.click(f"{row(1)} {ACT}")
        await wait_for(lambda: [*downloads.glob("*Paper Lighthouse.m4a")], what="the file is saved")


async def test_a_session_that_ends_is_asked_for_again_where_one_is(house: House) -> None:
    # Chromium reports the refused requests by itself.
    async with house.page(ALBUM, faults=1000) as page:
        await sign_in(page)
        await page.until(SHOWN)
        # A format that nobody has asked for yet.
        await page.eval("document.querySelector('#format').value = 'opus'")
        await page.eval("document.querySelector('#format').dispatchEvent(new Event('change')) && 0")
        await page.call("Network.clearBrowserCookies")
        await page.click(f"{row(3)} {ACT}")
        await sign_in(page)
        await page.until(f"!{DIALOG}")
        await page.until(state(3, "done"))


async def test_signing_out(house: House) -> None:
    async with house.page(ALBUM) as page:
        await sign_in(page)
        await page.until(SHOWN)
        await page.click("#sign-out")
        await page.until(f"{DIALOG} && document.querySelector('.row') === null")
