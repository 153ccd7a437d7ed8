from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from _local.sandbox.ipapi import IpApiStandIn
from _local.sandbox.standin import Fault
from models.access import GeoState
from models.errors import GeoMalformed, GeoRefused, GeoTimeout, GeoUnreachable
from services.access import geo
from services.access.geo import IpApi, batch_url
from services.http import open_session
from tests.support.rabbit_server import free_port


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as session:
        yield session


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("http://ip-api.com/json", "http://ip-api.com/batch"),
        ("http://ip-api.com/json/", "http://ip-api.com/batch"),
        ("http://geo.internal:8080", "http://geo.internal:8080/batch"),
    ],
)
def test_the_batch_service_lies_beside_the_json_service(told: str, asked: str) -> None:
    assert batch_url(told) == asked


async def test_places_come_in_the_order_of_the_addresses(http: aiohttp.ClientSession) -> None:
    async with IpApiStandIn() as stand_in:
        api = IpApi(http=http, base_url=f"{stand_in.url}/json")
        answer = await api.locate(["8.8.8.8", "10.0.0.1", "2606:4700::1111"])
        first, private, third = answer.places
        expected = stand_in.place("8.8.8.8")
        assert (first.ip, first.state) == ("8.8.8.8", GeoState.KNOWN)
        assert (first.lat, first.lng) == (expected["lat"], expected["lon"])
        assert (first.country, first.country_code) == (expected["country"], expected["countryCode"])
        assert (first.region, first.isp, first.timezone) == (
            expected["regionName"], expected["isp"], expected["timezone"]
        )  # fmt: skip
        assert (private.state, third.ip, third.state) == (GeoState.PRIVATE, "2606:4700::1111", GeoState.KNOWN)
        assert answer.wait_s == 0
        assert api.stats() == {"calls": 1, "addresses": 3, "errors": 0, "rate_limited": 0}


async def test_it_says_when_the_quota_is_used_up(http: aiohttp.ClientSession) -> None:
    async with IpApiStandIn(batch_per_minute=1) as stand_in:
        api = IpApi(http=http, base_url=f"{stand_in.url}/json")
        assert 50 < (await api.locate(["8.8.8.8"])).wait_s <= 61
        with pytest.raises(GeoRefused) as refused:
            await api.locate(["8.8.4.4"])
        assert refused.value.retry_after_s is not None
        assert 50 < refused.value.retry_after_s <= 61
        assert api.stats() == {"calls": 2, "addresses": 2, "errors": 1, "rate_limited": 1}


async def test_failures_have_names(http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    async with IpApiStandIn() as stand_in:
        api = IpApi(http=http, base_url=f"{stand_in.url}/json")
        stand_in.faults.append(Fault(status=503))
        with pytest.raises(GeoRefused):
            await api.locate(["8.8.8.8"])
        stand_in.faults.append(Fault(cut=True))
        with pytest.raises(GeoUnreachable):
            await api.locate(["8.8.8.8"])
        # Two hundred addresses are twice what one request may ask for.
        with pytest.raises(GeoRefused):
            await api.locate(["8.8.8.8"] * 200)
        monkeypatch.setattr(geo, "TIMEOUT_S", 0.05)
        stand_in.faults.append(Fault(delay_s=5))
        with pytest.raises(GeoTimeout):
            await api.locate(["8.8.8.8"])
    nobody = IpApi(http=http, base_url=f"http://127.0.0.1:{free_port()}/json")
    with pytest.raises(GeoUnreachable):
        await nobody.locate(["8.8.8.8"])


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{}", b"[]", b"[1]", b'[{"status": "success"}, {"status": "success"}]', b"[" * 100_000],
)
async def test_an_answer_of_another_shape_is_malformed(http: aiohttp.ClientSession, body: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(GeoMalformed):
            await IpApi(http=http, base_url=f"http://127.0.0.1:{port}").locate(["8.8.8.8"])


async def test_fields_of_wrong_types_are_left_out(http: aiohttp.ClientSession) -> None:
    body = (
        b'[{"status": "success", "lat": "52", "lon": 13, "country": 7, "countryCode": "de", "isp": ""},'
        b' {"status": "success", "lat": 1000, "lon": 13}, {"status": "fail", "message": "invalid query"}]'
    )

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        api = IpApi(http=http, base_url=f"http://127.0.0.1:{port}")
        first, second, third = (await api.locate(["8.8.8.8", "8.8.4.4", "8.8.2.2"])).places
    assert (first.lat, first.lng, first.country, first.country_code, first.isp) == (None, None, None, "DE", None)
    assert (second.lat, second.lng) == (None, None)
    assert third.state is GeoState.UNKNOWN
