"""How many answers a cold list waits for, one after the other: counted in held requests, not in seconds."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.support.spotify import album_json, artist_json, catalog_at, list_of, sid, stand_in
from tests.support.wait import wait_for


@pytest.mark.parametrize(
    ("shape", "waves"),
    [
        ("classic", [1, 1, 12]),  # token, object with the first 100, 12 pages of 100
        ("2026", [1, 1, 24]),  # token, object with the first 50, 24 pages of 50
    ],
)
async def test_a_cold_playlist_of_1234_items(shape: str, waves: list[int]) -> None:
    async with list_of(1234, shape=shape) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.hold = re.compile("")
        reading = asyncio.create_task(catalog.playlist(sid("Pl", 1)))
        for wave in waves:
            await wait_for(lambda wave=wave: len(spotify.troubles.held) >= wave, what=f"a wave of {wave}")
            spotify.troubles.release()
        playlist = await asyncio.wait_for(reading, 30)
        assert len(playlist.items) == 1234
        assert len(spotify.troubles.requests) == sum(waves)
        assert len(waves) <= 5


async def test_a_refused_playlist_takes_five() -> None:
    async with list_of(100, shape="2026") as spotify, catalog_at(spotify) as catalog:
        spotify.contents_refused = True
        await catalog.playlist(sid("Pl", 1))
        assert [re.sub(r"/(Pl\w+)", "", seen.path) for seen in spotify.troubles.requests] == [
            "/api/token",
            "/v1/playlists",
            "/v1/playlists/items",
            "/v1/playlists/tracks",
            "/embed/playlist",
        ]


async def test_an_artist_and_the_albums_are_asked_side_by_side() -> None:
    spotify = stand_in(albums=[album_json(1, [])], artists=[artist_json(1, albums=[sid("Al", 1)])])
    async with spotify, catalog_at(spotify) as catalog:
        spotify.troubles.hold = re.compile("/v1/")
        reading = asyncio.create_task(catalog.artist(sid("Ar", 1)))
        await wait_for(lambda: len(spotify.troubles.held) == 2)
        spotify.troubles.release()
        assert len((await asyncio.wait_for(reading, 30)).albums) == 1


async def test_pages_of_an_album_are_asked_side_by_side() -> None:
    async with list_of(350) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.hold = re.compile("/tracks")
        reading = asyncio.create_task(catalog.album(sid("Al", 1)))
        await wait_for(lambda: len(spotify.troubles.held) == 6)
        spotify.troubles.release()
        assert (await asyncio.wait_for(reading, 30)).complete is True


async def test_the_order_of_answers_does_not_matter() -> None:
    async with list_of(950) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.hold = re.compile("offset=")
        reading = asyncio.create_task(catalog.playlist(sid("Pl", 1)))
        await wait_for(lambda: len(spotify.troubles.held) == 9)
        spotify.troubles.held.reverse()
        spotify.troubles.release()
        playlist = await asyncio.wait_for(reading, 30)
        assert [item.track.name for item in playlist.items] == [f"Track {number}" for number in range(950)]
