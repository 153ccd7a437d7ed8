"""Searches YouTube Music through ytmusicapi and YouTube through yt-dlp, in child processes."""

from __future__ import annotations

from models.match import Candidate, QueryKind, Shelf
from models.settings import Settings
from services.source.candidates import clean_query, from_music, from_youtube
from services.source.classify import LibraryError, search_error, source_error
from services.source.pool import ChildPool

STAGE = "search"


class YouTubeSearch:
    """A `CandidateSearch` over all three shelves."""

    def __init__(self, *, pool: ChildPool, settings: Settings) -> None:
        self._pool = pool
        self._timeout_s = settings.search_timeout_ms / 1000

    async def search(self, query: str, shelf: Shelf, kind: QueryKind, limit: int) -> list[Candidate]:
        """See `CandidateSearch.search`."""
        words = clean_query(query)
        try:
            if shelf is Shelf.YOUTUBE:
                answer = await self._pool.ask(
                    "youtube", stage=STAGE, timeout_s=self._timeout_s, query=words, limit=limit
                )
                return from_youtube(answer.value, kind)
            answer = await self._pool.ask(
                "music", stage=STAGE, timeout_s=self._timeout_s, query=words, shelf=shelf.value, limit=limit
            )
            return from_music(answer.value, shelf, kind)
        except LibraryError as exc:
            raise source_error(
                search_error(exc.trouble), exc.trouble, stage=STAGE, query=words, shelf=shelf.value
            ) from exc
