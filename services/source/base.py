"""The source seam: search for candidates, extract a media address, fetch the bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from models.audio import AudioFormat, MediaStream
from models.ids import VideoId
from models.match import Candidate, QueryKind, Shelf

FetchProgress = Callable[[int, int | None], None]
"""Called in the event loop with (bytes of the file that lie on disk, total bytes or `None`)."""


class CandidateSearch(Protocol):
    """Asks one shelf one question."""

    async def search(self, query: str, shelf: Shelf, kind: QueryKind, limit: int) -> list[Candidate]:
        """At most `limit` candidates in the shelf's own order; empty when the shelf answered and had none.

        Raises a `SourceError` (`SourceUnreachable`, `SourceTimeout`, `SourceRateLimited`, `BotCheck`, `SourceFailed`)
        with stage `search` when it could not be learnt.
        """
        ...


class Extractor(Protocol):
    """Turns a video id into a media address."""

    async def extract(self, video_id: VideoId, audio_format: AudioFormat) -> MediaStream:
        """The best audio stream that serves `audio_format` (any codec for mp3).

        Raises a `VideoError` when another video may do, a `SourceBlocked` when none will, else another `SourceError`.
        Cancelling the call kills the work behind it.
        """
        ...


class MediaFetcher(Protocol):
    """Gets a stream's bytes into a file."""

    async def fetch(
        self,
        stream: MediaStream,
        target: Path,
        *,
        renew: Callable[[], Awaitable[MediaStream]],
        on_progress: FetchProgress | None = None,
    ) -> int:
        """Writes the whole stream to `target` and returns its size in bytes.

        Several ranged connections side by side; each resumes after a reset, a stall or a short body. When the address
        is refused or expired, `renew` is awaited once for a fresh one (it may raise) and what has arrived is kept,
        provided the fresh stream has the same size and codec. While bytes arrive, `target`'s contiguous head is
        announced through `services.source.live`, so that listeners can follow.
        Raises `MediaRefused`, `MediaInterrupted`, `SourceTimeout`, `SourceUnreachable`, `DiskFull`, `StorageFailed`.
        """
        ...
