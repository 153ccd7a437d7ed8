"""Aggregations of the embedded server, mended: what neosqlite 1.17.2 would answer wrongly is worked out in Python.

It translates pipelines into SQL, and so compares dates as text with something else (every document fits), forms one
group where the key has several fields, leaves a group's date as text, and sums up nothing to null. Here only pipelines
of the plain kind that it gets right take that way: conditions on text and numbers, groups by one field, sums. All
others read the documents of their first `$match` by an ordinary find, which is right and uses the indexes, and go on
from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from neosqlite.collection.datetime_utils import is_datetime_value
from neosqlite.collection.expr_evaluator import ExprEvaluator, _is_expression
from neosqlite.collection.json_helpers import neosqlite_json_loads
from neosqlite.collection.query_engine import QueryEngine
from neosqlite.collection.query_engine.python_aggregation_engine import execute_python_aggregation
from neosqlite.collection.query_helper import QueryHelper

Document = dict[str, Any]
_COMPARISONS = frozenset({"$eq", "$gt", "$gte", "$lt", "$lte"})
_DATE = '{"$date"'
_KEY = "group key"
"""Stands beside a document's own fields while it is grouped; none of them has a blank in it."""


class _Found:
    """Stands for the query engine, with the documents that fit a condition instead of all."""

    def __init__(self, engine: QueryEngine, condition: Document) -> None:
        self._engine = engine
        self._condition = condition

    def find(self, *_: Any, **options: Any) -> Iterator[Document]:
        return iter(self._engine.find(self._condition, **options))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def repair_aggregation() -> None:
    """Puts this module's way before the library's."""
    in_sql = QueryEngine.aggregate_with_constraints

    def aggregate(self: QueryEngine, pipeline: list[Document], *_: Any, session: Any = None, **__: Any) -> Any:
        pipeline = list(_without_shorthand(pipeline))
        if not _is_plain(pipeline):
            first = pipeline[0].get("$match") if pipeline else None
            if isinstance(first, dict) and "$expr" not in first:
                return execute_python_aggregation(_Found(self, first), pipeline[1:], session)  # type: ignore[arg-type]
            return execute_python_aggregation(self, pipeline, session)
        return [_completed(document) for document in in_sql(self, pipeline, session=session)]

    group = QueryHelper._process_group_stage

    def by_several_fields(self: QueryHelper, spec: Document, documents: list[Document]) -> list[Document]:
        key = spec.get("_id")
        if not isinstance(key, dict) or not key or _is_expression(key):
            return group(self, spec, documents)
        evaluator = ExprEvaluator(data_column="data", db_connection=self.collection.db)

        def part(expression: Any, document: Document) -> Any:
            if _is_expression(expression):
                return evaluator._evaluate_expr_python(expression, document)
            return self.collection._get_val(document, expression) if _is_field(expression) else expression

        keyed = [{**each, _KEY: {name: part(value, each) for name, value in key.items()}} for each in documents]
        return group(self, {**spec, "_id": f"${_KEY}"}, keyed)

    QueryEngine.aggregate_with_constraints = aggregate  # type: ignore[method-assign]
    QueryHelper._process_group_stage = by_several_fields  # type: ignore[method-assign,assignment]


def _without_shorthand(pipeline: Sequence[Document]) -> Iterator[Document]:
    for stage in pipeline:
        if "$sortByCount" in stage:
            yield {"$group": {"_id": stage["$sortByCount"], "count": {"$sum": 1}}}
            yield {"$sort": {"count": -1}}
        else:
            yield stage


def _is_plain(pipeline: Sequence[Document]) -> bool:
    """`[$match,] $group [, $sort] [, $limit]`, each of the simplest kind."""
    stages = [(name, spec) for stage in pipeline for name, spec in stage.items()]
    if stages and stages[0][0] == "$match":
        if not isinstance(stages[0][1], dict) or not all(_is_plain_test(*test) for test in stages[0][1].items()):
            return False
        stages = stages[1:]
    if not stages or stages[0][0] != "$group" or not _is_plain_group(stages[0][1]):
        return False
    return [name for name, _ in stages[1:]] in ([], ["$sort"], ["$limit"], ["$sort", "$limit"])


def _is_plain_test(field: str, value: Any) -> bool:
    if field.startswith("$"):
        return False
    if isinstance(value, dict):
        return bool(value) and all(name in _COMPARISONS and _is_plain_value(each) for name, each in value.items())
    return _is_plain_value(value)


def _is_plain_value(value: Any) -> bool:
    if isinstance(value, str):
        return not is_datetime_value(value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_plain_group(spec: Any) -> bool:
    key = spec.get("_id")
    if key is not None and not _is_field(key):
        return False
    sums = [value for name, value in spec.items() if name != "_id"]
    return all(
        isinstance(value, dict) and list(value) == ["$sum"] and (value["$sum"] == 1 or _is_field(value["$sum"]))
        for value in sums
    )


def _is_field(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("$") and not value.startswith("$$")


def _completed(row: Document) -> Document:
    """A group's date as a date, and sums over what no document has as 0."""
    key = row["_id"]
    if isinstance(key, str) and key.startswith(_DATE):
        key = neosqlite_json_loads(key)
    return {name: 0 if value is None else value for name, value in row.items()} | {"_id": key}
