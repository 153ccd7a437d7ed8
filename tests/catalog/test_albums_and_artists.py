"""Albums with all their tracks, artists with their albums."""

from __future__ import annotations

from typing import Any

import pytest

from _local.sandbox.spotify_faults import Fault
from models.errors import AlbumNotFound, ArtistNotFound, CatalogRateLimited
from tests.support.spotify import album_json, artist_json, catalog_at, list_of, sid, stand_in, track_json

ALBUM, ARTIST = sid("Al", 1), sid("Ar", 1)


@pytest.mark.parametrize("shape", ["classic", "2026"])
@pytest.mark.parametrize("count", [0, 1, 50, 51, 120, 333])
async def test_every_track_in_order(shape: str, count: int) -> None:
    async with list_of(count, shape=shape) as spotify, catalog_at(spotify) as catalog:
        album = await catalog.album(ALBUM)
        assert [track.name for track in album.tracks] == [f"Track {number}" for number in range(count)]
        assert (album.total_tracks, album.complete) == (count, True)
        assert spotify.troubles.count("/tracks$") == max(0, -(-count // 50) - 1)


async def test_a_full_album() -> None:
    async with list_of(2) as spotify, catalog_at(spotify) as catalog:
        album = await catalog.album(ALBUM)
        assert (album.name, album.album_type, album.release_date) == ("Album 1", "album", "2001-02-03")
        assert (album.label, album.popularity, album.genres) == ("Label", 30, ("polka",))
        assert [(line.text, line.type) for line in album.copyrights] == [("© Somebody", "C")]
        assert album.images[0].url == f"{spotify.url}/image/album1"
        assert album.artists[0].name == "Artist 1"
        assert album.tracks[0].album is None
        assert album.tracks[0].isrc is None


@pytest.mark.parametrize(
    "field",
    ["label", "popularity", "genres", "copyrights", "images", "artists", "release_date", "album_type", "total_tracks"],
)
@pytest.mark.parametrize("value", ["missing", None, [None, {"text": None}, 7]])
async def test_any_optional_field_may_be_missing(field: str, value: Any) -> None:
    raw = album_json(1, [sid("Tr", 0)])
    raw[field] = value
    if value == "missing":
        del raw[field]
    async with stand_in(tracks=1, albums=[raw]) as spotify, catalog_at(spotify) as catalog:
        album = await catalog.album(ALBUM)
        assert (len(album.tracks), album.complete) == (1, True)


async def test_the_2026_album_lacks_fields() -> None:
    async with list_of(2, shape="2026") as spotify, catalog_at(spotify) as catalog:
        album = await catalog.album(ALBUM)
        assert (album.label, album.popularity) == (None, None)


@pytest.mark.parametrize("date", ["1999", "1999-12", "1999-12-31"])
async def test_dates_of_any_precision(date: str) -> None:
    raw = album_json(1, [sid("Tr", 0)], release_date=date)
    async with stand_in(tracks=1, albums=[raw]) as spotify, catalog_at(spotify) as catalog:
        assert (await catalog.album(ALBUM)).release_date == date


async def test_an_album_without_its_tracks_is_asked_for_them() -> None:
    async with list_of(70) as spotify, catalog_at(spotify) as catalog:
        body = f'{{"id": "{ALBUM}", "name": "Bare", "total_tracks": 70}}'
        spotify.troubles.faults.append(Fault(f"/v1/albums/{ALBUM}$", status=200, body=body))
        album = await catalog.album(ALBUM)
        assert (album.name, len(album.tracks), album.complete) == ("Bare", 70, True)


async def test_missing_and_unreadable_tracks_are_told() -> None:
    rows = [track_json(0), track_json(1, name="", duration_ms=0), {"name": "No id"}, None, track_json(4)]
    async with stand_in(albums=[album_json(1, rows)]) as spotify, catalog_at(spotify) as catalog:
        album = await catalog.album(ALBUM)
        assert [track.name for track in album.tracks] == ["Track 0", "Track 4"]
        assert (album.total_tracks, album.complete) == (5, False)


async def test_a_page_that_cannot_be_read_leaves_a_gap() -> None:
    async with list_of(170) as spotify, catalog_at(spotify, MAX_RETRY="0") as catalog:
        spotify.troubles.faults.append(Fault("offset=50&|offset=50$", status=503, times=None))
        album = await catalog.album(ALBUM)
        assert (len(album.tracks), album.total_tracks, album.complete) == (120, 170, False)


async def test_the_cap_holds_for_albums() -> None:
    async with list_of(170) as spotify, catalog_at(spotify, MAX_TRACK_ALLOWED_FOR_PLAYLIST="60") as catalog:
        album = await catalog.album(ALBUM)
        assert (len(album.tracks), album.total_tracks, album.complete) == (60, 170, False)


async def test_unknown_and_withdrawn_albums_do_not_exist() -> None:
    husk = album_json(1, [track_json(0, name="", duration_ms=0)], name="", release_date="0000")
    async with stand_in(albums=[husk]) as spotify, catalog_at(spotify) as catalog:
        for number in (1, 404):
            with pytest.raises(AlbumNotFound):
                await catalog.album(sid("Al", number))


# -- artists -------------------------------------------------------------------------------------------------------


def discography(count: int, **options: Any) -> Any:
    albums = [album_json(number, []) for number in range(count)]
    artist = artist_json(1, albums=[album["id"] for album in albums])
    return stand_in(albums=albums, artists=[artist], **options)


@pytest.mark.parametrize("clamps", [False, True])
@pytest.mark.parametrize("shape", ["classic", "2026"])
@pytest.mark.parametrize("count", [0, 3, 10, 11, 50, 73])
async def test_an_artist_with_all_albums(shape: str, count: int, clamps: bool) -> None:
    async with discography(count, shape=shape) as spotify, catalog_at(spotify) as catalog:
        spotify.clamps = clamps
        artist = await catalog.artist(ARTIST)
        assert [album.name for album in artist.albums] == [f"Album {number}" for number in range(count)]
        assert (artist.total_albums, artist.complete) == (count, True)


async def test_a_full_artist() -> None:
    async with discography(1) as spotify, catalog_at(spotify) as catalog:
        artist = await catalog.artist(ARTIST)
        assert (artist.name, artist.genres, artist.popularity, artist.follower_count) == (
            "Artist 1",
            ("polka",),
            40,
            12,
        )
        assert artist.images[0].url == f"{spotify.url}/image/artist1"
        assert artist.albums[0].release_date == "2001-02-03"
        assert spotify.troubles.requests[-1].query.get("include_groups") in {None, "album,single,compilation"}


async def test_the_2026_artist_lacks_fields() -> None:
    async with discography(1, shape="2026") as spotify, catalog_at(spotify) as catalog:
        artist = await catalog.artist(ARTIST)
        assert (artist.genres, artist.popularity, artist.follower_count) == ((), None, None)


async def test_an_artist_whose_albums_cannot_be_read_is_incomplete() -> None:
    async with discography(3) as spotify, catalog_at(spotify, MAX_RETRY="0") as catalog:
        spotify.troubles.faults.append(Fault("/albums", status=503, times=None))
        artist = await catalog.artist(ARTIST)
        assert (artist.name, artist.albums, artist.total_albums, artist.complete) == ("Artist 1", (), None, False)


async def test_a_ban_on_the_albums_is_a_ban() -> None:
    async with discography(3) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/albums", status=429, headers={"Retry-After": "300"}, times=None))
        with pytest.raises(CatalogRateLimited):
            await catalog.artist(ARTIST)


async def test_an_endless_discography_is_cut_and_says_so() -> None:
    async with discography(320) as spotify, catalog_at(spotify) as catalog:
        artist = await catalog.artist(ARTIST)
        assert (len(artist.albums), artist.total_albums, artist.complete) == (300, 320, False)


async def test_an_unknown_artist_does_not_exist() -> None:
    async with stand_in() as spotify, catalog_at(spotify) as catalog:
        with pytest.raises(ArtistNotFound):
            await catalog.artist(ARTIST)
