"""One track and all of them: from the paste to the sound."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from pathlib import Path

import aiohttp
import pytest

from _local.sandbox.spotify_faults import Fault
from tests.page.house import House
from tests.page.links import ALBUM, UNLUCKY, named
from tests.page.selectors import ACT, AUDIO, PLAY, percent, row, rows, state
from tests.support.browser import Page
from tests.support.wait import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_pasted_link_shows_cover_and_tracks(house: House) -> None:
    async with house.page() as page:
        await page.click("#link")
        await page.paste(f"listen to this: {ALBUM}?si=abc !")
        await page.until("document.querySelectorAll('.row').length === 8")
        assert await page.text("#collection-name") == "Cartography for Sleepwalkers"
        assert await page.text("#collection-by") == "The Quillback Parade"
        assert await page.text("#collection-facts") == "2014 · 8 tracks · 9:36"
        await page.until("document.querySelector('#cover').naturalWidth > 0")
        assert await page.text(f"{row(1)} .row-title") == "Paper Lighthouse"
        assert await page.eval("document.title") == "Cartography for Sleepwalkers · music-dl"


async def test_one_track_from_the_press_to_the_sound_and_the_saved_file(house: House, downloads: Path) -> None:
    async with house.page(ALBUM) as page:
        with house.slow():
            await page.click(f"{row(1)} {ACT}")
            await page.until(state(1, "running"))
            await page.until(f"document.querySelector('{row(1)} .bar').dataset.stage === 'fetch'")
            await page.until(f"document.querySelector('{row(1)} .row-status').innerText.includes('B/s')")
            assert "left" in await page.text(f"{row(1)} .row-status")
            first = await percent(page, 1)
            await page.until(f"document.querySelector('{row(1)} .bar').ariaValueNow > {first}")
        await page.until(state(1, "done"))
        assert not await page.eval(f"document.querySelector('{row(1)} .bar').checkVisibility()")
        stages = {json.loads(frame)["stage"] for frame in page.heard}
        # Those that take long enough to be told: the others pass between two messages.
        assert {"search", "extract", "fetch"} <= stages
        await page.until("document.querySelector('#aloud').innerText === 'Paper Lighthouse is ready.'")

        await page.click(f"{row(1)} {PLAY}")
        await page.until(f"{AUDIO}.duration > 60 && {AUDIO}.currentTime > 0.2")
        assert await page.eval(f"{AUDIO}.seekable.end(0) === {AUDIO}.duration")
        await page.click(f"{row(1)} {PLAY}")
        await page.until(f"{AUDIO}.paused")

        await page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads), **page.context)
        await page.click(f"{row(1)} {ACT}")
        wanted = downloads / "The Quillback Parade - Paper Lighthouse.m4a"
        await wait_for(wanted.exists, what="the file is saved")
        assert wanted.read_bytes() == await _get(await page.eval(f"{AUDIO}.src"))


async def test_it_plays_while_it_arrives_and_winds_once_it_is_there(house: House) -> None:
    async with house.page(ALBUM) as page:
        with house.slow(20_000):
            await page.click(f"{row(2)} {PLAY}")
            await page.until(f"{AUDIO}.currentTime > 0.2 && {AUDIO}.duration > 0")
            assert await page.eval(state(2, "running"))
            assert await page.text("#player-note") == "Playing while it arrives"
            heard = await page.eval(f"{AUDIO}.currentTime")
            await page.until(f"{AUDIO}.currentTime > {heard}")
        await page.until(state(2, "done"))
        await page.until(f"{AUDIO}.currentTime > {heard} && {AUDIO}.seekable.end(0) === {AUDIO}.duration")
        assert not await page.eval(f"{AUDIO}.paused")
        await page.eval(f"void ({AUDIO}.currentTime = 60)")
        await page.until(f"{AUDIO}.currentTime > 60.1 && !{AUDIO}.seeking")
        assert await page.text("#player-note") == ""


async def test_it_goes_on_playing_while_something_else_is_looked_at(house: House) -> None:
    async with house.page(ALBUM) as page:
        with house.slow(20_000):
            await page.click(f"{row(8)} {PLAY}")
            await page.until(f"{AUDIO}.currentTime > 0.2")
            await page.click("#link")
            await page.eval("document.querySelector('#link').select()")
            await page.paste(named("Ångström-ballaadi"))
            await page.until("document.querySelectorAll('.row').length === 2")
            assert not await page.eval(f"{AUDIO}.paused")
        # The end is heard of too: from then on there is a file that can be wound.
        await page.until(f"{AUDIO}.seekable.length > 0 && {AUDIO}.seekable.end(0) === {AUDIO}.duration")
        assert await page.text("#player-title") == "Half a Moon in Debt — The Quillback Parade"
        await page.eval("history.back()")
        await page.until(f"document.querySelectorAll('.row').length === 8 && {state(8, 'done')}")


async def test_a_reload_in_the_middle_keeps_the_bar(house: House) -> None:
    async with house.page() as page:
        await page.click("#link")
        await page.paste(ALBUM)
        with house.slow():
            await page.click(f"{row(3)} {ACT}")
            await page.until(f"document.querySelector('{row(3)} .bar')?.dataset.stage === 'fetch'")
            await page.until(f"document.querySelector('{row(3)} .bar').ariaValueNow > 18")
            reached = await percent(page, 3)
            await page.reload()
            assert await page.eval("document.querySelector('#link').value") in {"", ALBUM}
            await page.until(f"document.querySelector('{row(3)} .bar')?.dataset.stage === 'fetch'")
            assert await percent(page, 3) >= reached
            # The remembered list alone brings it back too, without the link in the address.
            await page.go(f"{house.server.url}/")
            await page.until(f"document.querySelector('{row(3)} .bar')?.dataset.stage === 'fetch'")
            assert await percent(page, 3) >= reached
        await page.until(state(3, "done"))


async def test_a_cancelled_track_stops(house: House) -> None:
    async with house.page(ALBUM) as page:
        with house.slow():
            await page.click(f"{row(4)} {ACT}")
            await page.until(f"document.querySelector('{row(4)} .bar')?.dataset.stage === 'fetch'")
            await page.click(f"{row(4)} {ACT}")
            await page.until(state(4, "cancelled"))
        assert (await page.text(f"{row(4)} .row-status")).startswith("Cancelled")
        assert await page.eval(f"document.querySelector('{row(4)} {ACT}').ariaLabel") == (
            "Try again: Postcards from Perihelion"
        )


async def test_all_of_a_small_album(house: House) -> None:
    async with house.page(ALBUM) as page:
        await _choose(page, "opus")
        with house.slow():
            await page.click("#all")
            await page.until(f"{rows('running')} >= 2")
            await page.reload()
            await page.until(f"{rows('running')} >= 2 && {rows('queued')} >= 1")
            assert await page.text("#all") == "Cancel all"
            assert await page.eval("document.querySelector('#format').value") == "opus"
        await page.until("document.querySelector('#batch').dataset.state === 'done'")
        assert await page.text("#batch-text") == "8 of 8 ready"
        await page.eval("scrollTo(0, document.body.scrollHeight)")
        await page.until(f"{rows('done')} === 8")
        with zipfile.ZipFile(io.BytesIO(await _get(await page.eval("document.querySelector('#zip').href")))) as archive:
            assert archive.testzip() is None
            assert len([name for name in archive.namelist() if name.endswith(".opus")]) == 8


async def test_all_cancelled(house: House) -> None:
    async with house.page(named("Concertino in Odd Numbers")) as page:
        with house.slow():
            await page.click("#all")
            await page.until(f"{rows('running')} >= 1")
            await page.click("#all")
            await page.until("document.querySelector('#batch').dataset.state === 'cancelled'")
            await page.until(f"{rows('cancelled')} + {rows('idle')} === 3")
        assert (await page.text("#batch-text")).startswith("Cancelled")


async def test_failures_are_sentences(house: House) -> None:
    async with house.page(UNLUCKY, faults=1) as page:
        await page.click("#all")
        await page.until("document.querySelector('#batch').dataset.state === 'done'")
        assert await page.text("#batch-text") == "4 of 10 ready · 6 failed"
        await page.eval("scrollTo(0, document.body.scrollHeight)")
        await page.until(f"{rows('failed')} === 6 && {rows('done')} === 4")
        said = await page.eval(
            "[...document.querySelectorAll('.row[data-state=failed] .row-status')].map(e => e.innerText)"
        )
        assert all(sentence.endswith(".") and " " in sentence for sentence in said)
        # A wish that was refused at once says the same as one that failed on its way.
        await page.click(f"{row(9)} {ACT}")
        await page.until(f"{state(9, 'failed')} && document.activeElement?.closest('.row') !== null")
        assert (await page.text(f"{row(9)} .row-status")) == said[4]


async def test_an_error_offers_another_try_when_one_may_help(house: House) -> None:
    link = named("Eleven Ladders")
    fault = Fault("GET /v1/albums", status=503, times=None)
    house.spotify.troubles.faults.append(fault)
    async with house.page(link, faults=2) as page:
        await page.until("document.querySelector('#notice-retry').checkVisibility()")
        assert (await page.text("#notice-text")).endswith(".")
        house.spotify.troubles.faults.remove(fault)
        await page.click("#notice-retry")
        await page.until("document.querySelectorAll('.row').length === 2")
        assert not await page.eval("document.querySelector('#notice').checkVisibility()")
        await page.click("#link")
        await page.eval("document.querySelector('#link').select()")
        await page.paste("https://open.spotify.com/show/0123456789012345678901")
        await page.until("document.querySelector('#notice').checkVisibility()")
        assert "episodes are not supported" in await page.text("#notice-text")
        assert not await page.eval("document.querySelector('#notice-retry').checkVisibility()")
        assert not await page.eval("document.querySelector('#collection').checkVisibility()")


async def _choose(page: Page, audio_format: str) -> None:
    await page.until("document.querySelector('#format').checkVisibility()")
    await page.eval(
        f"""(() => {{
          const select = document.querySelector('#format');
          select.value = {json.dumps(audio_format)};
          select.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()"""
    )


async def _get(url: str) -> bytes:
    async with asyncio.timeout(60), aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.read()
