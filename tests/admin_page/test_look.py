"""What one sees, hears and reaches by keyboard: phone, dark, and what needs somebody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from _local.sandbox.spotify_faults import Fault
from tests.admin_page.house import KEY, SETTLED, AdminHouse
from tests.admin_page.selectors import cell, rows, tile
from tests.page.test_look import CONTRAST
from tests.support.browser import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESK = (1280, 900)
STICKS_OUT = "document.documentElement.scrollWidth"


async def _focused(page: Page) -> str:
    return str(
        await page.eval(
            "document.activeElement.ariaLabel ?? (document.activeElement.innerText || document.activeElement.value)"
        )
    )


async def _show(page: Page, change: str) -> None:
    """Has the page show the answer that it has, with this change (statements about `stats`) made to it."""
    await page.click("#pause")
    await page.until(SETTLED)
    await page.eval(
        f"""import("/static/admin/board.js").then(({{ Board }}) => {{
          for (const id of ["panels", "tiles"]) document.getElementById(id).replaceChildren();
          const stats = structuredClone(globalThis.answered);
          {change};
          new Board().show(stats);
        }})"""
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def _traffic(house: AdminHouse) -> None:
    """There is something to be drawn."""
    await house.ask(f"/api/spotify/metadata?link=spotify:track:{next(iter(house.sandbox.catalogue.tracks))}")
    await house.counted(1)


async def test_everything_by_keyboard(house: AdminHouse) -> None:
    async with house.door(size=DESK) as page:
        await page.until("document.activeElement.id === 'key'")
        await page.call("Input.insertText", text=KEY)
        await page.press("Enter")
        await page.until(SETTLED)
        # The press did not lose the focus: it is on the first control behind the door.
        await page.until("document.activeElement.name === 'hours'")
        await page.press("ArrowDown")
        await page.until("globalThis.answered.span_hours === 168")
        names = []
        for _ in range(3):
            await page.press("Tab")
            names.append(await _focused(page))
        assert names == ["Pause", "Refresh", "Requests over time as a table"]
        assert await page.eval("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert not await page.eval("document.querySelector('#panel-hours details').open")
        await page.press("Enter")
        assert await page.eval("document.querySelector('#panel-hours details').open")
        # An answer that comes meanwhile closes nothing and takes no focus.
        await page.eval("globalThis.answered = null")
        await page.until("globalThis.answered && !document.querySelector('#board').ariaBusy")
        assert await page.eval("document.querySelector('#panel-hours details').open")
        assert await _focused(page) == "Requests over time as a table"
        for _ in range(4):
            await page.press("Tab", shift=True)
        assert await _focused(page) == "Sign out"
        await page.press("Enter")
        await page.until("document.activeElement.id === 'key'")


async def test_a_screen_reader_is_told(house: AdminHouse) -> None:
    async with house.page(size=DESK) as page:
        tree = await page.call("Accessibility.getFullAXTree")
        nodes = [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in tree["nodes"]
            if not node.get("ignored")
        ]
        plots = [name for role, name in nodes if role in {"image", "img"}]
        assert any("request" in name for name in plots)
        assert all(name for role, name in nodes if role in {"button", "image", "img", "table", "radio", "columnheader"})
        tables = {name for role, name in nodes if role == "table"}
        assert {"Status codes", "Top tracks", "Countries", "Downloads by state"} <= tables
        assert {"rowheader", "columnheader", "row"} <= {role for role, _ in nodes}
        # Every plot that is shown can be read as a table.
        assert await page.eval(
            "[...document.querySelectorAll('.panel')].every((panel) => panel.querySelector('.plot').hidden"
            " || panel.querySelector('tbody').rows.length > 0)"
        )


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
async def test_nothing_sticks_out(house: AdminHouse, width: int) -> None:
    async with house.door(size=(width, 740)) as page:
        await page.until("document.activeElement.id === 'key'")
        assert await page.eval(STICKS_OUT) <= width
    async with house.page(size=(width, 740)) as page:
        await page.eval("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert await page.eval(STICKS_OUT) <= width
        beyond = await page.eval(
            f"[...document.querySelectorAll('table, td, th, canvas')].filter((e) => e.checkVisibility()"
            f" && !e.closest('thead') && e.getBoundingClientRect().right > {width}).length"
        )
        assert beyond == 0
        smallest = await page.eval(
            "Math.min(...[...document.querySelectorAll('button, summary, .spans span')]"
            ".filter((e) => e.checkVisibility()).map((e) => Math.min(e.offsetHeight, e.offsetWidth)))"
        )
        assert smallest >= 44


@pytest.mark.parametrize("dark", [False, True])
async def test_light_and_dark_can_be_read(house: AdminHouse, dark: bool) -> None:
    async with house.page(dark=dark) as page:
        raised = await page.eval("getComputedStyle(document.querySelector('.panel')).backgroundColor")
        assert (raised == "rgb(30, 33, 38)") is dark
        for selector in (".panel-name", ".tile dt", ".tile-value", ".tile-note", "thead th", "tbody td", "summary"):
            colour = await page.eval(f"getComputedStyle(document.querySelector({json.dumps(selector)})).color")
            assert await page.eval(f"{CONTRAST}({json.dumps(colour)}, {json.dumps(raised)})") >= 4.5, selector
        for name in ("plain", "soft", "good", "warn", "bad"):
            colour = await page.eval(
                f"(document.body.style.color = 'var(--plot-{name})', getComputedStyle(document.body).color)"
            )
            assert await page.eval(f"{CONTRAST}({json.dumps(colour)}, {json.dumps(raised)})") >= 3, name


async def test_plots_are_drawn_and_follow_the_scheme(house: AdminHouse) -> None:
    async with house.page(size=DESK) as page:
        plot = "document.querySelector('#panel-statuses canvas').toDataURL()"
        light = await page.eval(plot)
        blank = "Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height })"
        assert light != await page.eval(
            f"((canvas) => {blank}.toDataURL())(document.querySelector('#panel-statuses canvas'))"
        )
        await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        await page.until(f"{plot} !== {json.dumps(light)}")


async def test_an_empty_server_says_so_in_words(house: AdminHouse) -> None:
    server = await house.cluster.add("empty", MUSIC_DL_HOME=str(house.cluster.home.parent / "empty"))
    await server.up()
    async with house.page(url=server.url) as page:
        assert "No file is kept yet." in await page.text("#panel-storage")
        assert "No track was asked for" in await page.text("#panel-tracks")
        assert not await page.eval("document.querySelector('#panel-tracks .plot').checkVisibility()")
        assert await tile(page, "cache-hit-rate") is None
        assert await page.text("#tile-cache-hit-rate .tile-value") == "–"
        assert await page.text("#attention") == "Nothing needs attention."
    await server.stop()


async def test_what_needs_somebody_stands_first(house: AdminHouse) -> None:
    async with house.page() as page:
        until = datetime.now(UTC) + timedelta(hours=3)
        await _show(
            page,
            f"stats.jobs.dead_letters = 4; stats.upstream.spotify.banned_until = '{until.isoformat()}';"
            "stats.upstream.ip_api.paused_until = '2020-01-01T00:00:00Z'; stats.jobs.queue_depth = null;"
            "stats.access_log.dropped = 7; stats.access_log.running = false; stats.library.disk_free_bytes = 1e8",
        )
        said = await page.eval("[...document.querySelectorAll('#attention li')].map((each) => each.innerText)")
        assert said[0] == "The queue cannot be asked."
        assert said[1].startswith("4 dead letters")
        assert said[2].startswith("spotify: banned until")
        assert await page.eval("document.querySelectorAll('#attention li')[2].title.endsWith(' UTC')")
        assert not [each for each in said if "ip api" in each]
        assert any("7 access records" in each for each in said)
        assert any("100.0 MB" in each for each in said)
        assert await page.eval("document.querySelector('#tile-dead-letters').classList.contains('bad')")
        top = "document.querySelector('{}').getBoundingClientRect().top"
        assert await page.eval(f"{top.format('#attention')} < {top.format('#tiles')}")


async def test_what_the_answer_lacks_is_left_out_and_what_is_new_is_shown(house: AdminHouse) -> None:
    async with house.page() as page:
        await _show(
            page,
            "delete stats.traffic; delete stats.library; stats.upstream.youtube = { music: { opened: 2 },"
            " videos: { opened: 1 }, waited_s: 4.5, blocked_until: null }; stats.pacing = { state: 'open',"
            " open_until: '2999-01-01T00:00:00Z', music: { tokens: 3, waited_s: 1.5 } };"
            "stats.keys = { phone: { requests: 12 } }",
        )
        assert not await page.eval("document.querySelector('#panel-hours').checkVisibility()")
        assert not await page.eval("document.querySelector('#panel-storage').checkVisibility()")
        assert await _facts(page, "other-pacing") == {
            "state": "open", "open until": "2999-01-01T00:00:00Z", "music · tokens": 3, "music · waited s": 1.5,
        }  # fmt: skip
        assert ["youtube", "–", "–", 3] in await rows(page, "upstreams")
        assert (await _facts(page, "upstream-youtube"))["videos · opened"] == 1
        assert await _facts(page, "other-keys") == {"phone · requests": 12}
        assert "pacing: open until" in await page.text("#attention")


async def test_a_ban_is_told(house: AdminHouse) -> None:
    server = await house.cluster.add("banned")
    await server.up()
    banned = Fault("/v1/tracks", status=429, headers={"Retry-After": "86400"}, times=None)
    house.spotify.troubles.faults.append(banned)
    try:
        track = list(house.sandbox.catalogue.tracks)[-1]
        status, _ = await server.get(f"/api/spotify/metadata?link=spotify:track:{track}")
        assert status == 503
    finally:
        house.spotify.troubles.faults.remove(banned)
    async with house.page(url=server.url) as page:
        assert "spotify: banned until" in await page.text("#attention")
        assert await page.eval(cell("upstreams", "spotify", 3)) == 1
    await server.stop()


async def _facts(page: Page, panel: str) -> dict[str, Any]:
    return {str(name): value for name, value in await rows(page, panel)}
