"""What a finished file carries besides the sound: cover, lyrics, what only the full album knows. Never fails a job."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import aiohttp

from models.errors import CatalogError, MusicError
from models.music import Album, Image, Kind, Track
from services.http import CATALOG_ERRORS, read_bounded, translating
from services.lyrics import Lyrics, LyricsClient
from services.resources import ResourceService

logger = logging.getLogger(__name__)

COVER_MAX_BYTES = 4 * 1024 * 1024
COVER_PIXELS = 640
"""Large enough for a phone's lock screen, small beside the sound."""
DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class TrackExtras:
    """`None` where something could not be had."""

    album: Album | None
    cover: bytes | None
    lyrics: Lyrics | None


class ExtrasService:
    """Gathers the extras of a track, while its audio is being fetched."""

    def __init__(self, *, resources: ResourceService, http: aiohttp.ClientSession, lyrics: LyricsClient | None) -> None:
        self._resources = resources
        self._http = http
        self._lyrics_client = lyrics

    async def gather(self, track: Track) -> TrackExtras:
        """The extras, within a deadline; what fails is logged and left out."""
        album, cover, lyrics = await asyncio.gather(self._album(track), self._cover(track), self._lyrics(track))
        return TrackExtras(album, cover, lyrics)

    async def _lyrics(self, track: Track) -> Lyrics | None:
        return None if self._lyrics_client is None else await self._lyrics_client.find(track)

    async def _album(self, track: Track) -> Album | None:
        if track.album is None or track.album.id is None:
            return None
        try:
            async with asyncio.timeout(DEADLINE_S):
                found = await self._resources.find(Kind.ALBUM, track.album.id)
        except (MusicError, TimeoutError) as error:
            logger.warning("album_left_out", extra={"track_id": track.id, "cause": repr(error)})
            return None
        return found.resource if isinstance(found.resource, Album) else None

    async def _cover(self, track: Track) -> bytes | None:
        image = best_cover(track.album.images if track.album else ())
        if image is None:
            return None
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._image(image)
        except (CatalogError, TimeoutError) as error:
            logger.warning("cover_left_out", extra={"track_id": track.id, "url": image.url, "cause": repr(error)})
            return None

    async def _image(self, image: Image) -> bytes | None:
        with translating(CATALOG_ERRORS):
            async with self._http.get(image.url) as response:
                if response.status != 200:
                    logger.warning("cover_refused", extra={"url": image.url, "status": response.status})
                    return None
                body = await read_bounded(response, COVER_MAX_BYTES + 1)
                return body if len(body) <= COVER_MAX_BYTES else None


def best_cover(images: tuple[Image, ...]) -> Image | None:
    """The smallest picture of at least `COVER_PIXELS`, else the largest there is; unknown sizes count as right."""
    if not images:
        return None

    def pixels(image: Image) -> int:
        return image.width or image.height or COVER_PIXELS

    enough = [image for image in images if pixels(image) >= COVER_PIXELS]
    return min(enough, key=pixels) if enough else max(images, key=pixels)
