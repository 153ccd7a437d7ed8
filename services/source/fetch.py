"""Fetches media over several ranged connections side by side."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from yarl import URL

from models.audio import MediaStream
from models.errors import MediaRefused
from models.settings import Settings
from services.source.address import Addresses
from services.source.announce import Announcer
from services.source.base import FetchProgress, FetchState
from services.source.pieces import PieceMap
from services.source.replies import Unusable
from services.source.sink import Sink
from services.source.transfer import Transfer
from services.source.trust import media_context

MOST_REDIRECTS = 5


class RangedFetcher:
    """A `MediaFetcher` with one HTTP session, so that connections live on from file to file."""

    def __init__(self, *, settings: Settings) -> None:
        self._settings = settings
        self._proxy = settings.youtube_proxy
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Opens the session."""
        context = await asyncio.to_thread(media_context, self._settings.youtube_ca_file)
        self._session = self._open_session(context)

    async def aclose(self) -> None:
        """Closes every connection."""
        if self._session is not None:
            await self._session.close()

    async def fetch(
        self,
        stream: MediaStream,
        target: Path,
        *,
        renew: Callable[[], Awaitable[MediaStream]],
        on_progress: FetchProgress | None = None,
    ) -> int:
        """See `MediaFetcher.fetch`."""
        addresses = Addresses(stream, renew)
        pieces = PieceMap()
        announcer = Announcer(on_progress, lambda: FetchState(pieces.done, pieces.head, pieces.total))
        sink = Sink(target)
        try:
            transfer = Transfer(
                addresses=addresses,
                open_reply=self._get,
                sink=sink,
                pieces=pieces,
                announcer=announcer,
                limit=self._settings.fetch_connections,
                retries=self._settings.max_retry,
            )
            size = await transfer.run()
        except Unusable as exc:
            raise MediaRefused(video_id=stream.video_id, reason=str(exc)) from exc
        finally:
            announcer.stop()
            await sink.close()
        announcer.last()
        return size

    def _open_session(self, context: ssl.SSLContext) -> aiohttp.ClientSession:
        silence_s = self._settings.fetch_timeout_ms / 1000
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=context),
            # `connect` bounds the proxy's answer and the TLS handshake too.
            timeout=aiohttp.ClientTimeout(total=None, connect=silence_s, sock_connect=silence_s, sock_read=silence_s),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=512 * 1024,
            # As yt-dlp does when no proxy is set: media addresses are bound to the way they were got.
            trust_env=self._proxy is None,
        )

    def _get(self, url: URL, headers: dict[str, str]) -> aiohttp.client._RequestContextManager:
        if self._session is None:
            raise RuntimeError("the fetcher was not started")
        proxy = None if is_loopback(url) else self._proxy
        return self._session.get(url, headers=headers, proxy=proxy, max_redirects=MOST_REDIRECTS + 1)


def is_loopback(url: URL) -> bool:
    """Whether the address names this very machine, which a proxy elsewhere would take for its own."""
    host = url.host or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
