"""`/media/` alone on a real socket, over a real folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from sanic import Sanic
from sanic_ext import Extend

from blueprints import errors, media
from models.audio import AudioFormat, StoredAudio
from models.ids import MediaName
from services.library import AudioLibrary
from services.media import MediaService
from services.source.live import LiveDirectory
from services.storage.local import LocalStorage
from tests.support.http import serve
from tests.support.library import MemoryDownloads, make_audio


class Site:
    """The server, and what a worker would do behind it."""

    def __init__(self, home: Path, storage: LocalStorage, wait_s: float) -> None:
        self.home = home
        self.storage = storage
        self.downloads = MemoryDownloads()
        self.live = LiveDirectory(home / "live")
        self.under_way: set[MediaName] = set()
        self.service = MediaService(
            library=AudioLibrary(downloads=self.downloads, storage=storage),
            storage=storage,
            live=self.live,
            pending=self._pending,
            wait_s=wait_s,
        )
        self.url = ""
        self.client: aiohttp.ClientSession

    async def _pending(self, name: MediaName) -> bool:
        return name in self.under_way

    async def keep(self, data: bytes, audio_format: AudioFormat = AudioFormat.M4A) -> StoredAudio:
        """A finished file, in the storage and in the database."""
        audio = make_audio(data, audio_format)
        folder = await self.storage.work_folder("job")
        (folder / "file").write_bytes(data)
        await self.storage.keep(folder / "file", audio.name)
        await self.storage.discard(folder)
        await self.downloads.put(audio)
        return audio

    def open_files(self) -> int:
        """How many files under the home this process has open; locks of writers and work folders do not count."""
        found = 0
        for link in Path("/proc/self/fd").iterdir():
            try:
                target = os.readlink(link)  # noqa: PTH115 - keeps " (deleted)", which is no path
            except FileNotFoundError:
                continue
            found += target.startswith(str(self.home)) and ".lock" not in target and not link.is_dir()
        return found


@asynccontextmanager
async def media_site(
    folder: Path, *, wait_s: float = 60.0, storage: type[LocalStorage] = LocalStorage
) -> AsyncIterator[Site]:
    """The site, and a client."""
    site = Site(folder / "home", storage(folder / "home"), wait_s)
    await site.storage.prepare()
    app: Sanic = Sanic(f"media_{secrets.token_hex(4)}", configure_logging=False)
    Extend(app)
    errors.register(app)
    app.blueprint(media.bp)

    async def provide(app: Sanic) -> None:
        app.ext.add_dependency(MediaService, lambda: site.service)

    app.register_listener(provide, "before_server_start")
    async with serve(app, grace_s=0.2) as site.url, aiohttp.ClientSession() as site.client:
        yield site
    await site.service.close()
