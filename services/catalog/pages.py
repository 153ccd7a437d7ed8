"""Paged lists: pages side by side, order kept, and the truth about what is missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from models.errors import CatalogError, CatalogMalformed, NotFoundError

logger = logging.getLogger(__name__)

T = TypeVar("T")

FetchPage = Callable[[int, int], Awaitable[dict[str, Any]]]
"""Asks for (offset, limit); gives the paging object."""

ReadRow = Callable[[int, Any], T]
"""Turns the row at a position into a value; must not raise. Called as each page arrives, others being on their way."""

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
class Listing(Generic[T]):
    """The rows of a list, read."""

    rows: list[T]
    """In the list's order; what could not be had is left out."""
    total: int
    """Rows that the list has, by its own word."""
    complete: bool


async def first_page(fetch: FetchPage, *, size: int) -> tuple[Page, int]:
    """The first page, and the page size that Spotify took: `size`, or a smaller one. Raises what `fetch` raises."""
    while True:
        try:
            return Page.parse(await fetch(0, size)), size
        except CatalogError as exc:
            if not exc.facts.get("limit_refused") or size <= _SIZES[-1]:
                raise
            size = _smaller(size)


async def read_list(fetch: FetchPage, read: ReadRow[T], *, size: int, cap: int) -> Listing[T]:
    """The whole list, from its first page on; at most `cap` rows. Raises what the first page raises."""
    first, size = await first_page(fetch, size=size)
    return await read_rest(first, fetch, read, size=size, cap=cap)


async def read_rest(first: Page, fetch: FetchPage, read: ReadRow[T], *, size: int, cap: int) -> Listing[T]:
    """The whole list when its first page is at hand; at most `cap` rows.

    What is missing is asked for in waves of pages side by side: one wave when the server keeps to `size`, more when it
    gives shorter pages or refuses the size. A page that cannot be read leaves a gap, and so do rows that never come.
    """
    reader = _Reader(first, fetch, read, size=size, cap=cap)
    for _ in range(_MAX_WAVES):
        if not await reader.wave():
            break
    return reader.listing()


class _Reader(Generic[T]):
    def __init__(self, first: Page, fetch: FetchPage, read: ReadRow[T], *, size: int, cap: int) -> None:
        self._fetch = fetch
        self._read = read
        self._size = size
        self._cap = cap
        self._rows: dict[int, T] = {}
        self._total = len(first.rows) if first.total is None else first.total
        self._cut_short = first.total is None and first.more
        self._given_up: set[int] = set()
        self._pages_left = _MAX_PAGES
        self._place(0, len(first.rows), first)

    def listing(self) -> Listing[T]:
        rows = [self._rows[position] for position in sorted(self._rows)]
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
        page = Page.parse(await self._fetch(offset, limit))
        self._place(offset, limit, page)
        return page

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
            if position < self._cap and position not in self._rows:
                self._rows[position] = self._read(position, row)
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
