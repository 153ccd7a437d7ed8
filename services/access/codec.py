"""Batches as bytes: JSON with the fields named once, so that an operator can read the queue.

{"id": "9f…", "fields": ["ts", "ip", …], "records": [[1795334400.1, "192.0.2.1", …], …]}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson
import ujson

from models.access import AccessBatch, AccessRecord, AccessRow

MAX_RECORDS = 100_000
_FIELDS = AccessRecord._fields
_FIRST_MOMENT = re.compile(rb'"records": ?\[\[(\d{1,11}(?:\.\d{1,20})?),')
_REQUIRED = frozenset(_FIELDS) - frozenset(AccessRecord._field_defaults)
_KINDS: dict[str, type | tuple[type, ...]] = {
    "ts": (int, float),
    "ip": str,
    "method": str,
    "path": str,
    "route": str,
    "status": int,
    "duration_ms": (int, float),
    "bytes": int,
    "user_agent": str,
    "track_id": (str, type(None)),
    "link": (str, type(None)),
    "kind": (str, type(None)),
    "cache": (str, type(None)),
    "aborted": bool,
    "key_name": (str, type(None)),
}


class BadBatch(Exception):
    """These bytes are no batch of access records; `str()` says why."""


def to_bytes(batch_id: str, rows: Sequence[AccessRow]) -> bytes:
    """A batch as it travels."""
    body = {"id": batch_id, "fields": _FIELDS, "records": rows}
    try:
        return orjson.dumps(body)
    except TypeError:
        # Header bytes that are no UTF-8 have come as lone surrogates: ujson lets them pass.
        return _with_replacements(body)


def _with_replacements(body: dict[str, Any]) -> bytes:
    return ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False).encode("utf-8", "replace")


def first_moment(body: bytes) -> float | None:
    """The `ts` of a batch's first record, found without reading all of it; `None` when it is not where it should be."""
    found = _FIRST_MOMENT.search(body)
    return None if found is None else float(found[1])


def from_bytes(body: bytes) -> AccessBatch:
    """The batch that `to_bytes` wrote; fields of a newer version are ignored. Raises `BadBatch`."""
    try:
        message = ujson.loads(body)
    except (ValueError, RecursionError) as exc:
        raise BadBatch(f"not JSON: {exc}") from exc
    if not isinstance(message, dict):
        raise BadBatch("not an object")
    batch_id, fields, rows = message.get("id"), message.get("fields"), message.get("records")
    if not isinstance(batch_id, str) or not 0 < len(batch_id) <= 64 or not batch_id.isalnum():
        raise BadBatch("no id")
    if not isinstance(fields, list) or not isinstance(rows, list) or len(rows) > MAX_RECORDS:
        raise BadBatch("no fields or no records")
    if not set(map(str, fields)) >= _REQUIRED:
        raise BadBatch("fields are missing")
    return AccessBatch(id=batch_id, records=tuple(_record(fields, row) for row in rows))


def _record(fields: list[Any], row: Any) -> AccessRecord:
    if not isinstance(row, list) or len(row) != len(fields):
        raise BadBatch("a record does not fit the fields")
    values = {name: value for name, value in zip(fields, row, strict=True) if name in _KINDS}
    for name, value in values.items():
        if not isinstance(value, _KINDS[name]) or (isinstance(value, bool) and name != "aborted"):
            raise BadBatch(f"`{name}` is of the wrong type")
    if not 0 < values["ts"] < 1e11:
        raise BadBatch("`ts` is no moment")
    return AccessRecord(**values)
