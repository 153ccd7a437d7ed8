"""Search and extraction behind the gate: the same protocols, around any implementation of them."""

from __future__ import annotations

from models.audio import AudioFormat, MediaStream
from models.ids import VideoId
from models.match import Candidate, QueryKind, Shelf
from services.pacing.gate import YouTubeGate
from services.source.base import CandidateSearch, Extractor


class PacedSearch:
    """A `CandidateSearch` that asks the gate first."""

    def __init__(self, search: CandidateSearch, *, gate: YouTubeGate) -> None:
        self._search = search
        self._gate = gate

    async def search(self, query: str, shelf: Shelf, kind: QueryKind, limit: int) -> list[Candidate]:
        """See `CandidateSearch.search`; a `SourceBlocked` says when to come back."""
        async with self._gate.search(shelf):
            return await self._search.search(query, shelf, kind, limit)


class PacedExtractor:
    """An `Extractor` that asks the gate first, and waits for its turn."""

    def __init__(self, extractor: Extractor, *, gate: YouTubeGate) -> None:
        self._extractor = extractor
        self._gate = gate

    async def extract(self, video_id: VideoId, audio_format: AudioFormat) -> MediaStream:
        """See `Extractor.extract`; a `SourceBlocked` says when to come back."""
        async with self._gate.extraction():
            return await self._extractor.extract(video_id, audio_format)
