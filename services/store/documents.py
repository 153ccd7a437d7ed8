"""Frozen values ↔ documents: the same field names, enumerations as text, dates in the
milliseconds that MongoDB keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from services.store.mongo import Document

IDS_PER_QUERY = 1000

ValueT = TypeVar("ValueT")
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """This moment (aware, UTC)."""
    return datetime.now(UTC)


def to_ms(moment: datetime) -> datetime:
    """The moment in whole milliseconds, rounded down."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def plain(value: Any) -> Any:
    """The value as a document holds it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return to_ms(value)
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def without_blanks(value: Any) -> Any:
    """The value without the fields that hold nothing (`None`, empty lists), at every depth."""
    if isinstance(value, dict):
        kept = ((key, without_blanks(item)) for key, item in value.items())
        return {key: item for key, item in kept if item is not None and item != []}
    if isinstance(value, list | tuple):
        return [without_blanks(item) for item in value]
    return value.value if isinstance(value, Enum) else value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def parsed(kind: type[ValueT], document: Document) -> ValueT:
    """The value that a document holds; fields it does not know are ignored. Raises `ValueError` if it does not fit."""
    value: ValueT = _adapter(cast(Any, kind)).validate_python(document)
    return value


def slices(ids: Sequence[ValueT]) -> Iterator[list[ValueT]]:
    """The ids in lists of `IDS_PER_QUERY`, for `$in`."""
    for start in range(0, len(ids), IDS_PER_QUERY):
        yield list(ids[start : start + IDS_PER_QUERY])
