"""The contract of `MatchStore`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from models.ids import RecordingKey
from models.match import (
    Candidate,
    DecisionRecord,
    Finding,
    QueryKind,
    ScoredCandidate,
    Shelf,
    Signal,
    VideoType,
)
from services.store.base import MatchStore
from services.store.matches import MongoMatchStore
from services.store.mongo import MongoDatabase
from tests.store.values import NOW, Clock, spotify_id, video_id

TRACK = spotify_id(1)
RECORDING = RecordingKey("isrc-GBAAA0000001")


def scored(number: int, **fields: Any) -> ScoredCandidate:
    candidate = Candidate(
        video_id=video_id(number),
        title="Títle ♥",
        artists=("Björk",),
        duration_s=200.5,
        views=3_000_000_000,
        video_type=VideoType.ATV,
        found_in=(Finding(shelf=Shelf.SONGS, query_kind=QueryKind.ISRC, rank=0),),
    )
    signals = (Signal(name="title", points=4.0, reason="The title is same."),)
    return ScoredCandidate(candidate=candidate, score=4.25, confidence=0.95, signals=signals, **fields)


def record(**fields: Any) -> DecisionRecord:
    values: dict[str, Any] = {
        "chosen": scored(1),
        "runners_up": (scored(2, veto="not sure enough"),),
        "reason": "It is the best.",
        "track_id": TRACK,
        "recording_key": RECORDING,
        "decided_at": NOW,
    }
    return DecisionRecord(**(values | fields))


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


async def test_a_decision_is_read_as_it_was_put(store: MatchStore) -> None:
    assert (await store.explanation(TRACK)).decision is None
    await store.remember(record(chosen=None))
    await store.remember(record())
    known = await store.explanation(TRACK)
    assert known.decision == record()
    assert (known.corrections.updated_at, known.corrections.rejected) == (None, {})


async def test_decisions_and_corrections_leave_each_other_alone(store: MatchStore) -> None:
    await store.pin(TRACK, video_id(3))
    await store.remember(record())
    await store.reject(TRACK, video_id(4), "reported")
    known = await store.explanation(TRACK)
    assert known.decision == record()
    assert (known.corrections.pinned, known.corrections.rejected) == (video_id(3), {video_id(4): "reported"})
    assert known.corrections.updated_at == NOW


async def test_what_is_rejected_for_the_recording_holds_for_its_tracks_but_not_against_a_pin(store: MatchStore) -> None:
    await store.reject_recording(RECORDING, video_id(1), "reported")
    await store.reject(TRACK, video_id(2), "audio_silent")
    assert (await store.corrections(TRACK)).rejected == {video_id(2): "audio_silent"}
    both = await store.corrections(TRACK, RECORDING)
    assert both.rejected == {video_id(1): "reported", video_id(2): "audio_silent"}
    assert (await store.corrections(spotify_id(2), RECORDING)).rejected == {video_id(1): "reported"}
    await store.pin(TRACK, video_id(1))
    pinned = await store.corrections(TRACK, RECORDING)
    assert (pinned.pinned, pinned.rejected) == (video_id(1), {video_id(2): "audio_silent"})


async def test_people_can_read_a_decision(store: MatchStore, database: MongoDatabase) -> None:
    await store.remember(record())
    document = await database.collection("matches").find_one({"_id": TRACK})
    assert document is not None
    decision = document["decision"]
    assert decision["decided_at"] == NOW
    assert decision["chosen"]["candidate"]["video_id"] == video_id(1)
    assert decision["chosen"]["signals"] == [{"name": "title", "points": 4.0, "reason": "The title is same."}]
    assert decision["runners_up"][0]["veto"] == "not sure enough"
    assert decision["chosen"]["candidate"]["video_type"] == "ATV"
