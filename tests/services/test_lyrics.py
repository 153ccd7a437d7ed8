"""Lyrics from LRCLIB: found exactly, found by search, not there, not to be had; never somebody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from _local.sandbox.lrclib import LrclibStandIn, LyricsEntry
from models.ids import DurationMs, SpotifyId
from models.music import AlbumRef, ArtistRef, Track
from services.http import open_session
from services.lyrics import LyricsClient

LINES = ((1_000, "Fold the map along the sea"), (5_500, "Leave a lantern on for me"))
PLAIN = "Fold the map along the sea\nLeave a lantern on for me"
SYNCED = "[00:01.00] Fold the map along the sea\n[00:05.50] Leave a lantern on for me"


def track(name: str = "Paper Lighthouse", seconds: float = 64.2, album: str | None = "Cartography") -> Track:
    return Track(
        id=SpotifyId("IzCc4CLGmqwBlgx92robRa"),
        name=name,
        duration_ms=DurationMs(round(seconds * 1000)),
        artists=(ArtistRef(id=None, name="The Quillback Parade"),),
        album=AlbumRef(id=None, name=album) if album else None,
    )


def entry(**fields: object) -> LyricsEntry:
    values: dict[str, object] = {
        "id": 1,
        "track": "Paper Lighthouse",
        "artist": "The Quillback Parade",
        "album": "Cartography",
        "duration_s": 64,
        "lines": LINES,
    }
    return LyricsEntry(**(values | fields))  # type: ignore[arg-type]


@pytest.fixture
async def lrclib() -> AsyncIterator[LrclibStandIn]:
    async with LrclibStandIn() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session(timeout_s=60) as session:
        yield session


@pytest.fixture
def client(lrclib: LrclibStandIn, http: aiohttp.ClientSession) -> LyricsClient:
    return LyricsClient(http=http, host=lrclib.url)


async def test_the_exact_recording_gives_plain_and_synced_lyrics(client: LyricsClient, lrclib: LrclibStandIn) -> None:
    lrclib.entries = [entry(album="Another", lines=((0, "no"),)), entry()]
    lyrics = await client.find(track())
    assert lyrics is not None
    assert (lyrics.plain, lyrics.synced) == (PLAIN, SYNCED)
    assert (client.stats()["found"], client.stats()["failed"]) == (1, 0)
    assert lrclib.count(path="/api/search") == 0


async def test_plain_lyrics_alone_will_do(client: LyricsClient, lrclib: LrclibStandIn) -> None:
    lrclib.entries = [entry(synced=False)]
    lyrics = await client.find(track())
    assert lyrics is not None
    assert (lyrics.plain, lyrics.synced) == (PLAIN, None)


async def test_another_album_is_found_by_the_search_synced_ones_first(
    client: LyricsClient, lrclib: LrclibStandIn
) -> None:
    lrclib.entries = [entry(album="A Single", synced=False), entry(id=2, album="Best of")]
    lyrics = await client.find(track())
    assert lyrics is not None
    assert lyrics.synced == SYNCED


async def test_what_is_not_there_is_no_failure(client: LyricsClient, lrclib: LrclibStandIn) -> None:
    assert await client.find(track()) is None
    assert (client.stats()["absent"], client.stats()["failed"]) == (1, 0)
    assert [seen.status for seen in lrclib.requests] == [404, 200]


@pytest.mark.parametrize(
    "other",
    [
        entry(duration_s=68),
        entry(duration_s=60),
        entry(track="Paper Lighthouse (Karaoke Version)", album="Sing Along"),
        entry(artist="The Quillback Parade Tribute", track="Paper Lighthouse by somebody", album="X"),
    ],
)
async def test_lyrics_of_another_length_or_version_are_left_alone(
    client: LyricsClient, lrclib: LrclibStandIn, other: LyricsEntry
) -> None:
    lrclib.entries = [other]
    assert await client.find(track()) is None


async def test_an_instrumental_has_none_and_no_other_versions_are_taken(
    client: LyricsClient, lrclib: LrclibStandIn
) -> None:
    lrclib.entries = [entry(instrumental=True), entry(id=2, album="Sung")]
    assert await client.find(track()) is None
    assert lrclib.count(path="/api/search") == 0


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"cut": True}])
@pytest.mark.parametrize("path", ["/api/get", "/api/search"])
async def test_a_fault_is_counted_and_nobodys_trouble(
    client: LyricsClient, lrclib: LrclibStandIn, path: str, fault: dict[str, object]
) -> None:
    if path == "/api/get":
        lrclib.entries = [entry()]
    # A cut connection is tried once more by the client library.
    lrclib.fail(path=path, times=2, **fault)
    assert await client.find(track()) is None
    assert (client.stats()["absent"], client.stats()["failed"]) == (0, 1)
    lrclib.faults.clear()
    lrclib.entries = [entry()]
    assert await client.find(track()) is not None


async def test_silence_is_not_waited_for(lrclib: LrclibStandIn) -> None:
    lrclib.latency_s = 60
    async with open_session(timeout_s=0.2) as http:
        client = LyricsClient(http=http, host=lrclib.url)
        assert await asyncio.wait_for(client.find(track()), 30) is None
    assert client.stats()["failed"] == 1


async def test_nonsense_is_a_fault(http: aiohttp.ClientSession, half_an_answer: str) -> None:
    client = LyricsClient(http=http, host=half_an_answer)
    assert await client.find(track()) is None
    assert client.stats()["failed"] == 1


@pytest.fixture
async def half_an_answer() -> AsyncIterator[str]:
    """A service that says 200 and half a JSON document."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{"plainLy')
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_times_without_words_are_not_lyrics(client: LyricsClient, lrclib: LrclibStandIn) -> None:
    lrclib.entries = [entry(lines=((0, "  "),))]
    assert await client.find(track(album=None)) is None
