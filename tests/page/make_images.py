"""`python -m tests.page.make_images`: the screenshots in docs/images, taken of the real page."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.page.house import House, open_world
from tests.page.links import ALBUM, MANY_SCRIPTS
from tests.page.selectors import ACT, AUDIO, PLAY, row, rows
from tests.support.browser import browser

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
DESK = (820, 1040)


async def _phone(house: House) -> None:
    """One song plays while it arrives, in light."""
    async with house.page(ALBUM) as page:
        with house.slow(30_000):
            await page.click(f"{row(1)} {ACT}")
            await page.click(f"{row(2)} {PLAY}")
            await page.until(f"{AUDIO}.currentTime > 1")
            await page.eval("scrollTo(0, 0)")
            await page.until(f"document.querySelector('{row(2)} .row-status').innerText.includes('left')")
            await page.screenshot(IMAGES / "page-phone.png")


async def _desk(house: House) -> None:
    """A list in many scripts on its way, in the dark."""
    async with house.page(MANY_SCRIPTS, size=DESK, dark=True) as page:
        await page.click("#all")
        await page.until(f"{rows('done')} >= 2")
        with house.slow(20_000):
            await page.until("document.querySelectorAll('.row[data-state=running] [data-stage=fetch]').length >= 2")
            await page.until("document.querySelector('#batch-text').innerText.includes('B/s')")
            await page.eval("scrollTo(0, 0)")
            await page.screenshot(IMAGES / "page-desk-dark.png")


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_world(folder) as world, browser(folder / "browser") as program:
            house = House(world.sandbox, world.spotify, world.server, program)
            await _phone(house)
            await _desk(house)


if __name__ == "__main__":
    asyncio.run(main())
