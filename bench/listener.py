"""From the choice of a video to the first byte of sound at a listener, against extraction and a plain GET.

The server is asked for a track that nobody knows, and `/media/` for its file at the same moment. The clock starts when
YouTube has answered the search. The baseline extracts another video with the same extractor in a warm child process of
its own, and waits for the first byte of a plain GET of what it found.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory

import aiohttp

from bench.processes import HOST, Helper, Server, get, server
from bench.rows import Rounds, Row
from bench.stage import stage
from models.audio import AudioFormat
from models.ids import VideoId
from models.settings import Settings
from services.source.extract import YtDlpExtractor
from services.source.pool import ChildPool
from services.source.trust import media_context

LATENCY_S = 0.1
LINE_BPS = 2_000_000
ROUNDS = 9
TARGET = 1.2


async def rows() -> list[Row]:
    """Alternating rounds, each with songs of its own."""
    found: list[tuple[float, float, float]] = []
    async with stage() as upstreams, server(upstreams.greeting["settings"]) as product, _plain(upstreams) as plain:
        await product.answers("/health/live")
        await upstreams.ask(do="latency", spotify_s=LATENCY_S, youtube_s=LATENCY_S, line_bps=LINE_BPS)
        songs = iter(zip(upstreams.greeting["songs"], upstreams.greeting["videos"], strict=True))
        for number in range(ROUNDS + 1):
            baseline_s = await plain.first_byte_s(next(songs)[1])
            whole_s, after_search_s = await _first_byte_s(upstreams, product, next(songs)[0])
            # In the first round of all both sides load YouTube's player script.
            if number:
                found.append((after_search_s, whole_s, baseline_s))
    after_search, whole, baseline = (sorted(each)[ROUNDS // 2] for each in zip(*found, strict=True))
    rounds = Rounds([ours / plain_s for ours, _, plain_s in found])
    return [
        Row(
            name="first byte to a listener, against extraction and first byte",
            measured=rounds.median,
            target=TARGET,
            detail=(
                f"{after_search:.2f} s from the search's answer on, {baseline:.2f} s; answers {LATENCY_S:g} s away; "
                f"from the first request on, with metadata and search, {whole:.2f} s; {rounds.spread}"
            ),
        )
    ]


async def _first_byte_s(upstreams: Helper, product: Server, song: str) -> tuple[float, float]:
    """Seconds from the request for the track, and from the end of its search."""
    await upstreams.ask(do="reset")
    begin = time.monotonic()
    status, _, body = await get(product.port, f"/api/spotify/download/track/{song}?wait=0")
    if status != 202:
        raise RuntimeError(f"the track was known: {status} {body[:300]!r}")
    heard_at = await _heard_at(product.port, f"/media/{song}.m4a")
    # The job ends before the next round begins.
    await get(product.port, f"/api/spotify/download/track/{song}")
    moments = await upstreams.ask(do="moments")
    searched_at = max(moments[kind][1] for kind in ("music_search", "search") if kind in moments)
    return heard_at - begin, heard_at - searched_at


async def _heard_at(port: int, path: str) -> float:
    """When the first byte of the body had come."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200") or b"no-store" not in head:
            raise RuntimeError(f"no file that is still arriving: {head!r}")
        if b"transfer-encoding: chunked" in head.lower():
            await reader.readline()
        await reader.readexactly(1)
        return time.monotonic()
    finally:
        writer.close()


class _Plain:
    """Extraction and a GET, with nothing around them."""

    def __init__(self, extractor: YtDlpExtractor, http: aiohttp.ClientSession, proxy: str | None) -> None:
        self._extractor = extractor
        self._http = http
        self._proxy = proxy

    async def first_byte_s(self, video: str) -> float:
        """Seconds until the first byte of the video's sound."""
        begin = time.monotonic()
        stream = await self._extractor.extract(VideoId(video), AudioFormat.M4A)
        async with self._http.get(stream.url, headers=stream.headers, proxy=self._proxy) as answer:
            await answer.content.readexactly(1)
            seconds = time.monotonic() - begin
            await answer.read()
        return seconds


@asynccontextmanager
async def _plain(upstreams: Helper) -> AsyncIterator[_Plain]:
    with TemporaryDirectory(prefix="music-dl-bench-") as folder:
        settings = Settings.from_env({**upstreams.greeting["settings"], "MUSIC_DL_HOME": folder})
        connector = aiohttp.TCPConnector(ssl=media_context(settings.youtube_ca_file))
        pool = ChildPool(settings=settings, size=1)
        await pool.start()
        try:
            async with aiohttp.ClientSession(connector=connector) as http:
                yield _Plain(YtDlpExtractor(pool=pool, settings=settings), http, settings.youtube_proxy)
        finally:
            await pool.aclose()
