"""Who gets in, what is said to the others, and where the key stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.admin_page.house import KEY, SETTLED, AdminHouse, enter
from tests.support.browser import Page
from tests.support.house import open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEPT = "[sessionStorage, localStorage].map((each) => Object.values({ ...each }))"
ATTRIBUTES = "['type', 'autocomplete', 'name'].map((name) => document.querySelector('#key').getAttribute(name))"


async def _inside(page: Page) -> bool:
    return bool(await page.eval("document.querySelector('#board').checkVisibility()"))


async def test_a_wrong_key_is_refused_and_the_right_one_opens(house: AdminHouse) -> None:
    async with house.door(faults=1) as page:
        await enter(page, "not the key")
        await page.until("document.querySelector('#door-fault').innerText.startsWith('This is not the admin key')")
        assert not await _inside(page)
        assert await page.eval(KEPT) == [[], []]
        assert "403" in page.faults[0]
        await enter(page)
        await page.until(SETTLED)
        assert await _inside(page)
        assert not await page.eval("document.querySelector('#door').checkVisibility()")
        # It is gone from the form; the tab keeps it, the device does not.
        assert await page.eval("document.querySelector('#key').value") == ""
        assert await page.eval(KEPT) == [[KEY], []]


async def test_password_managers_know_the_form(house: AdminHouse) -> None:
    async with house.door() as page:
        assert await page.eval(ATTRIBUTES) == ["password", "current-password", "password"]
        assert await page.eval("document.querySelector('#door [autocomplete=username]').form.id") == "door"
        # Even with no script at all the key would never stand in an address.
        assert await page.eval("document.querySelector('#door').method") == "post"


async def test_the_tab_remembers_and_forgets_at_the_end(house: AdminHouse) -> None:
    async with house.page() as page:
        await page.reload()
        await page.until(SETTLED)
        assert await _inside(page)
        await page.click("#sign-out")
        await page.until("document.activeElement.id === 'key'")
        assert not await _inside(page)
        assert await page.eval(KEPT) == [[], []]
        # Nothing of what was seen stays in the page.
        assert await page.eval("document.querySelectorAll('.panel, .tile, #attention li').length") == 0
        asked = len(page.requests)
        await page.reload()
        await page.until("document.activeElement.id === 'key'")
        assert not [each for each in page.requests[asked:] if "/api/" in each]


async def test_the_device_remembers_if_so_wished(house: AdminHouse) -> None:
    async with house.door() as page:
        await page.click("#remember")
        await page.click("#key")
        await enter(page)
        await page.until(SETTLED)
        assert await page.eval(KEPT) == [[], [KEY]]
        await page.reload()
        await page.until(SETTLED)
        await page.click("#sign-out")
        assert await page.eval(KEPT) == [[], []]


async def test_signing_out_in_one_tab_signs_out_in_all(house: AdminHouse) -> None:
    async with house.door() as page:
        await page.click("#remember")
        await page.click("#key")
        await enter(page)
        await page.until(SETTLED)
        # Another document of this origin, as another tab is.
        await page.eval(
            "document.body.appendChild(document.createElement('iframe'))"
            ".contentWindow.localStorage.removeItem('music-dl-admin-key')"
        )
        await page.until("document.activeElement.id === 'key'")
        assert not await _inside(page)


async def test_a_key_that_no_longer_opens_leads_to_the_door(house: AdminHouse) -> None:
    async with house.page(faults=1) as page:
        await page.eval("sessionStorage['music-dl-admin-key'] = 'an old key'")
        await page.reload()
        await page.until("document.querySelector('#door-fault').innerText.startsWith('This is not the admin key')")
        assert await page.eval(KEPT) == [[], []]


async def test_a_server_that_is_away_keeps_the_typed_key(house: AdminHouse) -> None:
    async with house.door(faults=2) as page:
        await page.call(
            "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
        await enter(page)
        await page.until("document.querySelector('#door-fault').innerText.includes('cannot be reached')")
        assert await page.eval("document.querySelector('#key').value") == KEY
        await page.call(
            "Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
        await page.click("#door [type=submit]")
        await page.until(SETTLED)


async def test_without_a_configured_key_the_page_says_how_to_open_it(house: AdminHouse, tmp_path: Path) -> None:
    async with open_house(None, tmp_path) as closed, house.door(url=closed.url) as page:
        text = await page.eval("document.body.innerText")
        assert "closed" in text
        assert "ADMIN_API_KEY" in text
        assert await page.eval("document.forms.length") == 0
        assert not [each for each in page.requests if "/api/" in each]
        answer = await closed.get("/admin")
        again = await closed.get("/admin", headers={"If-None-Match": answer.headers["ETag"]})
        assert (answer.status, again.status) == (200, 304)


async def test_a_server_that_lost_its_key_meanwhile_says_so(house: AdminHouse) -> None:
    other = await house.cluster.add("keyed")
    await other.up()
    async with house.page(url=other.url, faults=1000) as page:
        await other.stop()
        keyless = await house.cluster.add("keyless", ADMIN_API_KEY="", CORE_SERVICE_PORT=str(other.port))
        await keyless.up()
        await page.until("document.querySelector('#door-fault').innerText.includes('ADMIN_API_KEY')")
        assert not await _inside(page)
        await keyless.stop()
