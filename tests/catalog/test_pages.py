"""The page reader against servers that keep to no rule: it ends, keeps the order, and tells the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from models.errors import CatalogFailed, CatalogMalformed, CatalogUnreachable
from services.catalog.pages import Listing, Page, read_list


class Server:
    """Gives pages of the numbers 0, 1, 2, …; `spoil` changes what it says."""

    def __init__(self, total: int, *, most: int = 100, spoil: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.total, self.most, self.spoil = total, most, spoil
        self.asked: list[tuple[int, int]] = []

    async def __call__(self, offset: int, limit: int) -> dict[str, Any]:
        self.asked.append((offset, limit))
        served = min(limit, self.most)
        rows = list(range(offset, min(offset + served, self.total)))
        page = {"items": rows, "offset": offset, "limit": served, "total": self.total}
        page["next"] = "more" if offset + served < self.total else None
        if self.spoil is not None:
            self.spoil(page)
        return page


def positions(listing: Listing[int]) -> list[int]:
    return listing.rows


def checked(position: int, row: Any) -> int:
    assert position == row
    return position


@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 1234])
@pytest.mark.parametrize("most", [100, 50, 30, 7])
async def test_all_rows_whatever_the_page_size(total: int, most: int) -> None:
    listing = await read_list(Server(total, most=most), checked, size=100, cap=10_000)
    assert positions(listing) == list(range(total))
    assert (listing.total, listing.complete) == (total, True)


async def test_as_few_pages_as_possible() -> None:
    server = Server(1234)
    await read_list(server, checked, size=100, cap=10_000)
    assert server.asked == [(offset, 100 if offset < 1200 else 34 if offset else 100) for offset in range(0, 1234, 100)]


async def test_a_refused_size_is_lowered() -> None:
    class Strict(Server):
        async def __call__(self, offset: int, limit: int) -> dict[str, Any]:
            if limit > 10:
                self.asked.append((offset, limit))
                raise CatalogFailed(limit_refused=True)
            return await super().__call__(offset, limit)

    server = Strict(35)
    listing = await read_list(server, checked, size=50, cap=10_000)
    assert positions(listing) == list(range(35))
    assert [limit for _, limit in server.asked] == [50, 20, 10, 10, 10, 5]


async def test_a_size_that_is_refused_only_later_is_lowered_too() -> None:
    class StrictLater(Server):
        async def __call__(self, offset: int, limit: int) -> dict[str, Any]:
            if offset and limit > 20:
                raise CatalogFailed(limit_refused=True)
            return await super().__call__(offset, limit)

    listing = await read_list(StrictLater(250), checked, size=100, cap=10_000)
    assert positions(listing) == list(range(250))
    assert listing.complete


async def test_a_size_that_is_always_refused_is_an_error() -> None:
    async def never(offset: int, limit: int) -> dict[str, Any]:
        raise CatalogFailed(limit_refused=True)

    with pytest.raises(CatalogFailed):
        await read_list(never, checked, size=100, cap=10)


def _no_offset(page: dict[str, Any]) -> None:
    count = len(page["items"])
    page.update(items=list(range(count)), offset=0)


def _empty_later(page: dict[str, Any]) -> None:
    if page["offset"]:
        page["items"] = []


def _growing(page: dict[str, Any]) -> None:
    page["total"] = page["offset"] + 10_000


def _one_row_less(page: dict[str, Any]) -> None:
    page["items"] = page["items"][:-1] or page["items"]


@pytest.mark.parametrize("spoil", [_no_offset, _empty_later, _growing])
async def test_servers_that_never_finish_do_not_hold_us(spoil: Callable[[dict[str, Any]], None]) -> None:
    server = Server(300, spoil=spoil)
    listing = await read_list(server, checked, size=100, cap=5000)
    assert listing.complete is False
    assert len(server.asked) <= 500
    assert positions(listing) == sorted(set(positions(listing)))


async def test_short_pages_are_completed() -> None:
    listing = await read_list(Server(300, spoil=_one_row_less), checked, size=100, cap=5000)
    assert positions(listing) == list(range(300))
    assert listing.complete is True


async def test_a_server_of_single_rows_is_given_up_in_time() -> None:
    server = Server(5000, most=1)
    listing = await read_list(server, checked, size=100, cap=10_000)
    assert len(server.asked) <= 501
    assert (listing.total, listing.complete) == (5000, False)


async def test_a_list_that_shrinks_while_it_is_read() -> None:
    def shrink(page: dict[str, Any]) -> None:
        if page["offset"]:
            page["items"] = [row for row in page["items"] if row < 240]
            page["total"] = 240

    listing = await read_list(Server(300, spoil=shrink), checked, size=100, cap=5000)
    assert positions(listing) == list(range(240))
    assert (listing.total, listing.complete) == (240, True)


async def test_a_list_that_grows_while_it_is_read() -> None:
    server = Server(300)

    def grow(page: dict[str, Any]) -> None:
        if page["offset"]:
            page["total"] = server.total = 320

    server.spoil = grow
    listing = await read_list(server, checked, size=100, cap=5000)
    assert positions(listing) == list(range(320))
    assert listing.complete is True


@pytest.mark.parametrize("total", [None, -1, "12", True, 1.5])
@pytest.mark.parametrize(("more", "complete"), [(None, True), ("https://next", False)])
async def test_a_list_that_does_not_say_its_length(total: Any, more: str | None, complete: bool) -> None:
    listing = await read_list(
        Server(5, spoil=lambda page: page.update(total=total, next=more)), checked, size=100, cap=5000
    )
    assert positions(listing) == list(range(5))
    assert listing.complete is complete


async def test_the_cap_bounds_rows_and_requests() -> None:
    server = Server(10_000)
    listing = await read_list(server, checked, size=100, cap=250)
    assert positions(listing) == list(range(250))
    assert (listing.total, listing.complete) == (10_000, False)
    assert len(server.asked) == 3


async def test_an_unreadable_page_is_a_gap_and_not_asked_again() -> None:
    class Spotty(Server):
        async def __call__(self, offset: int, limit: int) -> dict[str, Any]:
            page = await super().__call__(offset, limit)
            if offset == 100:
                raise CatalogUnreachable
            return page

    server = Spotty(300)
    listing = await read_list(server, checked, size=100, cap=5000)
    assert positions(listing) == [*range(100), *range(200, 300)]
    assert listing.complete is False
    assert len(server.asked) == 3


async def test_a_defect_of_ours_is_not_a_gap() -> None:
    async def defect(offset: int, limit: int) -> dict[str, Any]:
        if offset:
            raise ZeroDivisionError
        return {"items": [0], "total": 2}

    with pytest.raises(ZeroDivisionError):
        await read_list(defect, checked, size=1, cap=10)


@pytest.mark.parametrize("raw", [None, 7, [], {}, {"items": None}, {"items": {}}])
def test_a_page_without_rows_is_malformed(raw: Any) -> None:
    with pytest.raises(CatalogMalformed):
        Page.parse(raw)
