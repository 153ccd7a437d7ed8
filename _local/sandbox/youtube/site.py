"""Which host and path is answered by what, and where scripted faults strike."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

from aiohttp import web

from _local.sandbox.upload import Trouble, Upload
from . import music_search, video_search
from .answers import Json, html_error, json_error, read_page_token
from .catalogue import Catalogue
from .faults import Endpoint, Faults
from .journal import Journal, Kind
from .media import MediaServer
from .pages import LIVE_PLAYLIST, home_page, iframe_script, next_answer, watch_page
from .pictures import Pictures
from .player import Player, missing_answer
from .script import SCRIPT, SCRIPT_PATH
from .sound import Sound

logger = logging.getLogger(__name__)


class Site:
    """One handler for every request that comes out of a tunnel."""

    def __init__(self, *, catalogue: Catalogue, sound: Sound, faults: Faults, journal: Journal, folder: Path) -> None:
        self._catalogue = catalogue
        self._sound = sound
        self._faults = faults
        self._journal = journal
        self._player = Player()
        self._media = MediaServer(faults)
        self._pictures = Pictures(folder / "pictures")
        self._files: dict[tuple[Upload, str], asyncio.Task[Path]] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        host, path = request.host.partition(":")[0], request.path
        if host.endswith(".googlevideo.com"):
            return await self._googlevideo(request, host)
        if host.endswith((".ytimg.com", ".googleusercontent.com")):
            return await self._picture(request, host)
        if path.startswith("/youtubei/v1/"):
            return await self._innertube(request, host, path.removeprefix("/youtubei/v1/"))
        return await self._page(request, host)

    # --- InnerTube ---------------------------------------------------------------------------------------------

    async def _innertube(self, request: web.Request, host: str, call: str) -> web.StreamResponse:
        try:
            body = json.loads(await request.read())
        except ValueError:
            return json_error(400, "Invalid JSON payload received.")
        client = str(body.get("context", {}).get("client", {}).get("clientName", ""))
        music = host.startswith("music.") or client == "WEB_REMIX"
        if call == "search":
            return await self._search(request, host, body, client, music=music)
        video_id = str(body.get("videoId") or body.get("video_id") or "")
        if call == "player":
            self._note(request, host, "player", video_id=video_id, client=client)
            return await self._faulty(request, "player", video_id) or web.json_response(
                await self._play(video_id, client)
            )
        if call == "next":
            self._note(request, host, "next", video_id=video_id, client=client)
            return web.json_response(next_answer(video_id, self._catalogue.get(video_id)))
        self._note(request, host, "unknown", client=client)
        return json_error(404, "Requested entity was not found.")

    async def _search(
        self, request: web.Request, host: str, body: Json, client: str, *, music: bool
    ) -> web.StreamResponse:
        query, params, offset = str(body.get("query", "")), str(body.get("params") or ""), 0
        if token := request.query.get("continuation") or body.get("continuation"):
            try:
                query, offset, params = read_page_token(str(token))
            except ValueError:
                return json_error(400, "Request contains an invalid argument.")
        kind: Endpoint = "music_search" if music else "search"
        self._note(request, host, kind, query=query, client=client)
        if trouble := await self._faulty(request, kind):
            return trouble
        empty = self._faults.take("empty", kind) is not None
        if not music:
            hits = [] if empty else self._catalogue.search(query)
            return web.json_response(video_search.search_answer(query, params, hits, offset))
        shelf = music_search.shelf_of(params)
        if empty or (params and shelf is None):
            return web.json_response(music_search.nothing_answer(query))
        if shelf is None:
            return web.json_response(music_search.unfiltered_answer(query, self._catalogue))
        hits = self._catalogue.music(query, shelf)
        return web.json_response(music_search.filtered_answer(shelf, query, params, hits, offset))

    async def _play(self, video_id: str, client: str) -> Json:
        upload = self._catalogue.get(video_id)
        if upload is None:
            return missing_answer(video_id)
        fault = self._faults.take("trouble", "player", video_id)
        trouble: Trouble = fault.trouble if fault else upload.trouble
        files = {}
        if not trouble:
            made = await asyncio.gather(*(self._file(upload, name) for name in upload.formats))
            files = dict(zip(upload.formats, made, strict=True))
        return self._player.answer(upload, trouble, client, files)

    async def _file(self, upload: Upload, name: str) -> Path:
        """The upload's sound, made once; a failure is told to everybody who waits and tried again by the next."""
        key = (upload, name)
        if key not in self._files or (self._files[key].done() and self._files[key].exception()):
            making = asyncio.to_thread(self._sound, upload, name)
            self._files[key] = asyncio.create_task(making, name=f"sound-{upload.video_id}-{name}")
        return await asyncio.shield(self._files[key])

    # --- pages -------------------------------------------------------------------------------------------------

    async def _page(self, request: web.Request, host: str) -> web.StreamResponse:
        path = request.path
        if path == SCRIPT_PATH:
            self._note(request, host, "player_script")
            return web.Response(text=SCRIPT, content_type="text/javascript")
        if path == "/iframe_api":
            self._note(request, host, "iframe_api")
            return web.Response(text=iframe_script(), content_type="text/javascript")
        if path == "/watch":
            video_id = request.query.get("v", "")
            self._note(request, host, "watch", video_id=video_id)
            if trouble := await self._faulty(request, "watch", video_id):
                return trouble
            return _html(watch_page(video_id, self._catalogue.get(video_id), await self._play(video_id, "WEB")))
        kind: Endpoint = "music_home" if host.startswith("music.") else "home"
        if path in ("/", "/tv") or path.startswith("/embed/"):
            self._note(request, host, kind)
            page = home_page("WEB_REMIX", "1.20260707.12.00") if kind == "music_home" else home_page()
            return await self._faulty(request, kind) or _html(page)
        self._note(request, host, "unknown")
        return web.Response(status=404, text="Not Found")

    async def _picture(self, request: web.Request, host: str) -> web.StreamResponse:
        name = request.path.strip("/").split("/")[1:2] or [""]
        self._note(request, host, "image", video_id=name[0])
        if trouble := await self._faulty(request, "image", name[0]):
            return trouble
        if not request.path.endswith((".jpg", ".jpeg")) and host.endswith(".ytimg.com"):
            return web.Response(status=404)
        return web.Response(body=await self._pictures.jpeg(name[0]), content_type="image/jpeg")

    # --- media -------------------------------------------------------------------------------------------------

    async def _googlevideo(self, request: web.Request, host: str) -> web.StreamResponse:
        if request.path != "/videoplayback":
            self._note(request, host, "manifest")
            return web.Response(text=LIVE_PLAYLIST, content_type="application/vnd.apple.mpegurl")
        grant = self._player.judge(request.query)
        self._note(request, host, "media", video_id=grant.video_id if grant else "")
        upload = self._catalogue.get(grant.video_id) if grant else None
        if grant is None or upload is None:
            return web.Response(status=403)
        if trouble := await self._faulty(request, "media", grant.video_id):
            return trouble
        return await self._media.answer(request, grant, await self._file(upload, grant.format))

    # --- faults ------------------------------------------------------------------------------------------------

    async def _faulty(self, request: web.Request, endpoint: Endpoint, video_id: str = "") -> web.StreamResponse | None:
        """The scripted answer, if there is one; a scripted delay passes here."""
        if slow := self._faults.take("latency", endpoint, video_id):
            await asyncio.sleep(slow.seconds)
        if self._faults.take("drop", endpoint, video_id):
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if fault := self._faults.take("status", endpoint, video_id):
            if fault.html:
                return html_error(fault.status, retry_after=fault.retry_after)
            return json_error(fault.status, "Scripted fault.", retry_after=fault.retry_after)
        if self._faults.take("bad_json", endpoint, video_id):
            return web.Response(text='{"responseContext": {"visitorData": "Cgt', content_type="application/json")
        return None

    def _note(
        self, request: web.Request, host: str, kind: Kind, *, video_id: str = "", query: str = "", client: str = ""
    ) -> None:
        if kind == "unknown":
            logger.warning("sandbox_unknown_path", extra={"host": host, "path": request.path})
        span = request.headers.get("Range", "")
        self._journal.add(
            host=host,
            method=request.method,
            path=request.path_qs,
            kind=kind,
            video_id=video_id,
            query=query,
            client=client,
            range=span,
        )


def _html(page: str) -> web.Response:
    return web.Response(text=page, content_type="text/html")
