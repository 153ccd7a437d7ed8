"""Which host and path is answered by what, and where scripted faults strike."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path

from aiohttp import web

from _local.sandbox.upload import Upload

from . import music_search, video_search
from .answers import Json, html_error, json_error, read_page_token
from .catalogue import Catalogue
from .faults import Fault, Faults
from .journal import Journal, Kind, Request
from .media import MediaServer
from .pages import LIVE_PLAYLIST, home_page, iframe_script, next_answer, watch_page
from .pictures import Pictures
from .player import Player, missing_answer
from .resetting import reset
from .script import SCRIPT, SCRIPT_PATH
from .sound import Sound

logger = logging.getLogger(__name__)

WRITTEN = web.RequestKey("written", Request)


class Site:
    """One handler for every request that comes out of a tunnel."""

    def __init__(self, *, catalogue: Catalogue, sound: Sound, faults: Faults, journal: Journal) -> None:
        self._catalogue = catalogue
        self._sound = sound
        self._faults = faults
        self._journal = journal
        self._player = Player()
        self._media = MediaServer(faults)
        self._pictures = Pictures()
        self._files: dict[tuple[Upload, str], asyncio.Task[Path]] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request of any host that is played here."""
        try:
            return await self._answer(request)
        finally:
            if written := request.get(WRITTEN):
                written.answered_at = time.monotonic()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host, path = request.host.partition(":")[0], request.path
        if host.endswith(".googlevideo.com"):
            return await self._googlevideo(request)
        if host.endswith((".ytimg.com", ".googleusercontent.com")):
            return await self._picture(request)
        if path.startswith("/youtubei/v1/"):
            return await self._innertube(request, path.removeprefix("/youtubei/v1/"))
        return await self._page(request, music=host == "music.youtube.com")

    async def close(self) -> None:
        """Wait for sound that is still being made."""
        await asyncio.gather(*self._files.values(), return_exceptions=True)

    async def _innertube(self, request: web.Request, call: str) -> web.StreamResponse:
        try:
            body = json.loads(await request.read())
            client = str(body["context"]["client"]["clientName"])
        except (ValueError, KeyError, TypeError):
            return json_error(400, "Invalid JSON payload received.")
        if call == "search":
            return await self._search(request, body, client)
        # ytmusicapi's get_song says `video_id`
        video_id = str(body.get("videoId") or body.get("video_id") or "")
        if call == "player":
            if fault := await self._arrive(request, "player", video_id=video_id, client=client):
                return fault
            scripted = self._faults.take("trouble", "player", video_id)
            return web.json_response(await self._play(video_id, client, scripted))
        if call == "next":
            fault = await self._arrive(request, "next", video_id=video_id, client=client)
            return fault or web.json_response(next_answer(video_id, self._catalogue.get(video_id)))
        await self._arrive(request, "unknown", client=client)
        return json_error(404, "Requested entity was not found.")

    async def _search(self, request: web.Request, body: Json, client: str) -> web.StreamResponse:
        query, params, offset = str(body.get("query", "")), str(body.get("params") or ""), 0
        if token := request.query.get("continuation") or body.get("continuation"):
            try:
                query, offset, params = read_page_token(str(token))
            except ValueError:
                return json_error(400, "Request contains an invalid argument.")
        kind: Kind = "music_search" if client == "WEB_REMIX" else "search"
        if fault := await self._arrive(request, kind, query=query, client=client):
            return fault
        empty = self._faults.take("empty", kind) is not None
        if kind == "search":
            hits = [] if empty else self._catalogue.search(query)
            return web.json_response(video_search.search_answer(query, params, hits, offset))
        shelf = music_search.shelf_of(params)
        if empty or (params and shelf is None):
            return web.json_response(music_search.nothing_answer(query))
        if shelf is None:
            return web.json_response(music_search.unfiltered_answer(query, self._catalogue))
        hits = self._catalogue.music(query, shelf)
        return web.json_response(music_search.filtered_answer(shelf, query, params, hits, offset))

    async def _play(self, video_id: str, client: str, scripted: Fault | None) -> Json:
        upload = self._catalogue.get(video_id)
        if upload is None:
            return missing_answer(video_id)
        trouble = scripted.trouble if scripted else upload.trouble
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

    async def _page(self, request: web.Request, *, music: bool) -> web.StreamResponse:
        path = request.path
        if path == SCRIPT_PATH:
            fault = await self._arrive(request, "player_script")
            return fault or web.Response(text=SCRIPT, content_type="text/javascript")
        if path == "/iframe_api":
            fault = await self._arrive(request, "iframe_api")
            return fault or web.Response(text=iframe_script(), content_type="text/javascript")
        if path == "/watch":
            video_id = request.query.get("v", "")
            if fault := await self._arrive(request, "watch", video_id=video_id):
                return fault
            player = await self._play(video_id, "WEB", self._faults.find("trouble", "player", video_id))
            return _html(watch_page(video_id, self._catalogue.get(video_id), player))
        if path in ("/", "/tv") or path.startswith("/embed/"):
            fault = await self._arrive(request, "music_home" if music else "home")
            return fault or _html(home_page("WEB_REMIX", "1.20260707.12.00") if music else home_page())
        await self._arrive(request, "unknown")
        return web.Response(status=404, text="Not Found")

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        """`/vi/ID/name.jpg`; other types are not there, as for many real videos."""
        parts = request.path.strip("/").split("/")
        name = parts[1] if len(parts) > 1 else ""
        if fault := await self._arrive(request, "image", video_id=name):
            return fault
        if not request.path.endswith(".jpg"):
            return web.Response(status=404)
        return web.Response(body=await self._pictures.jpeg(name), content_type="image/jpeg")

    async def _googlevideo(self, request: web.Request) -> web.StreamResponse:
        if request.path != "/videoplayback":
            fault = await self._arrive(request, "manifest")
            return fault or web.Response(text=LIVE_PLAYLIST, content_type="application/vnd.apple.mpegurl")
        grant = self._player.judge(request.query)
        upload = self._catalogue.get(grant.video_id) if grant else None
        if fault := await self._arrive(request, "media", video_id=grant.video_id if grant else ""):
            return fault
        if grant is None or upload is None:
            return web.Response(status=403)
        return await self._media.answer(request, grant, await self._file(upload, grant.format))

    async def _arrive(
        self, request: web.Request, kind: Kind, *, video_id: str = "", query: str = "", client: str = ""
    ) -> web.StreamResponse | None:
        """Write the request down; then the scripted answer, if there is one. A scripted delay passes here."""
        host = request.host.partition(":")[0]
        if kind == "unknown":
            logger.warning("sandbox_unknown_path", extra={"host": host, "path": request.path})
        request[WRITTEN] = self._journal.add(
            host=host,
            method=request.method,
            path=request.path_qs,
            kind=kind,
            video_id=video_id,
            query=query,
            client=client,
            range=request.headers.get("Range", ""),
        )
        if slow := self._faults.take("latency", kind, video_id):
            await asyncio.sleep(slow.seconds)
        if self._faults.take("drop", kind, video_id):
            reset(request.transport)
            return web.Response(status=500)  # goes nowhere
        if fault := self._faults.take("status", kind, video_id):
            if fault.html:
                return html_error(fault.status, retry_after=fault.retry_after)
            return json_error(fault.status, "Scripted fault.", retry_after=fault.retry_after)
        if self._faults.take("bad_json", kind, video_id):
            return web.Response(text='{"responseContext": {"visitorData": "Cgt', content_type="application/json")
        return None


def _html(page: str) -> web.Response:
    return web.Response(text=page, content_type="text/html")
