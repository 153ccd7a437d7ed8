"""Paged lists: pages side by side, order kept, and the truth about what is missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from models.errors import CatalogError, CatalogMalformed, NotFoundError

logger = logging.getLogger(__name__)

FetchPage = Callable[[int, int], Awaitable[dict[str, Any]]]
"""Asks for (offset, limit); gives the paging object."""

_SIZES = (100, 50, 20, 10)
"""Page sizes to go down to when Spotify refuses a larger one."""
_MAX_WAVES = 8
_MAX_PAGES = 500


@dataclass(frozen=True, slots=True)
class Page:
    """One paging object, as far as it can be believed."""

    rows: list[Any]
    offset: int | None
    limit: int | None
    total: int | None
    more: bool

    @classmethod
    def parse(cls, raw: Any) -> Page:
        """Reads a paging object; raises `CatalogMalformed` when it holds no list of rows."""
        rows = raw.get("items") if isinstance(raw, dict) else None
        if not isinstance(rows, list):
            raise CatalogMalformed(why="a page without rows")
        return cls(
            rows, _count(raw.get("offset")), _count(raw.get("limit")), _count(raw.get("total")), bool(raw.get("next"))
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a list with their positions."""

    rows: list[tuple[int, Any]]
    """In the list's order; a position that could not be read is left out."""
    total: int
    """Rows that the list has, by its own word."""
    complete: bool


async def read_list(fetch: FetchPage, *, size: int, cap: int) -> Listing:
    """The whole list, from its first page on; at most `cap` rows. Raises what the first page raises."""
    while True:
        try:
            first = Page.parse(await fetch(0, size))
        except CatalogError as exc:
            if not exc.facts.get("limit_refused") or size <= _SIZES[-1]:
                raise
            size = _smaller(size)
        else:
            return await read_rest(first, fetch, size=size, cap=cap)


async def read_rest(first: Page, fetch: FetchPage, *, size: int, cap: int) -> Listing:
    """The whole list when its first page is at hand; at most `cap` rows.

    What is missing is asked for in waves of pages side by side: one wave when the server keeps to `size`, more when it
    gives shorter pages or refuses the size. A page that cannot be read leaves a gap, and so do rows that never come.
    """
    reader = _Reader(first, fetch, size=size, cap=cap)
    for _ in range(_MAX_WAVES):
        if not await reader.wave():
            break
    return reader.listing()


class _Reader:
    def __init__(self, first: Page, fetch: FetchPage, *, size: int, cap: int) -> None:
        self._fetch = fetch
        self._size = size
        self._cap = cap
        self._rows: dict[int, Any] = dict(enumerate(first.rows))
        self._total = len(first.rows) if first.total is None else first.total
        self._cut_short = first.total is None and first.more
        self._given_up: set[int] = set()
        self._pages_left = _MAX_PAGES

    def listing(self) -> Listing:
        rows = sorted((position, row) for position, row in self._rows.items() if position < self._cap)
        complete = not self._cut_short and len(rows) >= self._total
        return Listing(rows, max(self._total, len(rows)), complete)

    async def wave(self) -> bool:
        """Asks for all that is missing; whether another wave may help."""
        asked = self._missing()[: self._pages_left]
        if not asked:
            return False
        self._pages_left -= len(asked)
        answers = await asyncio.gather(*(self._page(*span) for span in asked), return_exceptions=True)
        size = self._size
        for (offset, limit), answer in zip(asked, answers, strict=True):
            if isinstance(answer, Page):
                self._place(offset, limit, answer)
                size = min(size, self._served(offset, limit, answer))
            elif isinstance(answer, CatalogError) and answer.facts.get("limit_refused") and limit > _SIZES[-1]:
                size = min(size, _smaller(limit))
            elif isinstance(answer, (CatalogError, NotFoundError)):
                logger.warning("spotify_page_missing", extra={"offset": offset, "limit": limit, "code": answer.code})
                self._given_up.update(range(offset, offset + limit))
            else:
                raise answer
        self._size = size
        return True

    async def _page(self, offset: int, limit: int) -> Page:
        return Page.parse(await self._fetch(offset, limit))

    def _missing(self) -> list[tuple[int, int]]:
        """(offset, limit) of the pages that would fill the gaps."""
        spans: list[tuple[int, int]] = []
        start: int | None = None
        end = min(self._total, self._cap)
        for position in range(end + 1):
            wanted = position < end and position not in self._rows and position not in self._given_up
            if start is not None and (not wanted or position - start == self._size):
                spans.append((start, position - start))
                start = None
            if wanted and start is None:
                start = position
        return spans

    def _place(self, offset: int, limit: int, page: Page) -> None:
        before = len(self._rows)
        start = offset if page.offset is None else page.offset
        for position, row in enumerate(page.rows, start):
            self._rows.setdefault(position, row)
        if page.total is not None:
            # The list may have changed since its first page.
            self._total = page.total
        if len(self._rows) == before:
            # Empty, or rows that are known already: asking again would go in circles.
            self._given_up.update(range(offset, offset + limit))

    def _served(self, offset: int, limit: int, page: Page) -> int:
        """How many rows a page of this server has."""
        if len(page.rows) >= limit or not page.rows or offset + len(page.rows) >= self._total:
            return self._size
        return page.limit if page.limit and page.limit < limit else len(page.rows)


def _smaller(size: int) -> int:
    return next(smaller for smaller in _SIZES if smaller < size)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
