"""From what a user pasted to a Spotify id: short links are followed by hand, and never off Spotify's own hosts."""

from __future__ import annotations

import asyncio
import html
import logging
import re
from collections.abc import Container
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit

import aiohttp

from models.errors import CatalogFailed, CatalogRateLimited, CatalogRefused, InvalidLink, LinkNotFound
from models.ids import SpotifyId
from models.links import PAGE_HOST, ShortLink, SpotifyRef, links_in, parse_link
from models.music import Kind
from services.cache.base import Cache
from services.http import CATALOG_ERRORS, read_bounded, retry_after_s, translating

logger = logging.getLogger(__name__)

REMEMBERED_S = 86_400.0
"""Short links do not change where they lead."""
LONGEST_REMEMBERED = 256
"""Characters; how a longer text reads is not remembered."""
MAX_HOPS = 5
MAX_PAGE_BYTES = 256 * 1024
_DEFAULT_RETRY_AFTER_S = 5.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Where a page says what it stands for; every other link in it comes second.
_TAG = re.compile(r"<(?:link|meta)\b[^<>]{0,1000}>", re.IGNORECASE)
_TELLING = re.compile(r"\b(?:canonical|og:url|refresh|al:(?:ios|android):url)\b", re.IGNORECASE)


class LinkResolver:
    """Reads links, and asks the short-link hosts where theirs lead."""

    def __init__(
        self, *, http: aiohttp.ClientSession, public_host: str | None, timeout_s: float, cache: Cache | None = None
    ) -> None:
        """`public_host`: base URL that stands for open.spotify.com and the short-link hosts, path kept.

        `timeout_s` bounds each request. `cache` remembers where short links led.
        """
        self._http = http
        self._cache = cache
        self._public_host = public_host.rstrip("/") if public_host else None
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def resolve(self, text: str) -> SpotifyRef:
        """What the first Spotify link in `text` points at; safe to repeat.

        A short link costs up to `MAX_HOPS` requests, each of them to an allowed host. Raises `InvalidLink`,
        `PodcastLink`, `LinkNotFound` when the short link's host answered and leads nowhere (or elsewhere), and a
        `CatalogError` when the host could not be asked.
        """
        found = _parse(text) if len(text) <= LONGEST_REMEMBERED else parse_link(text)
        if isinstance(found, SpotifyRef):
            return found
        key = f"short-link:{found.url}"
        if self._cache is not None and (known := await self._cache.get(key)) is not None:
            kind, _, spotify_id = known.decode().partition(":")
            return SpotifyRef(kind=Kind(kind), id=SpotifyId(spotify_id))
        ref = await self._resolve(found)
        if self._cache is not None:
            await self._cache.set(key, f"{ref.kind.value}:{ref.id}".encode(), REMEMBERED_S)
        return ref

    async def _resolve(self, found: SpotifyRef | ShortLink) -> SpotifyRef:
        seen: set[str] = set()
        while isinstance(found, ShortLink):
            if found.url in seen or len(seen) == MAX_HOPS:
                raise LinkNotFound(url=found.url, hops=len(seen))
            seen.add(found.url)
            found = await self._follow(found, seen)
        return found

    async def _follow(self, link: ShortLink, seen: Container[str]) -> SpotifyRef | ShortLink:
        with translating(CATALOG_ERRORS):
            async with self._http.get(
                self._address(link), allow_redirects=False, timeout=self._timeout, headers={"Accept": "text/html"}
            ) as response:
                status, headers = response.status, response.headers
                page = await read_bounded(response, MAX_PAGE_BYTES) if status == 200 else b""
        if status in _REDIRECTS and "Location" in headers:
            return self._target(link, headers["Location"])
        if status == 429:
            raise CatalogRateLimited(retry_after_s=retry_after_s(headers.get("Retry-After")) or _DEFAULT_RETRY_AFTER_S)
        if status == 403:
            raise CatalogRefused(url=link.url)
        if status >= 500:
            raise CatalogFailed(url=link.url, status=status)
        # A hostile page costs some time to read, and the loop is not to wait for it.
        found = await asyncio.to_thread(self._in_page, page, seen)
        if found is None:
            raise LinkNotFound(url=link.url, status=status)
        return found

    def _target(self, link: ShortLink, location: str) -> SpotifyRef | ShortLink:
        try:
            return parse_link(self._logical(urljoin(link.url, location)))
        except (InvalidLink, ValueError) as exc:
            logger.info("short_link_leads_elsewhere", extra={"link": link.url, "target": location[:200]})
            raise LinkNotFound(url=link.url, target=location[:200]) from exc

    def _in_page(self, page: bytes, seen: Container[str]) -> SpotifyRef | ShortLink | None:
        """The link that a page redirecting by script leads to; raises `PodcastLink`."""
        text = html.unescape(page.decode("utf-8", "replace"))
        text = self._logical(text.replace("\\/", "/").replace("\\u002F", "/").replace("\\u002f", "/"))
        for reading in (text, unquote(text)):
            telling = " ".join(tag for tag in _TAG.findall(reading) if _TELLING.search(tag))
            for part in (telling, reading):
                found = _best(part, seen)
                if found is not None:
                    return found
        return None

    def _address(self, link: ShortLink) -> str:
        """Where the link is asked for."""
        return link.url if self._public_host is None else self._public_host + urlsplit(link.url).path

    def _logical(self, text: str) -> str:
        """`text` with the stand-in's address read as Spotify's own."""
        return text.replace(self._public_host, f"https://{PAGE_HOST}") if self._public_host else text


_parse = lru_cache(maxsize=2048)(parse_link)


def _best(text: str, seen: Container[str]) -> SpotifyRef | ShortLink | None:
    """The first full link in `text`, else the first short one not yet seen."""
    onward: ShortLink | None = None
    for found in links_in(text):
        if isinstance(found, SpotifyRef):
            return found
        if onward is None and found.url not in seen:
            onward = found
    return onward
