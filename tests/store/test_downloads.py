"""The contract of `DownloadStore`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from models.audio import AudioFormat, media_name
from models.ids import MediaName, RecordingKey
from services.store.base import DownloadStore
from services.store.downloads import MongoDownloadStore
from services.store.mongo import MongoDatabase
from tests.store.values import NOW, Clock, spotify_id, stored, video_id

M4A, OPUS, MP3 = AudioFormat.M4A, AudioFormat.OPUS, AudioFormat.MP3
KEY = stored().recording_key


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: MongoDatabase, clock: Clock) -> DownloadStore:
    return MongoDownloadStore(database, clock=clock)


async def test_a_file_is_found_by_track_recording_and_name(store: DownloadStore) -> None:
    audio = stored(bucket_url=None)
    await store.put(audio)
    assert await store.by_track(spotify_id(1), M4A) == audio
    assert await store.by_recording(KEY, M4A) == audio
    assert await store.by_name(audio.name) == audio


async def test_what_was_never_kept_is_absent(store: DownloadStore) -> None:
    await store.put(stored(1))
    assert await store.by_track(spotify_id(2), M4A) is None
    assert await store.by_track(spotify_id(1), OPUS) is None
    assert await store.by_recording(KEY, OPUS) is None
    assert await store.by_name(MediaName("x.m4a")) is None
    assert await store.by_tracks([spotify_id(2)]) == {}
    assert await store.by_tracks([]) == {}


async def test_put_replaces_and_keeps_the_tracks_it_served(store: DownloadStore) -> None:
    first = stored(1)
    await store.put(first)
    await store.add_track(first, spotify_id(2))
    second = replace(first, video_id=video_id(9), sha256="f" * 64, bucket_url="https://example.org/x")
    await store.put(second)
    found = await store.by_track(spotify_id(2), M4A)
    assert found == replace(second, track_ids=(spotify_id(1), spotify_id(2)))


async def test_another_track_of_the_recording_is_served_once_told(store: DownloadStore) -> None:
    audio = stored(1)
    await store.put(audio)
    await store.add_track(audio, spotify_id(2))
    await store.add_track(audio, spotify_id(2))
    found = await store.by_track(spotify_id(2), M4A)
    assert found is not None
    assert found.name == media_name(spotify_id(1), M4A)
    assert found.track_ids == (spotify_id(1), spotify_id(2))


async def test_tracks_added_side_by_side_are_all_there(store: DownloadStore) -> None:
    audio = stored(1)
    await store.put(audio)
    others = [spotify_id(number) for number in range(2, 22)]
    await asyncio.gather(*(store.add_track(audio, other) for other in others))
    found = await store.by_recording(KEY, M4A)
    assert found is not None
    assert sorted(found.track_ids) == sorted([spotify_id(1), *others])
    assert set(await store.by_tracks(others)) == set(others)


async def test_a_track_that_is_dropped_loses_the_file_alone(store: DownloadStore) -> None:
    audio = stored(1)
    await store.put(audio)
    await store.put(stored(1, OPUS))
    await store.add_track(audio, spotify_id(2))
    await store.drop_track(audio, spotify_id(2))
    await store.drop_track(audio, spotify_id(3))
    assert await store.by_track(spotify_id(2), M4A) is None
    assert await store.by_track(spotify_id(1), M4A) == audio
    await store.drop_track(audio, spotify_id(1))
    assert await store.by_track(spotify_id(1), M4A) is None
    assert await store.by_track(spotify_id(1), OPUS) == stored(1, OPUS)
    await store.put(audio)
    assert await store.by_track(spotify_id(2), M4A) is None


async def test_a_removed_file_takes_no_more_tracks(store: DownloadStore) -> None:
    audio = stored(1)
    await store.put(audio)
    await store.remove(KEY, M4A)
    await store.add_track(audio, spotify_id(2))
    assert await store.by_track(spotify_id(1), M4A) is None
    assert await store.by_track(spotify_id(2), M4A) is None
    assert await store.by_name(audio.name) is None


async def test_remove_leaves_the_other_formats(store: DownloadStore) -> None:
    await store.put(stored(1))
    await store.put(stored(1, OPUS))
    await store.remove(KEY, M4A)
    await store.remove(KEY, M4A)
    assert await store.by_recording(KEY, OPUS) == stored(1, OPUS)
    assert await store.by_tracks([spotify_id(1)]) == {spotify_id(1): stored(1, OPUS)}


async def test_of_several_formats_the_list_prefers_m4a_then_opus(store: DownloadStore) -> None:
    for number, formats in ((1, (MP3, OPUS, M4A)), (2, (MP3, OPUS)), (3, (MP3,)), (4, ())):
        for audio_format in formats:
            await store.put(stored(number, audio_format))
    ids = [spotify_id(number) for number in (4, 3, 2, 1, 1)]
    found = await store.by_tracks(iter(ids))
    assert {track_id: audio.format for track_id, audio in found.items()} == {
        spotify_id(1): M4A,
        spotify_id(2): OPUS,
        spotify_id(3): MP3,
    }


async def test_a_long_list_is_asked_in_pieces(store: DownloadStore) -> None:
    known = [stored(number) for number in (0, 500, 2499)]
    for audio in known:
        await store.put(audio)
    found = await store.by_tracks(spotify_id(number) for number in range(2500))
    assert found == {audio.track_id: audio for audio in known}


async def test_a_name_belongs_to_the_file_that_was_written_last(store: DownloadStore) -> None:
    # The track's ISRC became known in between, so its recording has another key now.
    before = stored(1, recording_key=RecordingKey(f"track-{spotify_id(1)}"))
    await store.put(before)
    await store.put(stored(1))
    assert await store.by_name(before.name) == stored(1)
    assert await store.by_recording(before.recording_key, M4A) is None
    assert await store.by_track(spotify_id(1), M4A) == stored(1)


async def test_documents_read_well(store: DownloadStore, database: MongoDatabase) -> None:
    await store.put(stored(1))
    document = await database.collection("downloads").find_one({"_id": f"{KEY}-m4a"})
    assert document is not None
    assert document["created_at"] == NOW
    assert document["format"] == "m4a"
    assert document["track_ids"] == [spotify_id(1)]
    assert document["size_bytes"] == 3_000_000_001


async def test_a_claim_keeps_others_out_until_it_ends(store: DownloadStore, clock: Clock) -> None:
    minute = timedelta(minutes=1)
    assert await store.claim(KEY, M4A, "a", clock.now + minute)
    assert not await store.claim(KEY, M4A, "b", clock.now + minute)
    assert await store.claim(KEY, OPUS, "b", clock.now + minute)
    clock.forward(59)
    assert await store.claim(KEY, M4A, "a", clock.now + minute), "one's own claim is renewed"
    clock.forward(59)
    assert not await store.claim(KEY, M4A, "b", clock.now + minute)
    clock.forward(1)
    assert await store.claim(KEY, M4A, "b", clock.now + minute), "it ran out"
    assert not await store.claim(KEY, M4A, "a", clock.now + minute)


async def test_a_claim_is_given_back_by_its_owner_alone(store: DownloadStore, clock: Clock) -> None:
    until = clock.now + timedelta(minutes=1)
    assert await store.claim(KEY, M4A, "a", until)
    await store.release(KEY, M4A, "b")
    assert not await store.claim(KEY, M4A, "b", until)
    await store.release(KEY, M4A, "a")
    assert await store.claim(KEY, M4A, "b", until)


async def test_a_claim_does_not_look_like_a_file(store: DownloadStore, clock: Clock) -> None:
    assert await store.claim(KEY, M4A, "a", clock.now + timedelta(minutes=1))
    assert await store.by_recording(KEY, M4A) is None
    assert await store.by_track(spotify_id(1), M4A) is None
    await store.put(stored(1))
    await store.release(KEY, M4A, "a")
    assert await store.by_recording(KEY, M4A) == stored(1)


async def test_of_many_claims_at_once_one_wins(store: DownloadStore, clock: Clock) -> None:
    until = clock.now + timedelta(minutes=1)
    for _ in range(3):
        won = await asyncio.gather(*(store.claim(KEY, M4A, f"owner-{n}", until) for n in range(20)))
        assert won.count(True) == 1
        clock.now = until
        until += timedelta(minutes=1)
