"""From a link or a list of ids to the rows of a batch."""

from __future__ import annotations

import pytest

from models.audio import AudioFormat
from models.batch import BatchKind, BatchRow
from models.errors import InvalidLink, InvalidRequest, MusicError, PlaylistNotFound, TooManyTracks
from models.ids import DurationMs
from models.music import Album, Artist, Playlist, PlaylistItem, UnavailableItem
from services.store.mongo import MongoDatabase
from tests.support.batches import Plant, open_plant, song, spotify_id

LIST_ID = spotify_id(777)
M4A = AudioFormat.M4A


@pytest.fixture
async def plant(database: MongoDatabase, tmp_path):  # type: ignore[no-untyped-def]
    async with open_plant(database, tmp_path, feeds=False, works=False, max_tracks=5) as opened:
        yield opened


async def test_an_album(plant: Plant) -> None:
    tracks = tuple(song(number) for number in (4, 5, 6))
    link = plant.catalog.add(Album(id=LIST_ID, name="Début", tracks=tracks, total_tracks=4, complete=False))
    batch = await plant.service.of_link(f"look: {link}?si=1", M4A)
    assert (batch.source.kind, batch.source.id, batch.source.name) == (BatchKind.ALBUM, LIST_ID, "Début")
    assert not batch.complete
    assert (batch.tracks.total, batch.tracks.queued) == (3, 3)
    rows = await plant.batches.rows(batch)
    assert rows[1] == BatchRow(
        track_id=spotify_id(5),
        positions=(1,),
        title="Song 5",
        artists=("Björk", "椎名林檎"),
        duration_ms=DurationMs(200_000),
    )


async def test_a_playlist_with_rows_of_every_kind(plant: Plant) -> None:
    reasons = ("removed", "local_file", "episode", "something new")
    playlist = Playlist(
        id=LIST_ID,
        name="Mixed",
        items=(PlaylistItem(position=4, track=song(1)),),
        unavailable=tuple(UnavailableItem(position=place, reason=reason) for place, reason in enumerate(reasons)),
        total=5,
    )
    batch = await plant.service.of_link(plant.catalog.add(playlist), M4A)
    assert (batch.tracks.total, batch.tracks.failed, batch.tracks.queued) == (5, 4, 1)
    assert [failure.reason for failure in batch.failures] == list(reasons)
    assert {failure.code for failure in batch.failures} == {"row_unavailable"}
    assert all(failure.track_id is None and failure.message for failure in batch.failures)
    assert batch.progress.percent == 80.0


async def test_a_playlist_of_nothing_playable_fails(database: MongoDatabase, tmp_path) -> None:  # type: ignore[no-untyped-def]
    playlist = Playlist(id=LIST_ID, name="Gone", unavailable=(UnavailableItem(position=0, reason="removed"),), total=1)
    async with open_plant(database, tmp_path) as plant:
        batch = await plant.service.of_link(plant.catalog.add(playlist), M4A)
        ended = await plant.ended(batch.id)
        assert (ended.state.value, ended.tracks.failed) == ("failed", 1)


async def test_a_tracks_link_is_a_batch_of_one_and_asks_nobody(plant: Plant) -> None:
    batch = await plant.service.of_link(f"spotify:track:{spotify_id(7)}", M4A)
    assert (batch.source.kind, batch.tracks.total) == (BatchKind.TRACK, 1)
    assert await plant.batches.rows(batch) == [BatchRow(track_id=spotify_id(7), positions=(0,))]


async def test_ids(plant: Plant) -> None:
    batch = await plant.service.of_tracks([spotify_id(number) for number in (1, 2, 1)], M4A)
    assert (batch.source.kind, batch.tracks.total) == (BatchKind.TRACKS, 2)
    assert [row.positions for row in await plant.batches.rows(batch)] == [(0, 2), (1,)]


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        (Artist(id=LIST_ID, name="Björk"), InvalidLink),
        (Album(id=LIST_ID, name="Empty"), InvalidRequest),
        (Playlist(id=LIST_ID, name="Empty", total=0), InvalidRequest),
        (
            Playlist(
                id=LIST_ID,
                name="Long",
                items=tuple(PlaylistItem(position=place, track=song(place)) for place in range(5)),
                total=6,
                complete=False,
            ),
            TooManyTracks,
        ),
        (Album(id=LIST_ID, name="Long", tracks=(song(1),), total_tracks=6, complete=False), TooManyTracks),
    ],
)
async def test_refused(plant: Plant, resource: Artist | Album | Playlist, error: type[MusicError]) -> None:
    with pytest.raises(error):
        await plant.service.of_link(plant.catalog.add(resource), M4A)
    assert await plant.batches.living() == []


async def test_refused_ids(plant: Plant) -> None:
    with pytest.raises(InvalidRequest):
        await plant.service.of_tracks([], M4A)
    with pytest.raises(TooManyTracks):
        await plant.service.of_tracks([spotify_id(number) for number in range(6)], M4A)


async def test_what_does_not_exist(plant: Plant) -> None:
    with pytest.raises(PlaylistNotFound):
        await plant.service.of_link(f"https://open.spotify.com/playlist/{spotify_id(1)}", M4A)
