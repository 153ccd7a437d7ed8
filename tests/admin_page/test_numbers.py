"""What the page shows is what the API says, to the unit."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from tests.admin_page.house import SETTLED, AdminHouse, enter
from tests.admin_page.selectors import cell, rows, tile
from tests.page.hostile import HOSTILE_TRACKS
from tests.page.links import ALBUM
from tests.support.browser import Page
from tests.support.wait import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESSES = tuple(f"{20 + number}.8.7.5" for number in range(12))
HOSTILE = next(iter(HOSTILE_TRACKS))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def busy(house: AdminHouse) -> AdminHouse:
    """After some traffic, a finished download, and with every address looked up."""
    tracks = [*list(house.sandbox.catalogue.tracks)[:4], HOSTILE]
    for number in range(60):
        await house.ask(f"/api/spotify/metadata?link=spotify:track:{tracks[number % 5]}", ADDRESSES[number % 12])
    await house.ask(f"/api/spotify/metadata?link={ALBUM}")
    await house.ask("/api/spotify/metadata?link=nonsense")
    await house.ask("/api/spotify/metadata?link=spotify:track:0000000000000000000000")
    await house.ask(f"/api/spotify/download/track/{tracks[0]}")
    await house.counted(63)

    async def located() -> bool:
        return None not in {row["country_code"] for row in (await house.stats())["traffic"]["countries"][:3]}

    await wait_for(located, deadline_s=90, what="addresses are looked up")
    return house


def _bans(facts: dict[str, Any]) -> Any:
    breakers = [each["opened"] for each in facts.values() if isinstance(each, dict) and "opened" in each]
    return facts.get("bans", facts.get("rate_limited", sum(breakers) if breakers else "–"))


async def _answered(page: Page) -> dict[str, Any]:
    """Pauses the page; the answer that it shows."""
    if await page.eval("document.querySelector('#pause').ariaPressed") != "true":
        await page.click("#pause")
    await page.until(SETTLED)
    return dict(await page.eval("globalThis.answered"))


async def test_every_table_says_what_the_answer_said(busy: AdminHouse) -> None:
    async with busy.page() as page:
        said = await _answered(page)
        traffic, jobs, library = said["traffic"], said["jobs"], said["library"]
        assert await rows(page, "hours") == [
            [row[name] for name in ("hour", "requests", "errors", "bytes", "unique_ips", "p50_ms", "p95_ms", "p99_ms")]
            for row in reversed(traffic["hours"])
        ]
        assert await rows(page, "routes") == [
            [f"{row['method']} {row['route'] or '(no such address)'}"]
            + [row[name] for name in ("requests", "errors", "bytes", "mean_ms", "p50_ms", "p95_ms", "p99_ms")]
            for row in traffic["routes"]
        ]
        assert [row[:2] for row in await rows(page, "statuses")] == [
            [status, requests] for status, requests in traffic["statuses"].items()
        ]
        assert [row[1] for row in await rows(page, "latency")] == [
            traffic["latency"][name] for name in ("p50_ms", "p95_ms", "p99_ms", "mean_ms")
        ]
        assert [row[:2] for row in await rows(page, "countries")] == [
            [row["country"] or "Private or not yet known", row["requests"]] for row in traffic["countries"]
        ]
        assert [row[1:] for row in await rows(page, "tracks")] == [
            [row[name] for name in ("requests", "metadata", "downloads", "plays")] for row in traffic["tracks"]
        ]
        assert await rows(page, "cache") == [
            [kind, each["hit"], each["stale"], each["miss"]]
            for kind, each in traffic["cache"].items()
            if any(each.values())
        ]
        assert await rows(page, "jobs") == [
            *([state, number] for state, number in jobs["by_state"].items()),
            ["messages in the queue", jobs["queue_depth"]],
            ["dead letters", jobs["dead_letters"]],
        ]
        assert [row[:2] for row in await rows(page, "confidence")] == [
            [name.replace("-", "–"), number] for name, number in library["by_confidence"].items()
        ]
        assert await rows(page, "storage") == [
            *([name, each["files"], each["bytes"]] for name, each in library["by_format"].items()),
            ["all", library["files"], library["bytes"]],
        ]
        assert await rows(page, "upstreams") == [
            [name, each.get("calls", "–"), each.get("errors", "–"), _bans(each)]
            for name, each in said["upstream"].items()
        ]
        shown = dict(await rows(page, "access-log"))
        assert {name: shown[name] for name in ("recorded", "dropped", "stored")} == {
            name: said["access_log"][name] for name in ("recorded", "dropped", "stored")
        }


async def test_the_big_numbers_are_those_of_the_answer(busy: AdminHouse) -> None:
    async with busy.page() as page:
        said = await _answered(page)
        traffic = said["traffic"]
        cached = [sum(each[state] for each in traffic["cache"].values()) for state in ("hit", "stale", "miss")]
        errors = sum(row["errors"] for row in traffic["hours"])
        expected = {
            "requests": traffic["requests"],
            "unique-ips": traffic["unique_ips"],
            "error-rate": errors / traffic["requests"],
            "cache-hit-rate": (cached[0] + cached[1]) / sum(cached),
            "p95": traffic["latency"]["p95_ms"],
            "jobs-running": said["jobs"]["by_state"]["running"],
            "queue-age": said["jobs"]["oldest_queued_s"] or 0,
            "dead-letters": said["jobs"]["dead_letters"],
            "upstream-errors": sum(each["errors"] for each in said["upstream"].values()),
            "storage": said["library"]["bytes"],
        }
        assert {name: await tile(page, name) for name in expected} == pytest.approx(expected)
        assert said["library"]["files"] == 1
        assert (await page.text("#tile-requests .tile-value")).replace(",", "") == str(traffic["requests"])


async def test_a_shell_user_and_the_page_see_the_same(busy: AdminHouse) -> None:
    async with busy.page() as page:
        await _answered(page)
        said = await busy.stats()
        assert await page.eval(cell("routes", "GET /api/spotify/metadata", 1)) == 63
        assert (
            sum(row["requests"] for row in said["traffic"]["routes"] if row["route"] == "/api/spotify/metadata") == 63
        )
        tracks = {row["track_id"]: row["requests"] for row in said["traffic"]["tracks"]}
        links = await page.eval("[...document.querySelectorAll('#panel-tracks tbody a')].map((each) => each.href)")
        assert dict(zip(links, [row[1] for row in await rows(page, "tracks")], strict=True)) == {
            f"https://open.spotify.com/track/{track}": requests for track, requests in tracks.items()
        }
        countries = {row["country"]: row["requests"] for row in said["traffic"]["countries"] if row["country"]}
        shown = {
            name: requests for name, requests, _ in await rows(page, "countries") if not name.startswith("Private")
        }
        assert shown == countries
        assert sum(countries.values()) >= 60


async def test_a_name_is_never_markup(busy: AdminHouse) -> None:
    async with busy.page() as page:
        names = [row[0] for row in await rows(page, "tracks")]
        assert any(name.startswith(HOSTILE_TRACKS[HOSTILE]["name"]) for name in names)
        assert await page.eval("document.querySelectorAll('#panels img, #panels script').length") == 0
        assert await page.eval("globalThis.owned ?? null") is None


@pytest.mark.parametrize("hours", [1, 168, 720])
async def test_the_span_is_the_one_that_was_picked(busy: AdminHouse, hours: int) -> None:
    async with busy.page() as page:
        await page.click(f"#spans input[value='{hours}']")
        await page.until(f"globalThis.answered.span_hours === {hours}")
        said = await _answered(page)
        assert said["span_hours"] == hours
        assert await tile(page, "requests") == said["traffic"]["requests"]
        # A bookmark keeps the span, and never the key.
        assert await page.eval("location.search") == f"?hours={hours}"
        await page.reload()
        await page.until(f"globalThis.answered?.span_hours === {hours} && {SETTLED}")


async def test_a_server_that_keeps_less_offers_less(house: AdminHouse) -> None:
    server = await house.cluster.add("forgetful", ACCESS_LOG_RETENTION_DAYS="3")
    await server.up()
    async with house.page(url=server.url) as page:
        spans = "[...document.querySelectorAll('#spans input')].map((each) => each.disabled)"
        assert await page.eval(spans) == [False, False, True, True]
    # A bookmark may ask for more than is kept.
    async with house.page(url=server.url, query="?hours=720", faults=1) as page:
        assert await page.eval("globalThis.answered.span_hours") == 24
        assert await page.eval("document.querySelector('#spans input:checked').value") == "24"
    await server.stop()


async def test_whose_requests_they_were_is_told_where_there_are_keys(house: AdminHouse) -> None:
    secret = "a-phone-that-asks-for-music"
    server = await house.cluster.add("keyed", API_KEYS=f"phone:{secret}")
    await server.up()
    track = next(iter(house.sandbox.catalogue.tracks))
    for _ in range(3):
        status, _ = await server.get(
            f"/api/spotify/metadata?link=spotify:track:{track}", headers={"Authorization": f"Bearer {secret}"}
        )
        assert status == 200
    async with house.page(url=server.url) as page:
        await page.until(cell("keys", "phone", 1) + " === 3")
        said = await _answered(page)
        assert await rows(page, "keys") == [
            [row[name] for name in ("key_name", "requests", "errors", "limited")] for row in said["traffic"]["keys"]
        ]
        assert (await rows(page, "other-limits"))[0][0] == "requests"
    await server.stop()


async def test_moments_are_local_with_utc_on_demand(busy: AdminHouse) -> None:
    async with busy.door() as page:
        await page.call("Emulation.setTimezoneOverride", timezoneId="Asia/Kolkata")
        await page.reload()
        await enter(page)
        await page.until(SETTLED)
        first = "document.querySelector('#panel-hours tbody time')"
        moment = await page.eval(f"{first}.dateTime")
        assert await page.eval(f"{first}.title") == moment.replace("T", " ").replace("Z", " UTC")
        assert ":30" in await page.eval(f"{first}.textContent")
