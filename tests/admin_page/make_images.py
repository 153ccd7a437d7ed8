"""`python -m tests.admin_page.make_images`: the operator's page in docs/images, taken of a real server."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.admin_page.house import AdminHouse, AdminWorld, open_admin_world
from tests.admin_page.traffic import write_a_week
from tests.page.links import ALBUM, MANY_SCRIPTS, UNLUCKY
from tests.support.browser import browser
from tests.support.wait import wait_for

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
DESK, PHONE = (1100, 1180), (360, 740)
LISTED = 40


async def _work(world: AdminWorld) -> None:
    """Metadata and downloads by way of the API, and a week of traffic before them."""
    for link in (ALBUM, UNLUCKY):
        await world.server.get("/api/spotify/download", method="POST", json={"link": link})
    tracks = list(world.sandbox.catalogue.tracks)[:LISTED]
    for track in tracks:
        await world.ask(f"/api/spotify/metadata?link=spotify:track:{track}")
    await write_a_week(world.cluster.home, tracks)

    async def settled() -> bool:
        body = await world.stats()
        states = body["jobs"]["by_state"]
        await asyncio.sleep(0.2)
        return states["queued"] + states["running"] == 0 and len(body["traffic"]["countries"]) >= 5

    await wait_for(settled, deadline_s=240, what="downloads have ended, addresses are known")


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_admin_world(folder) as world, browser(folder / "browser") as program:
            house = AdminHouse(world.sandbox, world.spotify, world.cluster, world.server, program)
            await _work(world)
            # Some downloads are on their way.
            world.sandbox.youtube.faults.throttle(4000.0)
            await world.server.get("/api/spotify/download", method="POST", json={"link": MANY_SCRIPTS})
            for size, dark, file in ((DESK, False, "admin-desk.png"), (PHONE, True, "admin-phone-dark.png")):
                async with house.page(size=size, dark=dark) as page:
                    await page.eval("document.activeElement.blur()")
                    await page.screenshot(IMAGES / file)


if __name__ == "__main__":
    asyncio.run(main())
