from __future__ import annotations

import json
from typing import Any

import pytest

from services.access.codec import BadBatch, first_moment, from_bytes
from tests.support.access import batch, encoded, record


def test_a_batch_comes_back_as_it_went() -> None:
    sent = batch(
        [record(track_id="T" * 22, aborted=True), record(path="/media/ü", kind="track", cache="hit", link="x")]
    )
    assert from_bytes(encoded(sent)) == sent


def test_an_operator_can_read_it() -> None:
    body = json.loads(encoded(batch([record(ip="192.0.2.1")], "b1")))
    assert body["id"] == "b1"
    assert dict(zip(body["fields"], body["records"][0], strict=True))["ip"] == "192.0.2.1"


def test_what_is_no_text_does_not_spoil_the_batch() -> None:
    # Header bytes beyond UTF-8 reach us as lone surrogates.
    (got,) = from_bytes(encoded(batch([record(user_agent="cur\udce9l")]))).records
    assert got.user_agent == "cur?l"


def test_fields_of_a_newer_version_are_ignored() -> None:
    body = json.loads(encoded(batch([record()])))
    body["fields"].append("caller")
    body["records"][0].append("somebody")
    assert from_bytes(json.dumps(body).encode()).records[0].method == "GET"


def test_fields_that_an_older_version_lacks_take_their_defaults() -> None:
    body = json.loads(encoded(batch([record(track_id="T" * 22)])))
    at = body["fields"].index("track_id")
    body["fields"].pop(at)
    body["records"][0].pop(at)
    assert from_bytes(json.dumps(body).encode()).records[0].track_id is None


def _changed(field: str, value: Any) -> bytes:
    body = json.loads(encoded(batch([record()])))
    body["records"][0][body["fields"].index(field)] = value
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b"{}",
        b"[" * 100_000,
        b'{"id": "b", "fields": [], "records": []}',
        b'{"id": "../b", "fields": ["ts"], "records": []}',
        b'{"id": 7, "fields": ["ts"], "records": []}',
        _changed("ts", "now"),
        _changed("ts", -1),
        _changed("ts", 1e300),
        _changed("ip", None),
        _changed("status", True),
        _changed("status", 200.5),
        _changed("track_id", 7),
        _changed("aborted", "no"),
        encoded(batch([record()])).replace(b'"GET",', b""),
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadBatch):
        from_bytes(body)


def test_the_first_moment_is_found_without_reading_the_batch() -> None:
    moment = 1795334400.125
    assert first_moment(encoded(batch([record(ts=moment), record(ts=moment + 1)]))) == moment
    assert first_moment(encoded(batch([record(ts=moment, user_agent="\udcff")]))) == moment
    assert first_moment(encoded(batch([]))) is None
    assert first_moment(b'{"half a batch') is None
