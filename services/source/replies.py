"""What a media server's answer to a ranged request means. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

DEFAULT_WAIT_S = 1.0
_CONTENT_RANGE = re.compile(r"bytes\s+(\d+)-(\d+)/(\d+|\*)", re.IGNORECASE)


class Refused(Exception):
    """The address is not, or no longer, served: expired, or bound to another client."""


class Throttled(Exception):
    """Too many requests; `wait_s` seconds are asked for."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"asked to wait {wait_s:g} s")


class RangeIgnored(Exception):
    """The server sends the whole file whatever range is asked for."""


class Unusable(Exception):
    """The answer is not the one to this request; asking again gives the same."""


class ServerFault(Exception):
    """A fault of the server, which may pass."""


class ShortBody(Exception):
    """The body ended early."""


def check_ranged(status: int, headers: Mapping[str, str], *, start: int, end: int, total: int | None) -> int:
    """The file's size according to an answer that serves `start` to `end` (exclusive) or less of it.

    `total` is the size known before, `end` may lie beyond it. Raises one of the exceptions above.
    """
    check_status(status, headers)
    if status == 200:
        raise RangeIgnored
    found = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
    if status != 206 or found is None:
        raise Unusable(f"status {status}, Content-Range {headers.get('Content-Range')!r}")
    first, last = int(found[1]), int(found[2])
    if found[3] == "*":
        if total is None:
            # Without a size there is nothing to share between connections.
            raise RangeIgnored
        size = total
    else:
        size = int(found[3])
    if first != start or not first <= last < min(end, size):
        raise Unusable(f"asked for {start}-{end - 1}, given {found[0]}")
    if total is not None and size != total:
        raise Unusable(f"the size was {total} and is {size}")
    return size


def check_status(status: int, headers: Mapping[str, str]) -> None:
    """Raises for a status that is no success."""
    if status == 429:
        raise Throttled(_wait_s(headers))
    if status >= 500 or status == 408:
        raise ServerFault(f"status {status}")
    if status == 416:
        raise Unusable("the range lies outside of the file")
    if status >= 400:
        raise Refused(f"status {status}")
    if status not in {200, 206}:
        raise Unusable(f"status {status}")


def _wait_s(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "").strip()
    return float(text) if text.isdigit() else DEFAULT_WAIT_S
