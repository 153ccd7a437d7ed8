"""Byte ranges, conditional requests and file names of downloads, by RFC 9110, 6266 and 8187; pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from anyascii import anyascii

_RANGE = re.compile(r"bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*", re.ASCII | re.IGNORECASE)
_HEADER_CHARS = 256
_FORBIDDEN = frozenset('<>:"/\\|?*')
_NAME_CHARS = 150


class Unsatisfiable(ValueError):
    """The file has no byte of the wanted range: 416."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file: from `start` up to, not including, `end`."""

    start: int
    end: int
    size: int
    """Of the whole file."""

    @property
    def length(self) -> int:
        """Bytes in the part."""
        return self.end - self.start

    @property
    def content_range(self) -> str:
        """The value of `Content-Range`."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The one range that `Range: …` asks of a file of `size` bytes; raises `Unsatisfiable`.

    `None`: answer with the whole file. That is so without the header, for what is malformed, for other units, and for
    several ranges at once, which a server may ignore (RFC 9110 §14.2).
    """
    found = _RANGE.fullmatch(header) if header and len(header) <= _HEADER_CHARS else None
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        start, end = max(0, size - int(suffix)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return ByteRange(start, end, size)


def http_date(moment: datetime) -> str:
    """The aware `moment` as HTTP writes it, in whole seconds."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def wanted_range(headers: Mapping[str, str], *, size: int, etag: str, last_modified: datetime) -> ByteRange | None:
    """`parse_range`, unless `If-Range` says that the client holds a part of another file; raises `Unsatisfiable`."""
    condition = headers.get("if-range")
    if condition is not None:
        # Strong comparison: a weak tag never matches, and a date must be the very one that was sent.
        condition = condition.strip()
        if condition not in {etag, http_date(last_modified)}:
            return None
    return parse_range(headers.get("range"), size)


def is_unchanged(headers: Mapping[str, str], *, etag: str, last_modified: datetime) -> bool:
    """Whether the client has this very file already: 304. `If-None-Match` wins over `If-Modified-Since`."""
    tags = headers.get("if-none-match")
    if tags is not None:
        held = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in held or etag in held
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    if moment.tzinfo is None:
        return False
    return last_modified.replace(microsecond=0) <= moment


def content_disposition(file_name: str, *, attachment: bool) -> str:
    """`inline` or `attachment` with a name that no file system refuses, in ASCII and in its own script."""
    kind = "attachment" if attachment else "inline"
    name = _safe(file_name)
    plain = _safe(anyascii(name)) or "audio"
    value = f'{kind}; filename="{plain}"'
    if plain != name:
        value += f"; filename*=UTF-8''{quote(name, safe='')}"
    return value


def _safe(file_name: str) -> str:
    stem, dot, extension = file_name.rpartition(".")
    if not dot:
        stem, extension = file_name, ""
    kept = "".join(
        "_" if char in _FORBIDDEN else " " if unicodedata.category(char).startswith(("C", "Z")) else char
        for char in stem
    )
    # Spaces and dots at the ends are lost or hidden on some systems.
    stem = " ".join(kept.split())[:_NAME_CHARS].strip(" .") or "audio"
    return f"{stem}.{extension}" if dot else stem
