"""The description of the API as people see it: in a browser, with nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browser import browser, chromium
from tests.support.house import open_house


async def test_the_routes_are_shown_and_nobody_else_is_asked(tmp_path: Path) -> None:
    chromium()
    async with (
        open_house(None, tmp_path / "home") as house,
        browser(tmp_path / "browser") as program,
        program.page(size=(1280, 900)) as page,
    ):
        described = (await house.get("/docs/openapi.json")).json
        await page.go(f"{house.url}/docs")
        await page.until("document.querySelectorAll('.opblock').length")
        shown = await page.eval("[...document.querySelectorAll('.opblock-summary-path')].map((e) => e.dataset.path)")
        # (sanic-ext describes what all applications of a process have; those of other tests are not ours to judge)
        assert {"/api/spotify/metadata", "/media/{name}", "/metrics", "/ws/progress"} <= set(shown)
        assert set(shown) <= set(described["paths"])
        assert [each for each in page.requests if not each.startswith((f"{house.url}/", "data:"))] == []
        assert page.faults == []


async def test_a_slash_too_much_leads_to_the_page(tmp_path: Path) -> None:
    async with open_house(None, tmp_path) as house:
        for path in ("/docs", "/admin"):
            answer = await house.get(f"{path}/", allow_redirects=False)
            assert (answer.status, answer.headers["Location"]) == (308, f"..{path}")


@pytest.mark.parametrize("path", ["/docs/swagger", "/docs/redoc", "/docs/oauth2-redirect.html"])
async def test_pages_that_would_load_from_elsewhere_are_not_there(tmp_path: Path, path: str) -> None:
    async with open_house(None, tmp_path) as house:
        assert (await house.get(path)).status == 404
