"""What one sees, hears and reaches by keyboard: phone, dark, many scripts, long lists, and names that mean harm."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.page.hostile import HOSTILE_ALBUM, NAMES
from tests.page.house import House
from tests.page.links import ALBUM, LONG_LIST, MANY_SCRIPTS, named
from tests.page.selectors import ACT, AUDIO, PLAY, row, rows, state
from tests.support.browser import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHIFTS = """void (globalThis.shifts = [], new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts.push(entry.value);
}).observe({ type: "layout-shift" }))"""
CONTRAST = """((foreground, background) => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [light(foreground), light(background)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
})"""


async def test_everything_by_keyboard(house: House) -> None:
    async with house.page() as page:
        # The first thing to do has the focus.
        await page.until("document.activeElement.id === 'link'")
        await page.call("Input.insertText", text=ALBUM)
        await page.press("Enter")
        await page.until(f"{rows('idle')} === 8")
        await page.until("document.activeElement.id === 'collection-name'")
        names = [await _tab(page) for _ in range(4)]
        assert names == ["Download all", "Format", "Play Paper Lighthouse", "Download Paper Lighthouse"]
        assert await page.eval("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        for key in ("ArrowDown", "ArrowDown", "ArrowUp", "End"):
            await page.press(key)
        assert await _focused(page) == "Download Half a Moon in Debt"
        await page.press(" ")
        await page.until(f"{rows('done')} === 1")
        # The press did not cost the focus.
        assert await _focused(page) == "Save Half a Moon in Debt"
        await page.press("Tab", shift=True)
        await page.press("Enter")
        await page.until(f"{AUDIO}.currentTime > 0.1")
        assert await _focused(page) == "Pause Half a Moon in Debt"


async def test_a_screen_reader_is_told(house: House) -> None:
    async with house.page(ALBUM) as page:
        with house.slow():
            await page.click(f"{row(1)} {ACT}")
            await page.until(f"document.querySelector('{row(1)} .row-status').innerText.includes('left')")
            nodes = await _accessible(page)
            [bar] = [node for node in nodes if node["role"] == "progressbar" and node["name"] == "Paper Lighthouse"]
            assert bar["value"] >= 18
            assert "Fetching" in await page.eval(f"document.querySelector('{row(1)} .bar').ariaValueText")
            assert all(node["name"] for node in nodes if node["role"] in {"button", "textbox", "combobox", "image"})
            assert {"Tracks", "Player"} & {node["name"] for node in nodes if node["role"] in {"list", "complementary"}}
        await page.until("document.querySelector('#aloud').innerText === 'Paper Lighthouse is ready.'")


@pytest.mark.parametrize("dark", [False, True])
async def test_light_and_dark_can_be_read(house: House, dark: bool) -> None:
    async with house.page(ALBUM, dark=dark) as page:
        await page.until("document.querySelectorAll('.row').length === 8")
        ground = await page.eval("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(21, 23, 26)") is dark
        for selector in ("h1", ".row-title", ".row-artists", ".row-status", ".facts", ".link-state"):
            colour = await page.eval(f"getComputedStyle(document.querySelector({json.dumps(selector)})).color")
            assert await page.eval(f"{CONTRAST}({json.dumps(colour)}, {json.dumps(ground)})") >= 4.5, selector
        colours = "[getComputedStyle(all).color, getComputedStyle(all).backgroundColor]"
        assert await page.eval(f"{CONTRAST}(...{colours})") >= 4.5


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
async def test_nothing_sticks_out_in_any_script(house: House, width: int) -> None:
    async with house.page(MANY_SCRIPTS, size=(width, 740)) as page:
        await page.until("document.querySelectorAll('.row').length === 12")
        assert await page.eval("document.documentElement.scrollWidth") <= width
        titles = await page.eval("[...document.querySelectorAll('.row-title')].map((e) => e.innerText)")
        assert {"قمر من ورق مطوي", "夜行性の地図", "Бумажный маяк на крыше"} & set(titles)
        heights = await page.eval("[...new Set([...document.querySelectorAll('.row')].map((e) => e.offsetHeight))]")
        assert heights == [76]
        smallest = await page.eval(
            "Math.min(...[...document.querySelectorAll('button, select, input')].filter((e) => e.checkVisibility())"
            ".map((e) => Math.min(e.offsetHeight, e.offsetWidth)))"
        )
        assert smallest >= 44


async def test_nothing_jumps_while_downloads_run(house: House) -> None:
    async with house.page(named("Concertino in Odd Numbers")) as page:
        await page.until("document.querySelectorAll('.row').length === 3 && document.querySelector('#cover').complete")
        await page.eval(SHIFTS)
        await page.click("#all")
        await page.until("document.querySelector('#batch').dataset.state === 'done'")
        assert await page.eval("shifts") == []


async def test_a_long_list_is_light(house: House) -> None:
    async with house.page(LONG_LIST) as page:
        await page.until("document.querySelectorAll('.row').length === 1210")
        assert await page.text("#unavailable-summary") == "24 rows cannot be played"
        # Those out of sight are not laid out…
        assert await page.eval("document.querySelector('.row:nth-child(1000)').checkVisibility()")
        assert not await page.eval(
            "document.querySelector('.row:nth-child(1000) .row-title').checkVisibility({ contentVisibilityAuto: true })"
        )
        # … nor followed, until they are looked at.
        with house.slow():
            await page.click("#all")
            await page.until(f"{rows('running')} >= 1")
            assert 2 <= await _followed(page) <= 40
            await page.eval("document.querySelector('.row:nth-child(900)').scrollIntoView()")
            await page.until(f"document.querySelector('{row(900)} .row-title').checkVisibility()")
            await page.click("#all")
            await page.until("document.querySelector('#batch').dataset.state === 'cancelled'")
        await page.eval("document.querySelector('.row:nth-child(600)').scrollIntoView()")
        await page.until(
            "document.querySelector('.row:nth-child(600) .row-title').checkVisibility({ contentVisibilityAuto: true })"
        )


async def test_names_are_never_markup(house: House) -> None:
    link = f"https://open.spotify.com/album/{HOSTILE_ALBUM['id']}"
    async with house.page(link, faults=len(NAMES)) as page:
        await page.until(f"document.querySelectorAll('.row').length === {len(NAMES)}")
        assert await page.text("#collection-name") == NAMES[0]
        shown = await page.eval("[...document.querySelectorAll('.row-title')].map((e) => e.textContent)")
        assert shown == list(NAMES)
        assert await page.eval("document.querySelectorAll('.row img, .row script, h1 img').length") == 0
        assert await page.eval("document.querySelector('#cover').getAttribute('src')") is None
        for address in await page.eval(
            "[...document.querySelectorAll('[href], [src]')].map((e) => e.href?.baseVal ?? e.href ?? e.src)"
        ):
            assert not str(address).startswith("javascript:")
        # The bar, the buttons and the player say the names too.
        await page.click(f"{row(1)} {PLAY}")
        await page.until("document.querySelector('#player').checkVisibility()")
        assert NAMES[0] in await page.text("#player-title")
        assert await page.eval(f"document.querySelector('{row(1)} .bar').ariaLabel") == NAMES[0]
        await page.click(f"{row(1)} {ACT}")
        await page.until(f"{state(1, 'cancelled')} || {state(1, 'failed')}")
        assert await page.eval("document.documentElement.scrollWidth") <= 360
        assert await page.eval("globalThis.owned ?? null") is None
        # And what the page's own code might do wrong one day, the browser refuses.
        refused = await page.eval(
            "(() => { try { document.body.innerHTML = '<b>'; return 'done' } catch (e) { return e.name } })()"
        )
        assert refused == "TypeError"


async def _followed(page: Page) -> int:
    """How many jobs the page has named on its socket so far."""
    return len({item["job_id"] for frame in page.sent for item in json.loads(frame)["subscribe"]})


async def _focused(page: Page) -> str:
    return str(await page.eval("document.activeElement.ariaLabel ?? document.activeElement.innerText"))


async def _tab(page: Page) -> str:
    await page.press("Tab")
    return await _focused(page)


async def _accessible(page: Page) -> list[dict[str, Any]]:
    """What assistive software sees: role, name and value."""
    tree = await page.call("Accessibility.getFullAXTree")
    shown = [node for node in tree["nodes"] if not node.get("ignored")]
    return [
        {"role": node["role"]["value"]} | {each: node.get(each, {}).get("value", "") for each in ("name", "value")}
        for node in shown
    ]
