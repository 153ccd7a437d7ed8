"""Answers that are sent often: nothing about them is worked out twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import parse_qs

from sanic import HTTPResponse, Request

LONGEST_QUERY = 512
"""Longer ones are not remembered, so that nobody fills the memory with them."""

Encoded = tuple[bytes, bytes]


class ReadyResponse(HTTPResponse):
    """A JSON answer of status 200 whose headers are encoded already.

    Sanic checks and encodes each header of each answer anew, which takes longer than all the rest of a warm answer.
    `encoded` must hold no line breaks; what middleware adds to `headers` is sent as well.
    """

    __slots__ = ("_encoded",)

    def __init__(self, body: bytes | bytearray, encoded: Iterable[Encoded]) -> None:
        super().__init__(body)
        self._encoded = encoded

    @property
    def processed_headers(self) -> Iterator[Encoded]:
        """The headers as sent: ours, then what Sanic and the middleware have added."""
        yield (b"content-type", b"application/json")
        yield from self._encoded
        for name, value in self.headers.items():
            # A length, "keep-alive", a request's id that was looked at when it came: no line breaks either.
            yield (name.encode("ascii"), str(value).encode("ascii"))


def parameter(request: Request, name: str) -> str | None:
    """The first value of a query parameter, as `request.args` would give it."""
    query = request.query_string
    return _parameters(query).get(name) if len(query) <= LONGEST_QUERY else request.args.get(name)


@lru_cache(maxsize=2048)
def _parameters(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, encoding="utf-8", errors="replace").items()}
