"""Answers whose headers are encoded already, and query parameters that are read once."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import aiohttp
import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic_ext import Extend
from sanic_ext.extensions.http.extension import HTTPExtension

from blueprints.ready import LONGEST_QUERY, ReadyResponse, parameter
from tests.support.http import serve

_names = (f"ready_{number}" for number in itertools.count())


def _app() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(next(_names), configure_logging=False)
    app.config.CORS = False
    Extend(app, built_in_extensions=False, extensions=[HTTPExtension])
    kept = bytearray(b'{"count":         0}')
    counts = itertools.count(1)

    async def counting(_request: Request) -> HTTPResponse:
        kept[-11:-1] = b"%10d" % next(counts)
        return ReadyResponse(kept, ((b"ETag", b'W/"1"'),))

    async def same(request: Request) -> HTTPResponse:
        ours, sanics = parameter(request, "a"), request.args.get("a")
        assert ours == sanics, (ours, sanics)
        return HTTPResponse("none" if ours is None else f"={ours}")

    async def add(_request: Request, response: HTTPResponse) -> None:
        response.headers["X-Added"] = "later"

    app.add_route(counting, "/counting")
    app.add_route(same, "/same")
    app.register_middleware(add, "response")
    return app


async def test_it_is_a_whole_answer() -> None:
    async with serve(_app()) as url, aiohttp.ClientSession() as http:
        for method, body in (("GET", b'{"count":         1}'), ("HEAD", b"")):
            async with http.request(method, f"{url}/counting") as answer:
                assert answer.status == 200
                assert await answer.read() == body
                names = [name.lower() for name in answer.headers]
                assert len(names) == len(set(names))
                assert answer.headers["Content-Type"] == "application/json"
                assert answer.headers["Content-Length"] == "20"
                assert answer.headers["ETag"] == 'W/"1"'
                assert answer.headers["X-Added"] == "later"
                assert answer.headers["Connection"] == "keep-alive"


async def test_a_body_that_changes_in_place_reaches_each_reader_as_it_was() -> None:
    # Many requests in one packet: their answers are written one after the other, and read only then.
    async with serve(_app()) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /counting HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        seen = []
        for _ in range(50):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            seen.append(int((await reader.readexactly(20))[9:-1]))
        writer.close()
        await writer.wait_closed()
    assert seen == list(range(1, 51))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "a",
        "a=",
        "a=1",
        "a=1&a=2",
        "b=1&a=%C3%A4",
        "a=%FF",
        "a=x+y%2B",
        "a=https://open.spotify.com/track/1?si=2",
        "a=1;b=2",
        "A=1",
        f"a={'x' * LONGEST_QUERY}",
    ],
)
async def test_a_parameter_is_what_sanic_says(query: str) -> None:
    async with serve(_app()) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /same?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 200 "), answer
