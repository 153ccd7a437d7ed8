"""`/media/`: finished files, and files that are still arriving."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from models.audio import AudioFormat, StoredAudio
from models.errors import InvalidTrackId, MediaNotFound, MediaNotReady
from models.ids import MediaName, SpotifyId, track_id
from services.library import AudioLibrary
from services.live_media import LiveMedia, open_descriptor
from services.source.live import LiveDirectory, LiveHead
from services.source.live_feed import LiveFeed, LiveFeeds
from services.storage.base import AudioStorage, OpenAudio

logger = logging.getLogger(__name__)

ASK_EVERY_S = 1.0
"""How often one who waits asks whether the job still runs."""
RETRY_AFTER_S = 5.0

Pending = Callable[[MediaName], Awaitable[bool]]
"""Whether a job for the file of this name is queued or running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedMedia:
    """A finished file, open; whoever got it calls `close`."""

    audio: StoredAudio
    opened: OpenAudio

    @property
    def size_bytes(self) -> int:
        """Length of the whole."""
        return self.opened.file.size_bytes

    @property
    def etag(self) -> str:
        """Strong entity tag, quotes included."""
        return self.audio.etag

    @property
    def content_type(self) -> str:
        """Its media type."""
        return self.audio.format.content_type

    @property
    def last_modified(self) -> datetime:
        """When it was made (aware, UTC); the same on every replica."""
        return self.audio.created_at

    @property
    def file_name(self) -> str:
        """What a person would call the file, in any script and with any character: `Artist, Artist - Title.m4a`."""
        artists = ", ".join(self.audio.artists)
        title = f"{artists} - {self.audio.title}" if artists else self.audio.title
        return f"{title}.{self.audio.format.value}"

    def read(self, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`."""
        return self.opened.read(start, end)

    def close(self) -> None:
        """Lets the file go."""
        self.opened.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaElsewhere:
    """A finished file that is not on this disk, and that anybody may fetch from the bucket."""

    url: str

    def close(self) -> None:
        """Nothing is open."""


class MediaService:
    """Opens audio by its name, whatever state it is in."""

    def __init__(
        self,
        *,
        library: AudioLibrary,
        storage: AudioStorage,
        live: LiveDirectory,
        pending: Pending,
        wait_s: float = 60.0,
    ) -> None:
        self._library = library
        self._storage = storage
        self._live = live
        self._pending = pending
        self._wait_s = wait_s
        self._feeds = LiveFeeds(directory=live)

    async def open(self, name: MediaName, *, here: bool = False) -> FinishedMedia | MediaElsewhere | LiveMedia:
        """The file, finished or arriving; waits while a job is under way and nothing has arrived yet.

        A file that made room on the disk is named by its public address, or, when it has none or is wanted `here`,
        fetched back from the bucket. The name may be that of another track of the same recording. An mp3 is only ever
        given whole. Raises `MediaNotFound` when there is no file and no job for it, `MediaNotReady` when the wait took
        too long, a `StorageError` when the bucket could not be asked.
        """
        wanted, audio_format = _parse(name)
        finished = await self._finished(name, wanted, audio_format, here=here)
        if finished is not None:
            return finished
        with ExitStack() as stack:
            feed = stack.enter_context(self._feeds.follow(name))
            loop = asyncio.get_running_loop()
            end = loop.time() + self._wait_s
            while True:
                # In this order: a job that ends in between has left its file before it ended.
                under_way = await self._pending(name)
                finished = await self._finished(name, wanted, audio_format, here=here)
                if finished is not None:
                    return finished
                if not under_way:
                    raise MediaNotFound
                arriving = await self._arriving(name, audio_format, feed, min(end, loop.time() + ASK_EVERY_S))
                if arriving is not None:
                    head, descriptor = arriving
                    return LiveMedia(
                        head=head,
                        descriptor=descriptor,
                        feed=feed,
                        held=stack.pop_all(),
                        kept=partial(self._is_kept, wanted, audio_format),
                    )
                if loop.time() >= end:
                    raise MediaNotReady(retry_after_s=RETRY_AFTER_S)

    async def close(self) -> None:
        """Ends the background work."""
        await self._feeds.close()

    async def _finished(
        self, name: MediaName, wanted: SpotifyId, audio_format: AudioFormat, *, here: bool
    ) -> FinishedMedia | MediaElsewhere | None:
        audio = await self._library.by_name(name) or await self._library.by_track(wanted, audio_format)
        if audio is None:
            return None
        opened = await self._whole(audio, await self._storage.open(audio.name))
        if opened is None:
            if audio.bucket_url is not None and not here:
                return MediaElsewhere(url=audio.bucket_url)
            opened = await self._whole(audio, await self._library.fetch_back(audio))
        return None if opened is None else FinishedMedia(audio=audio, opened=opened)

    async def _whole(self, audio: StoredAudio, opened: OpenAudio | None) -> OpenAudio | None:
        """The open file if it is the one that `audio` describes."""
        if opened is None or opened.file.size_bytes == audio.size_bytes:
            return opened
        opened.close()
        # Either it is being replaced at this moment, or somebody has damaged the file.
        if await self._library.by_name(audio.name) == audio:
            logger.error("stored_file_damaged", extra={"media_name": audio.name, "size_bytes": opened.file.size_bytes})
            await self._storage.delete(audio.name)
        return None

    async def _is_kept(self, wanted: SpotifyId, audio_format: AudioFormat) -> bool:
        return await self._library.by_track(wanted, audio_format) is not None

    async def _arriving(
        self, name: MediaName, audio_format: AudioFormat, feed: LiveFeed, until: float
    ) -> tuple[LiveHead, int] | None:
        """A file with some bytes in it, open; `None` when there is none by then, or when it has left the stage."""
        loop = asyncio.get_running_loop()
        while True:
            seen = feed.head
            if seen is not None and seen.available and not audio_format.is_transcode:
                descriptor = await open_descriptor(seen.path)
                if descriptor is not None:
                    # What was opened is that generation's file only if the generation still stands afterwards.
                    current = await asyncio.to_thread(self._live.head, name)
                    if current is not None and current.generation == seen.generation:
                        return seen, descriptor
                    os.close(descriptor)
            if not await feed.change(seen, until - loop.time()):
                return None
            if seen is not None and feed.head is None:
                return None


def _parse(name: MediaName) -> tuple[SpotifyId, AudioFormat]:
    stem, _, extension = name.partition(".")
    try:
        return track_id(stem), AudioFormat(extension)
    except (InvalidTrackId, ValueError):
        raise MediaNotFound from None
