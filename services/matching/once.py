"""A search that remembers its answers for the length of one job, so that deciding anew asks nothing twice."""

from __future__ import annotations

from models.match import Candidate, QueryKind, Shelf
from services.source.base import CandidateSearch


class OnceAsked:
    """Implements `CandidateSearch` over another one; failures are not remembered."""

    def __init__(self, search: CandidateSearch) -> None:
        self._search = search
        self._answers: dict[tuple[str, Shelf, QueryKind, int], list[Candidate]] = {}

    async def search(self, query: str, shelf: Shelf, kind: QueryKind, limit: int) -> list[Candidate]:
        """See `CandidateSearch.search`."""
        question = (query, shelf, kind, limit)
        if question not in self._answers:
            self._answers[question] = await self._search.search(query, shelf, kind, limit)
        return self._answers[question]
