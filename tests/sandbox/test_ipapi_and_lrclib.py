"""The stand-ins of ip-api and LRCLIB."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from _local.sandbox.ipapi import IpApiStandIn
from _local.sandbox.lrclib import LrclibStandIn, LyricsEntry

SONG = LyricsEntry(
    id=7,
    track="Paper Lanterns",
    artist="Velvet Compass",
    album="Cartography",
    duration_s=64,
    lines=((1_500, "We fold the evening"), (61_230, "Into paper")),
)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_a_place_is_the_same_each_time_and_failures_are_polite(http: aiohttp.ClientSession) -> None:
    async with IpApiStandIn() as ipapi:
        async with http.get(f"{ipapi.url}/json/93.184.216.34") as response:
            first = await response.json()
            assert response.headers["X-Rl"] == "44"
            assert 0 <= int(response.headers["X-Ttl"]) <= 60
        async with http.get(f"{ipapi.url}/json/93.184.216.34?fields=status,countryCode") as response:
            assert await response.json() == {"status": "success", "countryCode": first["countryCode"]}
        for ip, message in (("192.168.1.4", "private range"), ("224.0.0.1", "reserved range"), ("x", "invalid query")):
            async with http.get(f"{ipapi.url}/json/{ip}") as response:
                assert response.status == 200
                assert await response.json() == {"status": "fail", "message": message, "query": ip}
        assert ipapi.asked["93.184.216.34"] == 2


async def test_a_batch_keeps_its_order_and_its_quota(http: aiohttp.ClientSession) -> None:
    async with IpApiStandIn(batch_per_minute=1) as ipapi:
        body = ["8.8.4.4", {"query": "2606:4700::1111", "fields": "query,lat"}, "10.0.0.1"]
        async with http.post(f"{ipapi.url}/batch", json=body) as response:
            answer = await response.json()
            assert response.headers["X-Rl"] == "0"
        assert [place["query"] for place in answer] == ["8.8.4.4", "2606:4700::1111", "10.0.0.1"]
        assert set(answer[1]) == {"query", "lat"}
        async with http.post(f"{ipapi.url}/batch", json=body) as response:
            assert response.status == 429
            assert response.headers["X-Rl"] == "0"
        assert ipapi.refused == 1


async def test_lyrics_are_found_by_song_and_length(http: aiohttp.ClientSession) -> None:
    async with LrclibStandIn([SONG]) as lrclib:
        wanted = {"track_name": "paper lanterns", "artist_name": "Velvet Compass", "duration": "65"}
        async with http.get(f"{lrclib.url}/api/get", params=wanted) as response:
            found = await response.json()
        assert found["plainLyrics"] == "We fold the evening\nInto paper"
        assert found["syncedLyrics"] == "[00:01.50] We fold the evening\n[01:01.23] Into paper"
        async with http.get(f"{lrclib.url}/api/get", params=wanted | {"duration": "90"}) as response:
            assert response.status == 404
            assert (await response.json())["name"] == "TrackNotFound"
        async with http.get(f"{lrclib.url}/api/search", params={"q": "lanterns velvet"}) as response:
            assert [entry["id"] for entry in await response.json()] == [7]
        async with http.get(f"{lrclib.url}/api/get", params={"track_name": "x"}) as response:
            assert response.status == 400
