"""What is asked, in which order, and how it is cleaned."""

from __future__ import annotations

import pytest

from models.match import QueryKind, Shelf
from services.matching.queries import clean, plan_queries, split_isrc, title_query
from tests.matching.support import track


def test_the_plan() -> None:
    steps = plan_queries(track(isrc="USFZ22275105"))
    assert [(step.shelf, step.kind, step.round) for step in steps] == [
        (Shelf.SONGS, QueryKind.TITLE, 0),
        (Shelf.SONGS, QueryKind.ISRC, 0),
        (Shelf.VIDEOS, QueryKind.TITLE, 1),
        (Shelf.YOUTUBE, QueryKind.TITLE, 2),
    ]
    assert steps[0].query == "Ada Holm Northern Lights"


def test_isrc_is_asked_in_two_parts() -> None:
    assert split_isrc("USFZ22275105") == "US FZ22275105"
    assert split_isrc("US-FZ2-22-75105") == "US FZ22275105"
    assert split_isrc("nonsense") is None


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Bad (feat. Jessame)", "Ada Holm Bad"),
        ('Lose Yourself - From "8 Mile" Soundtrack', "Ada Holm Lose Yourself"),
        ("Heroes - 2017 Remaster", "Ada Holm Heroes"),
        ("Work - Lost Kings Remix", "Ada Holm Work Lost Kings Remix"),
        ("-Minus One", "Ada Holm Minus One"),
        ("Anti-Hero", "Ada Holm Anti-Hero"),
        ("(I Can't Get No) Satisfaction", "Ada Holm I Can't Get No Satisfaction"),
        ("Live Without Me", "Ada Holm Live Without Me"),
    ],
)
def test_queries_are_cleaned(name: str, query: str) -> None:
    assert title_query(track(name)) == query


def test_no_word_is_excluded_by_a_leading_dash() -> None:
    assert clean("--x -y z-w") == "x y z-w"
    assert "-" not in clean("---")


def test_another_script_is_asked_twice() -> None:
    queries = [step.query for step in plan_queries(track("Кукушка", "Полина Гагарина"))]
    assert queries[0] == "Полина Гагарина Кукушка"
    assert queries[-1].lower() == "polina gagarina kukushka"
    assert [step.query for step in plan_queries(track("紅蓮華", "LiSA", album="LEO-NiNE"))][-1] == "紅蓮華 LEO-NiNE"


def test_a_long_title_is_asked_shorter_at_last() -> None:
    steps = plan_queries(track("Work - Lost Kings Remix"))
    assert steps[-1].query == "Ada Holm Work"
    assert steps[-1].round == 3
