"""The contract of `MatchStore`."""

from __future__ import annotations

import asyncio

import pytest

from services.store.base import MatchStore
from services.store.matches import MongoMatchStore
from services.store.mongo import MongoDatabase
from tests.store.values import NOW, Clock, spotify_id, video_id

TRACK = spotify_id(1)


@pytest.fixture
def store(database: MongoDatabase) -> MatchStore:
    return MongoMatchStore(database, clock=Clock())


async def test_nothing_is_known_at_first(store: MatchStore) -> None:
    corrections = await store.corrections(TRACK)
    assert (corrections.pinned, corrections.rejected, corrections.updated_at) == (None, {}, None)
    assert await store.unpin(TRACK) is False
    assert (await store.corrections(TRACK)).updated_at is None


async def test_a_pin_is_replaced_and_removed(store: MatchStore) -> None:
    await store.pin(TRACK, video_id(1))
    await store.pin(TRACK, video_id(2))
    assert (await store.corrections(TRACK)).pinned == video_id(2)
    assert (await store.corrections(spotify_id(2))).pinned is None
    assert await store.unpin(TRACK) is True
    assert await store.unpin(TRACK) is False
    assert (await store.corrections(TRACK)).pinned is None


async def test_rejected_videos_keep_their_reasons(store: MatchStore) -> None:
    await store.reject(TRACK, video_id(1), "reported")
    await store.reject(TRACK, video_id(2), "wrong_length")
    await store.reject(TRACK, video_id(1), "silent")
    await store.unpin(TRACK)
    corrections = await store.corrections(TRACK)
    assert corrections.rejected == {video_id(1): "silent", video_id(2): "wrong_length"}
    assert corrections.updated_at == NOW


async def test_a_pin_takes_the_video_off_the_rejected_ones_and_a_rejection_unpins_it(store: MatchStore) -> None:
    await store.reject(TRACK, video_id(1), "reported")
    await store.reject(TRACK, video_id(2), "reported")
    await store.pin(TRACK, video_id(1))
    corrections = await store.corrections(TRACK)
    assert (corrections.pinned, corrections.rejected) == (video_id(1), {video_id(2): "reported"})
    await store.reject(TRACK, video_id(3), "reported")
    assert (await store.corrections(TRACK)).pinned == video_id(1)
    await store.reject(TRACK, video_id(1), "reported")
    corrections = await store.corrections(TRACK)
    assert corrections.pinned is None
    assert set(corrections.rejected) == {video_id(1), video_id(2), video_id(3)}


async def test_rejections_side_by_side_are_all_kept(store: MatchStore) -> None:
    await asyncio.gather(*(store.reject(TRACK, video_id(n), f"why {n}") for n in range(10)))
    assert (await store.corrections(TRACK)).rejected == {video_id(n): f"why {n}" for n in range(10)}


async def test_documents_read_well(store: MatchStore, database: MongoDatabase) -> None:
    await store.reject(TRACK, video_id(1), "reported")
    document = await database.collection("matches").find_one({"_id": TRACK})
    assert document is not None
    assert document["rejected"] == [{"video_id": video_id(1), "why": "reported", "at": NOW}]
