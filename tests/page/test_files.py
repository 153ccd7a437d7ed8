"""The page's files as HTTP gives them; no browser needed."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from sanic import Sanic
from sanic_ext import Extend

from blueprints import errors, page, static_files
from blueprints.static_files import CONTENT_TYPES, FOLDER
from tests.support.http import serve

FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
INDEX = (FOLDER / "index.html").read_text()


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    app = Sanic("page_files", configure_logging=False)
    Extend(app)
    errors.register(app)
    app.blueprint(page.bp)
    app.blueprint(static_files.bp)
    async with serve(app) as url, aiohttp.ClientSession(url) as session:
        yield session


async def test_the_page_may_run_nothing_that_is_not_its_own(http: aiohttp.ClientSession) -> None:
    async with http.get("/") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = dict(each.strip().partition(" ")[::2] for each in answer.headers["Content-Security-Policy"].split(";"))
        assert await answer.text() == INDEX
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws: wss:"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert not {"script-src", "style-src", "script-src-elem"} & set(policy)
    assert "unsafe" not in " ".join(policy.values())


@pytest.mark.parametrize("name", FILES)
async def test_every_file_is_served_and_kept_until_it_changes(http: aiohttp.ClientSession, name: str) -> None:
    async with http.get(f"/static/{name}") as answer:
        assert answer.status == 200
        assert await answer.read() == (FOLDER / name).read_bytes()
        assert answer.headers["Content-Type"] in CONTENT_TYPES.values()
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        etag = answer.headers["ETag"]
    for held in (etag, f"W/{etag}", f'"other", {etag}'):
        async with http.get(f"/static/{name}", headers={"If-None-Match": held}) as answer:
            assert answer.status == 304
            assert answer.headers["ETag"] == etag
    async with http.head(f"/static/{name}") as answer:
        assert answer.status == 200
        assert answer.headers["ETag"] == etag
        assert int(answer.headers["Content-Length"]) == (FOLDER / name).stat().st_size


@pytest.mark.parametrize("path", ["nothing.js", "../page.py", "%2e%2e/page.py", "js", "js/../../page.py", ""])
async def test_nothing_else_is_served(http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(f"/static/{path}") as answer:
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"


async def test_nothing_comes_from_elsewhere() -> None:
    # A vendored library names its home in a comment; tests/admin_page sees that nobody is asked.
    for name in (each for each in FILES if not each.startswith("vendor/")):
        text = (FOLDER / name).read_text().replace("http://www.w3.org/2000/svg", "")
        text = text.replace('placeholder="https://open.spotify.com/album/…"', "")
        text = text.replace("`https://open.spotify.com/track/${", "")
        assert re.search(r"https?://", text) is None, name


async def test_neither_scripts_nor_styles_nor_handlers_stand_in_the_markup() -> None:
    assert re.findall(r"<script(?![^>]*\bsrc=)", INDEX) == []
    assert re.search(r"<style|\sstyle=|\son\w+=", INDEX) is None


async def test_every_module_is_fetched_at_once() -> None:
    modules = {name for name in FILES if name.startswith("js/")}
    named = set(re.findall(r'(?:href|src)="static/(js/[^"]+)"', INDEX))
    assert named == modules


async def test_the_manifest_points_at_what_is_there() -> None:
    manifest = json.loads((FOLDER / "manifest.webmanifest").read_text())
    assert {icon["src"] for icon in manifest["icons"]} <= set(FILES)
    # Seen from the manifest's own address the page lies one above.
    assert {manifest["start_url"], manifest["scope"], manifest["share_target"]["action"]} == {"../"}
