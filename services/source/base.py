"""The source seam: search for candidates, extract a media address, fetch the bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.audio import AudioFormat, MediaStream
from models.ids import VideoId
from models.match import Candidate, QueryKind, Shelf


@dataclass(frozen=True, slots=True)
class FetchState:
    """How far a transfer is, in bytes."""

    done: int
    """Bytes that lie on disk, wherever in the file."""
    head: int
    """Bytes that lie on disk without a gap from the start: what a listener may be sent."""
    total: int | None


FetchProgress = Callable[[FetchState], None]
"""Called in the event loop whenever bytes were written, at most some fifty times a second; it must return at once."""


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
        provided the fresh stream has the same size and codec. The file's head is fetched first, so that listeners can
        follow. When it raises or is cancelled, all connections are closed and the file is left for the caller to
        remove.
        Raises `MediaRefused`, `MediaInterrupted`, `SourceTimeout`, `SourceUnreachable`, `SourceFailed`,
        `SourceRateLimited`, `DiskFull`, `StorageFailed`.
        """
        ...
