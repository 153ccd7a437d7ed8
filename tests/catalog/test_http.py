"""The shared session's helpers: foreign errors become ours, bodies are bounded, Retry-After is read."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web

from models.errors import CatalogMalformed, CatalogTimeout, CatalogUnreachable, MusicError, TrackNotFound
from services.http import (
    CATALOG_ERRORS,
    USER_AGENT,
    decode_json,
    open_session,
    read_bounded,
    retry_after_s,
    translating,
)


@pytest.mark.parametrize(
    ("raised", "family"),
    [
        (TimeoutError(), CatalogTimeout),
        (aiohttp.ServerTimeoutError(), CatalogTimeout),
        (aiohttp.ServerDisconnectedError(), CatalogUnreachable),
        (aiohttp.ClientPayloadError(), CatalogUnreachable),
        (ConnectionResetError(), CatalogUnreachable),
        (aiohttp.InvalidURL("x"), CatalogMalformed),
        (ValueError("odd header"), CatalogMalformed),
    ],
)
def test_foreign_errors_become_ours(raised: Exception, family: type[MusicError]) -> None:
    with pytest.raises(family) as caught, translating(CATALOG_ERRORS):
        raise raised
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize("raised", [TrackNotFound(), asyncio.CancelledError(), KeyError("ours")])
def test_other_errors_pass(raised: BaseException) -> None:
    with pytest.raises(type(raised)) as caught, translating(CATALOG_ERRORS):
        raise raised
    assert caught.value is raised


async def test_the_session_names_itself_keeps_no_cookies_and_bounds_bodies() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.headers["User-Agent"] == USER_AGENT
        response = web.Response(body=b"x" * 200_000 if "Cookie" not in request.headers else b"cookie")
        response.set_cookie("a", "b")
        return response

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with open_session() as http:
            for limit, expected in ((10, 10), (150_000, 150_000), (10**6, 200_000)):
                async with http.get(f"http://127.0.0.1:{runner.addresses[0][1]}/") as response:
                    assert len(await read_bounded(response, limit)) == expected
    finally:
        await runner.cleanup()


def test_json_is_decoded_or_malformed() -> None:
    assert decode_json(b'{"a": [1, "\xc3\xa9"]}', CATALOG_ERRORS) == {"a": [1, "é"]}
    for body in (b"", b"{", b"<html>", b"\xff"):
        with pytest.raises(CatalogMalformed):
            decode_json(body, CATALOG_ERRORS)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("0", 0),
        ("17", 17),
        ("1.5", 1.5),
        ("-3", 0),
        ("inf", None),
        ("nan", None),
    ],
)
def test_retry_after_in_seconds(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value) == seconds


def test_retry_after_as_a_date() -> None:
    later = datetime.now(UTC) + timedelta(minutes=10)
    assert 500 < (retry_after_s(format_datetime(later, usegmt=True)) or 0) <= 600
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT") == 0
