"""The page's files as HTTP gives them; no browser needed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app import create_app
from blueprints.static_files import FOLDER
from models.settings import Settings
from tests.support.house import House, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = (FOLDER / "admin.html").read_text()
CLOSED = (FOLDER / "admin-closed.html").read_text()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def keyed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(None, tmp_path_factory.mktemp("home"), ADMIN_API_KEY="secret-of-the-operator") as opened:
        yield opened


async def test_the_page_is_open_and_holds_nothing(keyed: House) -> None:
    answer = await keyed.get("/admin")
    assert (answer.status, answer.body.decode()) == (200, PAGE)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "secret" not in answer.body.decode()
    again = await keyed.get("/admin", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    head = await keyed.get("/admin", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(answer.body)


async def test_it_may_run_and_ask_nothing_that_is_not_its_own(keyed: House) -> None:
    for path in ("/admin", "/static/admin/app.js"):
        told = (await keyed.get(path)).headers["Content-Security-Policy"]
        policy = dict(each.strip().partition(" ")[::2] for each in told.split(";"))
        assert policy["default-src"] == "'self'"
        assert (
            policy["object-src"]
            == policy["base-uri"]
            == policy["frame-ancestors"]
            == policy["trusted-types"]
            == "'none'"
        )
        assert not [name for name in policy if name.endswith("-src") and name not in {"default-src", "object-src"}]
        assert "unsafe" not in told


@pytest.mark.parametrize("page", [PAGE, CLOSED])
async def test_neither_scripts_nor_styles_nor_handlers_stand_in_the_markup(page: str) -> None:
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.search(r"<style|\sstyle=|\son\w+=", page) is None


async def test_every_module_is_fetched_at_once() -> None:
    own = {path.relative_to(FOLDER).as_posix() for path in (FOLDER / "admin").glob("*.js")}
    named = set(re.findall(r'(?:href|src)="static/((?:admin|js)/[^"]+\.js)"', PAGE))
    shared = {
        name for path in sorted(own) for name in re.findall(r'from "\.\./(js/[^"]+)"', (FOLDER / path).read_text())
    }
    assert named == own | shared


async def test_a_process_that_only_downloads_serves_it_too(tmp_path: Path) -> None:
    environ = {"MUSIC_DL_HOME": str(tmp_path), "MUSIC_DL_ROLE": "worker", "RABBIT_MQ_URL": "amqp://127.0.0.1/"}
    app = create_app(settings=Settings.from_env(environ), name="worker_with_page")
    paths = {route.path for route in app.router.routes}
    assert {"admin", "api/admin/stats", "static/<path:path>"} <= paths
    assert "" not in paths
