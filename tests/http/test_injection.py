"""What handlers ask for by type: bound once, before the first request."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

import aiohttp
from sanic import HTTPResponse, Request, Sanic, Websocket
from sanic_ext import Extend
from sanic_ext.extensions.http.extension import HTTPExtension

from blueprints.injection import InjectionAtStart, bound
from tests.support.http import serve

_names = (f"injected_{number}" for number in itertools.count())


@dataclass(frozen=True)
class Greeting:
    """A service."""

    text: str = "hello"


def _app() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(next(_names), configure_logging=False)
    app.config.CORS = False
    Extend(app, built_in_extensions=False, extensions=[InjectionAtStart, HTTPExtension])

    async def plain(request: Request, greeting: Greeting) -> HTTPResponse:
        return HTTPResponse(f"{greeting.text} {sorted(request.match_info)}")

    async def named(_request: Request, name: str, greeting: Greeting) -> HTTPResponse:
        return HTTPResponse(f"{greeting.text} {name}")

    async def alone(_request: Request) -> HTTPResponse:
        return HTTPResponse("nobody")

    async def talk(_request: Request, ws: Websocket, greeting: Greeting) -> None:
        await ws.send(greeting.text)

    async def streamed(request: Request, greeting: Greeting) -> None:
        response = await request.respond()
        await response.send(greeting.text)
        await response.eof()

    app.add_route(plain, "/plain")
    app.add_route(named, "/named/<name:str>", methods=["GET", "POST"])
    app.add_route(alone, "/alone")
    app.add_websocket_route(talk, "/talk")
    app.add_route(streamed, "/streamed")
    return app


async def _text(http: aiohttp.ClientSession, url: str, method: str = "GET") -> str:
    async with http.request(method, url) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_every_kind_of_handler_gets_what_was_given_by_a_listener() -> None:
    app = _app()

    async def give(app: Sanic[Any, Any]) -> None:
        app.ext.add_dependency(Greeting, lambda: Greeting("given"))

    app.register_listener(give, "before_server_start")
    async with serve(app) as url, aiohttp.ClientSession() as http:
        # The path's own parameters stay what they are.
        assert await _text(http, f"{url}/plain") == "given []"
        assert await _text(http, f"{url}/named/you") == "given you"
        assert await _text(http, f"{url}/named/you", "POST") == "given you"
        assert await _text(http, f"{url}/alone") == "nobody"
        assert await _text(http, f"{url}/streamed") == "given"
        async with http.ws_connect(f"{url}/talk") as socket:
            assert (await socket.receive(timeout=30)).data == "given"
        async with http.head(f"{url}/named/you") as answer:
            assert answer.status == 200
            assert answer.headers["Content-Length"] == str(len("given you"))
            assert await answer.read() == b""


async def test_a_kind_given_without_a_maker_is_made_by_calling_it() -> None:
    app = _app()
    app.ext.add_dependency(Greeting)
    async with serve(app) as url, aiohttp.ClientSession() as http:
        assert await _text(http, f"{url}/plain") == "hello []"


async def test_all_handlers_share_one_value() -> None:
    app = _app()
    made: list[Greeting] = []

    def make() -> Greeting:
        made.append(Greeting())
        return made[-1]

    app.ext.add_dependency(Greeting, make)
    async with serve(app) as url, aiohttp.ClientSession() as http:
        await asyncio.gather(*(_text(http, f"{url}/plain") for _ in range(5)))
    assert len(made) == 1


def test_a_handler_that_asks_for_nothing_stays_itself() -> None:
    async def alone(_request: Request) -> HTTPResponse:
        return HTTPResponse()

    assert bound(alone, {Greeting: Greeting()}) is alone


async def test_what_nobody_gave_is_missed_by_the_request() -> None:
    app = _app()
    async with serve(app) as url, aiohttp.ClientSession() as http, http.get(f"{url}/plain") as answer:
        assert answer.status == 500
