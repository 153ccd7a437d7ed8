"""The error tree: stable codes, and an HTTP status for every class."""

from __future__ import annotations

from collections import Counter

import pytest

from blueprints.errors import STATUS, problem_fields
from models import errors as e


def test_every_class_has_a_status() -> None:
    assert set(e.error_classes()) == set(STATUS)


def test_codes_are_unique() -> None:
    twice = [code for code, count in Counter(cls.code for cls in e.error_classes()).items() if count > 1]
    assert twice == []


def test_every_class_says_what_happened_in_a_sentence() -> None:
    for cls in e.error_classes():
        assert cls.default_message().endswith("."), cls
        assert cls.__doc__ is not None
        assert "__doc__" in vars(cls), f"{cls} inherits its message"


def test_the_tree_in_the_docstring_names_every_class() -> None:
    drawn = e.__doc__ or ""
    assert [cls.__name__ for cls in e.error_classes() if cls.__name__ not in drawn] == []


def test_what_does_not_exist_is_404_and_what_could_not_be_learnt_never_is() -> None:
    for cls in e.error_classes():
        if issubclass(cls, e.NotFoundError | e.NoMatch):
            assert STATUS[cls] == 404
        else:
            assert STATUS[cls] != 404
        if issubclass(cls, e.CatalogError):
            assert STATUS[cls] in {502, 503, 504}


@pytest.mark.parametrize("cls", e.error_classes())
def test_a_remembered_code_becomes_the_same_error(cls: type[e.MusicError]) -> None:
    again = e.error_from_code(cls.code, "as it was", retry_after_s=3.0, stage="fetch")
    assert type(again) is cls
    assert (again.message, again.retry_after_s, again.stage) == ("as it was", 3.0, "fetch")


def test_an_unknown_code_is_a_defect_not_a_crash() -> None:
    assert type(e.error_from_code("from_a_newer_version", "?")) is e.InternalError


def test_a_problem_has_the_fields_of_rfc_9457_and_of_the_original() -> None:
    fields = problem_fields(503, code="spotify_rate_limited", detail="Wait.", retryable=True, retry_after_s=1.2)
    assert fields == {
        "type": "urn:music-dl:error:spotify_rate_limited",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "Wait.",
        "code": "spotify_rate_limited",
        "retryable": True,
        "retry_after": 2,
        "stage": None,
        "success": False,
        "message": "Wait.",
    }
