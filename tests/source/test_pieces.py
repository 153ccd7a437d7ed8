"""How a file is shared between connections, and how many there are."""

from __future__ import annotations

import random

import pytest

from services.source.pace import LONGEST_PIECE, Pace
from services.source.pieces import SILENT_S, SMALLEST, PieceMap
from services.source.replies import RangeIgnored, Refused, ServerFault, Throttled, Unusable, check_ranged

MIB = 1024 * 1024


def ready(total: int, size: int) -> PieceMap:
    pieces = PieceMap()
    first = pieces.take(size=size, now=0.0)
    assert first is not None
    pieces.learn_total(total)
    return pieces


def test_only_one_piece_before_the_size_is_known() -> None:
    pieces = PieceMap()
    first = pieces.take(size=MIB, now=0.0)
    assert first is not None
    assert (first.start, first.end) == (0, MIB)
    assert pieces.take(size=MIB, now=0.0) is None
    pieces.learn_total(1000)
    assert first.end == 1000
    assert pieces.take(size=MIB, now=0.0) is None
    assert pieces.missing == 1000


def test_from_the_front_without_crumbs() -> None:
    pieces = ready(4 * MIB + 10, MIB)
    spans = []
    while (piece := pieces.take(size=MIB, now=0.0)) is not None:
        spans.append((piece.start, piece.end))
    assert spans == [(MIB, 2 * MIB), (2 * MIB, 3 * MIB), (3 * MIB, 4 * MIB + 10)]


def test_what_is_given_back_is_handed_out_first() -> None:
    pieces = ready(8 * MIB, MIB)
    second, third = (pieces.take(size=MIB, now=0.0) for _ in range(2))
    assert second is not None
    assert third is not None
    second.received = second.written = second.start + 100
    pieces.give_back(second)
    again = pieces.take(size=8 * MIB, now=0.0)
    assert again is not None
    assert (again.start, again.end) == (MIB + 100, 2 * MIB)


def test_the_longest_rest_is_shared_when_it_is_worth_it() -> None:
    pieces = ready(4 * MIB, 4 * MIB)
    assert not pieces.share(rate=100 * MIB, keep=2 * MIB, now=0.1)
    assert pieces.share(rate=MIB, keep=2 * MIB, now=0.1)
    taken = pieces.take(size=4 * MIB, now=0.1)
    assert taken is not None
    assert (taken.start, taken.end) == (2 * MIB, 4 * MIB)


def test_the_longest_keeps_no_more_than_any_other_piece() -> None:
    pieces = ready(4 * MIB, 4 * MIB)
    assert pieces.share(rate=MIB / 8, keep=MIB // 4, now=0.1)
    taken = pieces.take(size=MIB, now=0.1)
    assert taken is not None
    assert (taken.start, taken.end) == (MIB // 4, MIB // 4 + MIB)


def test_a_silent_connection_loses_all_of_its_rest() -> None:
    pieces = ready(SMALLEST, MIB)
    assert not pieces.share(rate=1, keep=2 * MIB, now=SILENT_S)
    assert pieces.share(rate=1, keep=2 * MIB, now=SILENT_S + 0.1)
    taken = pieces.take(size=MIB, now=3.0)
    assert taken is not None
    assert (taken.start, taken.end) == (0, SMALLEST)


def test_any_course_of_events_covers_the_file_once() -> None:
    for seed in range(200):
        dice = random.Random(seed)
        total = dice.randint(1, 3 * MIB)
        pieces, busy, now = PieceMap(), [], 0.0
        first = pieces.take(size=dice.randint(1, 2 * MIB), now=now)
        assert first is not None
        busy.append(first)
        pieces.learn_total(total)
        while not pieces.complete:
            now += dice.random()
            choice = dice.random()
            if choice < 0.3:
                if (piece := pieces.take(size=dice.randint(1, MIB), now=now)) is not None:
                    busy.append(piece)
            elif choice < 0.4:
                pieces.share(rate=dice.random() * MIB, keep=2 * MIB, now=now)
            elif busy:
                piece = dice.choice(busy)
                step = min(piece.remaining, dice.randint(1, 256 * 1024))
                piece.received += step
                piece.written = piece.received
                piece.heard_at = now
                if piece.remaining <= 0 or choice > 0.95:
                    busy.remove(piece)
                    pieces.give_back(piece)
            assert pieces.head <= pieces.done <= total, seed
        assert pieces.done == total, seed
        assert pieces.missing == 0


def test_one_connection_until_the_speed_is_known_then_as_many_as_are_worth_it() -> None:
    pace = Pace()
    assert pace.wanted(10 * MIB, 8, 0.0) == 1
    pace.add(20_000, 0.0)
    assert pace.wanted(10 * MIB, 8, 0.05) == 1
    assert pace.wanted(10 * MIB, 8, 0.11) == 8
    quick = Pace()
    quick.add(10 * MIB, 0.0)
    assert quick.wanted(10 * MIB, 8, 0.1) == 1
    assert quick.wanted(0, 8, 0.2) == 1


def test_speed_forgets() -> None:
    pace = Pace()
    pace.add(10 * MIB, 0.0)
    assert pace.rate(0.1) == pytest.approx(100 * MIB)
    for tick in range(2, 30):
        pace.rate(tick * 0.1)
    assert pace.wanted(10 * MIB, 8, 3.0) == 8


def test_pieces_suit_the_speed_and_shrink_towards_the_end() -> None:
    pace = Pace()
    pace.add(MIB // 4, 0.0)
    assert pace.piece_size(100 * MIB, 8, 0.125) == MIB // 2
    assert pace.piece_size(4 * MIB, 8, 0.125) == MIB // 4
    pace.add(1000 * MIB, 0.2)
    assert pace.piece_size(100 * MIB, 1, 0.4) == LONGEST_PIECE


def ranged(status: int = 206, content_range: str | None = "bytes 0-99/1000", total: int | None = None) -> int:
    headers = {} if content_range is None else {"Content-Range": content_range}
    return check_ranged(status, headers, start=0, end=100, total=total)


def test_ranged_answers() -> None:
    assert ranged() == 1000
    assert ranged(content_range="bytes 0-49/50") == 50
    assert ranged(content_range="bytes 0-99/*", total=777) == 777


@pytest.mark.parametrize(
    ("status", "content_range", "total", "kind"),
    [
        (200, None, None, RangeIgnored),
        (206, "bytes 0-99/*", None, RangeIgnored),
        (206, None, None, Unusable),
        (206, "bytes 1-100/1000", None, Unusable),
        (206, "bytes 0-100/1000", None, Unusable),
        (206, "bytes 0-99/1000", 1001, Unusable),
        (206, "items 0-99/1000", None, Unusable),
        (204, None, None, Unusable),
        (416, "bytes */50", None, Unusable),
        (403, None, None, Refused),
        (404, None, None, Refused),
        (410, None, None, Refused),
        (408, None, None, ServerFault),
        (500, None, None, ServerFault),
        (503, None, None, ServerFault),
        (429, None, None, Throttled),
    ],
)
def test_answers_that_are_no_use(
    status: int, content_range: str | None, total: int | None, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        ranged(status, content_range, total)


def test_the_wait_that_is_asked_for() -> None:
    with pytest.raises(Throttled) as caught:
        check_ranged(429, {"Retry-After": "86400"}, start=0, end=1, total=None)
    assert caught.value.wait_s == 86400
