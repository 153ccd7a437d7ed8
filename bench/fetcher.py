"""`python -m bench.fetcher FOLDER CA_FILE`: gets one file in three ways, in a process of its own.

Requests, one JSON object a line: `{"do": "ours" | "raw" | "yt_dlp", "url"}`; answer: `{"seconds", "cpu_s", "sha256"}`,
`cpu_s` being this process's computing, threads included. Nothing is kept from one request to the next but the
certificates: every transfer opens its own connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import yt_dlp

from models.audio import MediaStream
from models.ids import VideoId
from models.settings import Settings
from services.source.base import FetchState
from services.source.fetch import RangedFetcher

with contextlib.suppress(ImportError):
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

CHUNK = 64 * 1024


class Fetcher:
    """The three ways."""

    def __init__(self, folder: Path, ca_file: str) -> None:
        self._target = folder / "audio"
        self._settings = Settings.from_env({"YOUTUBE_CA_FILE": ca_file})
        self._context = ssl.create_default_context(cafile=ca_file)

    async def ours(self, url: str) -> dict[str, Any]:
        """The product's fetch, with somebody who listens to its progress."""
        fetcher = RangedFetcher(settings=self._settings)
        await fetcher.start()
        stream = MediaStream(video_id=VideoId("bench"), url=url, extension="m4a", codec="aac")
        states: list[FetchState] = []

        async def renew() -> MediaStream:
            raise RuntimeError("the address was refused")

        async def work() -> None:
            await fetcher.fetch(stream, self._target, renew=renew, on_progress=states.append)

        try:
            return await self._measured(work) | {"told": len(states)}
        finally:
            await fetcher.aclose()

    async def raw(self, url: str) -> dict[str, Any]:
        """One GET with aiohttp, written as it comes."""
        connector = aiohttp.TCPConnector(ssl=self._context)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def work() -> None:
                async with session.get(url) as answer:
                    with self._target.open("wb") as file:
                        async for chunk in answer.content.iter_chunked(CHUNK):
                            file.write(chunk)

            return await self._measured(work)

    async def yt_dlp(self, url: str) -> dict[str, Any]:
        """yt-dlp's own downloader, in chunks as its YouTube extractor asks for."""

        def download() -> None:
            with yt_dlp.YoutubeDL({"quiet": True, "noprogress": True, "nopart": True, "overwrites": True}) as ydl:  # type: ignore[no-untyped-call]
                info = {"url": url, "protocol": "https", "downloader_options": {"http_chunk_size": 10 << 20}}
                if not ydl.dl(str(self._target), info)[0]:
                    raise RuntimeError("yt-dlp did not get the file")

        async def work() -> None:
            await asyncio.to_thread(download)

        return await self._measured(work)

    async def _measured(self, work: Callable[[], Awaitable[None]]) -> dict[str, Any]:
        self._target.unlink(missing_ok=True)
        computed, begin = time.process_time(), time.perf_counter()
        await work()
        seconds, cpu_s = time.perf_counter() - begin, time.process_time() - computed
        data = self._target.read_bytes()
        return {"seconds": seconds, "cpu_s": cpu_s, "sha256": hashlib.sha256(data).hexdigest()}


def main() -> None:
    """Serves until standard input ends."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    fetcher = Fetcher(Path(sys.argv[1]), sys.argv[2])
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(asyncio.run(getattr(fetcher, request.pop("do"))(**request))), flush=True)


if __name__ == "__main__":
    main()
