"""Answers recorded from the live services, through the real libraries. Skipped where the recordings are not at hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from _local.sandbox.youtube import Faults, Journal
from _local.sandbox.youtube.authority import Authority
from _local.sandbox.youtube.door import Doorway
from models.match import Candidate, QueryKind, Shelf
from models.settings import Settings
from services.source.pool import ChildPool
from services.source.search import YouTubeSearch

DATA = Path(__file__).parents[3] / "shared" / "data"
MANIFEST = DATA / "youtube_manifest.json"
SHELVES = {"IQ": Shelf.VIDEOS, "II": Shelf.SONGS}


def recordings() -> list[tuple[str, Shelf, int]]:
    """(file, shelf, items) of every first page of an English songs or videos search, and of YouTube searches."""
    if not MANIFEST.is_file():
        return []
    found = []
    for entry in json.loads(MANIFEST.read_text())["files"]:
        request = entry.get("request") or {}
        params = str(request.get("params") or "")
        if entry["file"].startswith("ytmusic/search/") and request.get("hl") == "en" and "ctoken" not in request["url"]:
            if params[6:8] in SHELVES:
                found.append((entry["file"], SHELVES[params[6:8]], entry["n_music_items"]))
        elif entry["file"].startswith("youtube/search/") and request.get("client", "").startswith("WEB"):
            found.append((entry["file"], Shelf.YOUTUBE, entry["n_video_renderers"]))
    return found


@dataclass
class Replay:
    """Answers every search with one body."""

    body: dict[str, Any] = field(default_factory=dict)
    search: YouTubeSearch | None = None

    async def answer(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(text="<html></html>", content_type="text/html")
        # A second page is never asked for what the first one holds.
        return web.json_response({} if "continuation" in str(request.url) else self.body)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replay(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replay]:
    folder = tmp_path_factory.mktemp("replay")
    authority = Authority(folder / "certificates")
    app = web.Application()
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    running = Replay()
    app.router.add_route("*", "/{path:.*}", running.answer)
    await runner.setup()
    assert runner.server is not None
    door = Doorway(authority=authority, inner=runner.server, journal=Journal(), faults=Faults())
    server = await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0)
    settings = Settings(
        youtube_proxy=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
        youtube_ca_file=authority.ca_file,
        music_dl_home=folder / "home",
    )
    pool = ChildPool(settings=settings, size=1)
    await pool.start()
    running.search = YouTubeSearch(pool=pool, settings=settings)
    yield running
    await pool.aclose()
    server.close()
    await runner.cleanup()
    await door.close()


def well_formed(candidate: Candidate) -> bool:
    """What a search always says of a video."""
    return bool(candidate.title and candidate.channel and len(candidate.video_id) == 11)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("file", "shelf", "items"), recordings() or [pytest.param("", Shelf.SONGS, 0, id="none")])
async def test_candidates_come_out(replay: Replay, file: str, shelf: Shelf, items: int) -> None:
    if not file:
        pytest.skip("no recorded answers here")
    replay.body = json.loads((DATA / file).read_text())
    assert replay.search is not None
    found = await replay.search.search("anything", shelf, QueryKind.TITLE, 20)
    assert all(well_formed(candidate) for candidate in found)
    # YouTube's items count shorts, live streams and those on side shelves.
    enough = 0.4 if shelf is Shelf.YOUTUBE else 0.9
    assert len({candidate.video_id for candidate in found}) >= min(items, 20) * enough
    assert sum(candidate.duration_s is not None for candidate in found) >= 0.9 * len(found)
    if shelf is not Shelf.YOUTUBE:
        assert all(candidate.artists for candidate in found)
    if shelf is Shelf.SONGS:
        assert all(candidate.is_song and candidate.video_type for candidate in found)
