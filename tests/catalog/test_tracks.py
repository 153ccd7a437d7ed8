"""Tracks: all fields, any field missing, relinked, withdrawn, unknown."""

from __future__ import annotations

import logging

import pytest

from _local.sandbox.spotify_faults import Fault
from models.errors import CatalogFailed, CatalogMalformed, CatalogRefused, TrackNotFound
from models.ids import SpotifyId
from tests.support.spotify import catalog_at, sid, stand_in, track_json


async def test_a_full_track() -> None:
    async with stand_in(tracks=3) as spotify, catalog_at(spotify) as catalog:
        track = await catalog.track(sid("Tr", 1))
        assert (track.id, track.name, track.duration_ms) == (sid("Tr", 1), "Track 1", 180_001)
        assert track.isrc == "XXAAA0100001"
        assert track.recording_key == "isrc-XXAAA0100001"
        assert track.explicit is True
        assert (track.popularity, track.track_number, track.disc_number) == (50, 1, 1)
        assert track.preview_url == "https://p.example/1"
        assert track.spotify_url == f"https://open.spotify.com/track/{track.id}"
        assert track.artists[0].name == "Artist 1"
        assert track.artists[0].id == sid("Ar", 1)
        assert track.album is not None
        assert (track.album.name, track.album.release_date) == ("Album 1", "2001-02-03")
        assert track.album.images[0].url == f"{spotify.url}/image/album1"
        assert track.is_playable is None


async def test_the_2026_shape_lacks_fields() -> None:
    async with stand_in(tracks=1, shape="2026") as spotify, catalog_at(spotify) as catalog:
        track = await catalog.track(sid("Tr", 0))
        assert track.popularity is None
        assert track.preview_url is None
        assert track.isrc == "XXAAA0100000"


OPTIONAL = [
    "type", "uri", "explicit", "preview_url", "popularity", "external_ids", "external_urls", "artists", "album",
    "track_number", "disc_number", "is_local",
]  # fmt: skip


@pytest.mark.parametrize("field", OPTIONAL)
@pytest.mark.parametrize("how", ["missing", "null", "odd"])
async def test_any_optional_field_may_be_missing(field: str, how: str) -> None:
    raw = track_json(1)
    if how == "missing":
        del raw[field]
    else:
        raw[field] = None if how == "null" else [None, 7, {"name": None}]
    async with stand_in(more_tracks=[raw]) as spotify, catalog_at(spotify) as catalog:
        assert (await catalog.track(sid("Tr", 1))).name == "Track 1"


async def test_nothing_but_the_necessary() -> None:
    raw = {"id": sid("Tr", 1), "name": "Bare", "duration_ms": 1000.0}
    async with stand_in(more_tracks=[raw]) as spotify, catalog_at(spotify) as catalog:
        track = await catalog.track(sid("Tr", 1))
        assert (track.name, track.duration_ms, track.artists, track.album) == ("Bare", 1000, (), None)
        assert track.recording_key == f"track-{sid('Tr', 1)}"


async def test_a_relinked_track_keeps_the_id_that_was_asked() -> None:
    raw = track_json(2, linked_from={"id": sid("Tr", 1), "uri": f"spotify:track:{sid('Tr', 1)}"}, is_playable=True)
    async with stand_in(tracks=0) as spotify:
        spotify._tracks = {sid("Tr", 1): raw}  # Spotify answers under the old id with the new track
        async with catalog_at(spotify) as catalog:
            track = await catalog.track(sid("Tr", 1))
            assert track.id == sid("Tr", 1)
            assert track.spotify_url == f"https://open.spotify.com/track/{sid('Tr', 1)}"
            assert track.name == "Track 2"


async def test_an_unplayable_track_is_still_a_track() -> None:
    async with stand_in(more_tracks=[track_json(1, is_playable=False)]) as spotify, catalog_at(spotify) as catalog:
        assert (await catalog.track(sid("Tr", 1))).is_playable is False


async def test_a_withdrawn_track_does_not_exist() -> None:
    husk = track_json(1, name="", duration_ms=0, artists=[{"id": sid("Ar", 1), "name": ""}])
    async with stand_in(more_tracks=[husk]) as spotify, catalog_at(spotify) as catalog:
        with pytest.raises(TrackNotFound):
            await catalog.track(sid("Tr", 1))


async def test_unknown_ids_and_impossible_ids_do_not_exist() -> None:
    async with stand_in() as spotify, catalog_at(spotify) as catalog:
        for missing in (sid("Tr", 404), SpotifyId("not-an-id")):
            with pytest.raises(TrackNotFound):
                await catalog.track(missing)
        assert spotify.troubles.count("GET /v1/tracks") == 2


async def test_404_with_an_empty_body_is_not_found() -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/v1/tracks", status=404))
        with pytest.raises(TrackNotFound):
            await catalog.track(sid("Tr", 0))


@pytest.mark.parametrize(
    "body", ['"text"', "[]", "null", "{", "<html>", "", '{"id": 7}', '{"id": "x", "name": "y"}', "\xff", "[" * 5000]
)
async def test_an_answer_that_makes_no_sense_is_malformed(body: str) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/v1/tracks", status=200, body=body.encode("latin-1")))
        with pytest.raises(CatalogMalformed):
            await catalog.track(SpotifyId("not-an-id"))


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"status": 403, "message": "Active premium subscription required for the owner of the app"}}',
        "Active premium subscription required for the owner of the app",
    ],
)
async def test_a_refusal_is_named_and_its_reason_logged(body: str, caplog: pytest.LogCaptureFixture) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/v1/tracks", status=403, body=body))
        with caplog.at_level(logging.WARNING), pytest.raises(CatalogRefused) as caught:
            await catalog.track(sid("Tr", 0))
        assert "premium" not in caught.value.message.lower()
        assert any("premium subscription" in str(vars(record).get("body")) for record in caplog.records)
        assert catalog.stats()["errors"] == 1


@pytest.mark.parametrize("status", [302, 400, 405, 418])
async def test_an_unexpected_status_is_a_failure_and_not_repeated(status: int) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        fault = Fault("/v1/tracks", status=status, headers={"Location": "http://evil.example/"}, times=None)
        spotify.troubles.faults.append(fault)
        with pytest.raises(CatalogFailed):
            await catalog.track(sid("Tr", 0))
        assert spotify.troubles.count("/v1/tracks") == 1
