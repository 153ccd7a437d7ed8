"""The real client libraries, pointed at the stand-in as a server would point them."""

from __future__ import annotations

import asyncio
import functools
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import requests
import yt_dlp
import ytmusicapi

from _local.sandbox.youtube import Upload, YouTubeStandIn

BAND = "UC" + "b" * 22


def upload(number: int, **fields: Any) -> Upload:
    """An upload with an id from `number`, ten seconds long unless told."""
    values: dict[str, Any] = {
        "video_id": f"vid{number:08d}",
        "title": f"Northern Lights {number}",
        "channel": "Some Band - Topic",
        "channel_id": BAND,
        "duration_s": 10,
        "artists": ("Some Band",),
        "kind": "ATV",
    }
    return Upload(**values | fields)


class Warnings:
    """yt-dlp's logger that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def debug(self, message: str) -> None:
        pass

    def warning(self, message: str) -> None:
        self.lines.append(message)

    error = warning


async def extract(
    stand_in: YouTubeStandIn,
    target: str,
    *,
    clients: list[str] | None = None,
    to: Path | None = None,
    logger: Warnings | None = None,
    **options: Any,
) -> dict[str, Any]:
    """What yt-dlp learns of `target`; with `to` it also downloads there. Its process trusts `SSL_CERT_FILE`."""
    settings: dict[str, Any] = {
        "proxy": stand_in.proxy_url,
        "compat_opts": {"no-certifi"},
        "cachedir": False,
        "noprogress": True,
        "quiet": True,
        "format": "bestaudio",
        "fixup": "never",
        "retries": 10,
        "extractor_args": {"youtube": {"player_client": clients}} if clients else {},
        "logger": logger or Warnings(),
    } | options
    if to is not None:
        settings["outtmpl"] = str(to)

    def run() -> dict[str, Any]:
        with yt_dlp.YoutubeDL(settings) as downloader:
            return dict(downloader.extract_info(target, download=to is not None))

    return await asyncio.to_thread(run)


async def music_search(stand_in: YouTubeStandIn, query: str, **options: Any) -> list[dict[str, Any]]:
    """ytmusicapi's results."""

    def run() -> list[dict[str, Any]]:
        with requests.Session() as session:
            session.trust_env = False  # else REQUESTS_CA_BUNDLE of this machine wins over `verify`
            session.verify = str(stand_in.ca_file)
            session.request = functools.partial(session.request, timeout=30)  # type: ignore[method-assign]
            music = ytmusicapi.YTMusic(requests_session=session, proxies={"https": stand_in.proxy_url})
            return list(music.search(query, **options))

    return await asyncio.to_thread(run)


class Browser:
    """aiohttp through the proxy, as the media fetch does it."""

    def __init__(self, stand_in: YouTubeStandIn) -> None:
        self._stand_in = stand_in
        context = ssl.create_default_context(cafile=str(stand_in.ca_file))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    def request(self, method: str, url: str, **options: Any) -> Any:
        return self._session.request(method, url, proxy=self._stand_in.proxy_url, **options)

    async def read(self, url: str, **headers: str) -> tuple[int, bytes]:
        """Status and whole body of a GET."""
        async with self.request("GET", url, headers=headers) as response:
            return response.status, await response.read()

    async def player(self, video_id: str, client: str = "VISIONOS") -> dict[str, Any]:
        body = {"context": {"client": {"clientName": client}}, "videoId": video_id}
        async with self.request("POST", "https://www.youtube.com/youtubei/v1/player", json=body) as response:
            return dict(await response.json())

    async def media_url(self, video_id: str, itag: int = 140) -> str:
        """A fresh URL of the video's sound."""
        formats = (await self.player(video_id))["streamingData"]["adaptiveFormats"]
        return str(next(f["url"] for f in formats if f["itag"] == itag))
