"""RFC 9110's table of ranges and conditions; names of downloads."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from blueprints.byte_ranges import (
    ByteRange,
    Unsatisfiable,
    content_disposition,
    http_date,
    is_unchanged,
    parse_range,
    wanted_range,
)

SIZE = 1000
ETAG = '"0123456789abcdef"'
MADE = datetime(2026, 5, 4, 3, 2, 1, 999_000, tzinfo=UTC)
MADE_TEXT = "Mon, 04 May 2026 03:02:01 GMT"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-", (0, 1000)),
        ("bytes=0-0", (0, 1)),
        ("bytes=0-499", (0, 500)),
        ("bytes=500-", (500, 1000)),
        ("bytes=999-", (999, 1000)),
        ("bytes=0-999", (0, 1000)),
        ("bytes=0-1000", (0, 1000)),
        ("bytes=900-99999999999999999999999999", (900, 1000)),
        ("bytes=-1", (999, 1000)),
        ("bytes=-1000", (0, 1000)),
        ("bytes=-99999999999999999999", (0, 1000)),
        ("Bytes=1-2", (1, 3)),
        ("bytes= 1-2 ", (1, 3)),
        ("bytes=1000-", Unsatisfiable),
        ("bytes=1000-1001", Unsatisfiable),
        ("bytes=99999999999999999999-", Unsatisfiable),
        ("bytes=-0", Unsatisfiable),
        # malformed, other units, several at once: the whole file
        ("bytes=2-1", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=1", None),
        ("bytes=--5", None),
        ("bytes=+1-2", None),
        ("bytes=1 - 2", None),
        ("bytes=٣-٤", None),
        ("items=0-1", None),
        ("bytes=0-1,5-6", None),
        ("bytes=0-1, -1", None),
        ("bytes=" + "1" * 10_000 + "-", None),
    ],
)
def test_ranges(header: str | None, expected: tuple[int, int] | type[Unsatisfiable] | None) -> None:
    if expected is Unsatisfiable:
        with pytest.raises(Unsatisfiable):
            parse_range(header, SIZE)
    elif expected is None:
        assert parse_range(header, SIZE) is None
    else:
        assert parse_range(header, SIZE) == ByteRange(*expected, SIZE)


def test_content_range_counts_from_zero_to_the_last() -> None:
    part = ByteRange(10, 20, 100)
    assert (part.length, part.content_range) == (10, "bytes 10-19/100")


@pytest.mark.parametrize(
    ("condition", "partial"),
    [
        (ETAG, True),
        (f" {ETAG} ", True),
        (MADE_TEXT, True),
        ('"another"', False),
        (f"W/{ETAG}", False),
        ("Mon, 04 May 2026 03:02:02 GMT", False),
        ("Mon, 04 May 2026 03:02:00 GMT", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_if_range(condition: str, partial: bool) -> None:
    headers = {"range": "bytes=0-9", "if-range": condition}
    part = wanted_range(headers, size=SIZE, etag=ETAG, last_modified=MADE)
    assert (part is not None) == partial


def test_a_part_of_another_file_is_not_even_out_of_range() -> None:
    headers = {"range": "bytes=5000-", "if-range": '"old"'}
    assert wanted_range(headers, size=SIZE, etag=ETAG, last_modified=MADE) is None


@pytest.mark.parametrize(
    ("headers", "unchanged"),
    [
        ({}, False),
        ({"if-none-match": ETAG}, True),
        ({"if-none-match": f"W/{ETAG}"}, True),
        ({"if-none-match": f'"x", {ETAG}'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"x"'}, False),
        ({"if-none-match": ""}, False),
        ({"if-modified-since": MADE_TEXT}, True),
        ({"if-modified-since": "Tue, 05 May 2026 00:00:00 GMT"}, True),
        ({"if-modified-since": "Mon, 04 May 2026 03:02:00 GMT"}, False),
        ({"if-modified-since": "nonsense"}, False),
        ({"if-modified-since": "Mon, 04 May 2026 03:02:01 -0000"}, False),
        ({"if-modified-since": "Fri, 31 Dec 9999 23:59:59 GMT"}, True),
        # the tag has the last word
        ({"if-none-match": '"x"', "if-modified-since": MADE_TEXT}, False),
        ({"if-none-match": ETAG, "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"}, True),
    ],
)
def test_unchanged(headers: dict[str, str], unchanged: bool) -> None:
    assert is_unchanged(headers, etag=ETAG, last_modified=MADE) == unchanged


def test_date() -> None:
    assert http_date(MADE) == MADE_TEXT


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("Artist - Title.m4a", "Artist - Title.m4a", None),
        ("Sigur Rós - Sæglópur.opus", "Sigur Ros - Saeglopur.opus", "Sigur Rós - Sæglópur.opus"),
        ('AC/DC - "Back\\Black"?.mp3', "AC_DC - _Back_Black__.mp3", None),
        ("a\r\nSet-Cookie: x=1.m4a", "a Set-Cookie_ x=1.m4a", None),
        ("../../etc/passwd.m4a", "_.._etc_passwd.m4a", None),
        (" . .m4a", "audio.m4a", None),
        (".m4a", "audio.m4a", None),
        ("x" * 500 + ".m4a", "x" * 150 + ".m4a", None),
        ("a\u202eb\ud800c.m4a", "a b c.m4a", None),
        ("100% ; filename=x.m4a", "100% ; filename=x.m4a", None),
    ],
)
def test_file_names(name: str, plain: str, full: str | None) -> None:
    value = content_disposition(name, attachment=True)
    assert value.isascii()
    assert "\r" not in value
    assert "\n" not in value
    quoted, _, extended = value.removeprefix("attachment; ").partition("; filename*=UTF-8''")
    assert quoted == f'filename="{plain}"'
    assert (unquote(extended) or None) == full


def test_every_script_has_a_fallback() -> None:
    value = content_disposition("椎名林檎 - 丸の内サディスティック.m4a", attachment=False)
    assert value.startswith('inline; filename="')
    fallback = value.split('"')[1]
    assert fallback.isascii()
    assert len(fallback) > 10
    assert unquote(value.partition("UTF-8''")[2]) == "椎名林檎 - 丸の内サディスティック.m4a"
