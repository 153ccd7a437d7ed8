"""`PUT` and `DELETE …/match`: a person's choice wins until it is taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from _local.sandbox.youtube import sounds_like
from tests.match.support import Desk, upload_of
from tests.support.wait import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

BAND = "The Quillback Parade"


async def test_a_pinned_video_wins_until_it_is_unpinned(desk: Desk, tmp_path: Path) -> None:
    track, live = desk.named("Umbrella Arithmetic"), upload_of(BAND, "Umbrella Arithmetic", "live")
    first = await desk.served(track)
    assert await desk.is_downloaded(track)

    pinned = await desk.pin(track, live)
    assert pinned.status == 200
    assert (pinned.json["pinned"], pinned.json["chosen"]["video_id"], pinned.json["files"]) == (live, live, [])
    assert not await desk.is_downloaded(track)
    assert (await desk.house.get(f"/media/{track}.m4a")).status == 404

    path = await desk.saved(track, tmp_path / "live.m4a")
    assert await asyncio.to_thread(sounds_like, path, live)
    body = (await desk.match(track)).json
    assert (body["outcome"], body["reason"]) == ("chosen", "Chosen by hand.")
    assert body["chosen"]["title"] == f"{BAND} - Umbrella Arithmetic (Live at Harbour Hall)"
    assert body["chosen"]["signals"][0]["name"] == "pinned"
    assert [each["recording"] for each in body["files"]] == [f"track-{track}"]
    again = await desk.pin(track, live)
    assert [each["video_id"] for each in again.json["files"]] == [live]

    unpinned = await desk.unpin(track)
    assert (unpinned.status, unpinned.json["pinned"], unpinned.json["outcome"]) == (200, None, "pending")
    assert unpinned.json["files"] == []
    assert await desk.served(track) == first
    refused = await desk.unpin(track)
    assert (refused.status, refused.json["code"]) == (409, "nothing_to_change")


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"video_id": None}, {"video_id": 12345678901}, {"video_id": "short"},
             {"video_id": "https://youtu.be/abcdefghijk"}, {"video_id": "abcdefghij!"}]
)  # fmt: skip
async def test_what_is_no_video_cannot_be_pinned(desk: Desk, body: Any) -> None:
    track = desk.named("Öljyä lyhtyyn, Äiti")
    answer = await desk.house.get(f"/api/spotify/track/{track}/match", method="PUT", json=body)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert (await desk.match(track)).json["code"] == "match_unknown"


async def test_a_body_that_is_no_json_is_refused(desk: Desk) -> None:
    track = desk.named("Öljyä lyhtyyn, Äiti")
    answer = await desk.house.get(f"/api/spotify/track/{track}/match", method="PUT", data=b"{")
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


async def test_a_pin_works_before_anything_was_asked(desk: Desk) -> None:
    track, lyrics = desk.named("Half a Moon in Debt"), upload_of(BAND, "Half a Moon in Debt", "lyrics")
    pinned = await desk.pin(track, lyrics)
    assert (pinned.status, pinned.json["decided_at"]) == (200, None)
    before = desk.sandbox.youtube.requests.count("music_search")
    assert await desk.served(track) == lyrics
    assert desk.sandbox.youtube.requests.count("music_search") == before


async def test_a_pin_overrules_a_refusal_at_once(desk: Desk) -> None:
    track = desk.named("Nobody Recorded This")
    assert (await desk.house.download(track)).json["code"] == "no_match"
    nearest = (await desk.match(track)).json["runners_up"][0]["video_id"]
    await desk.pin(track, nearest)
    assert await desk.served(track) == nearest


async def test_a_pin_that_cannot_be_had_fails_and_stays(desk: Desk) -> None:
    track = desk.named("Closed Rehearsal")
    private = upload_of("Kestrel & Loom", "Closed Rehearsal", "album audio")
    await desk.pin(track, private)
    assert (await desk.house.download(track)).json["code"] == "video_private"
    body = (await desk.match(track)).json
    assert (body["pinned"], body["chosen"]["video_id"]) == (private, private)
    assert "private" in body["reason"]


async def test_a_pin_leaves_other_tracks_of_the_recording_their_file(desk: Desk) -> None:
    first, twin = desk.named("Paper Lighthouse", 0), desk.named("Paper Lighthouse", 1)
    lyrics = upload_of(BAND, "Paper Lighthouse", "lyrics")
    shared = await desk.served(first)
    assert await desk.served(twin) == shared
    await desk.pin(twin, lyrics)
    assert [each["video_id"] for each in (await desk.match(first)).json["files"]] == [shared]
    assert await desk.served(twin) == lyrics
    assert await desk.served(first) == shared


async def test_a_pin_stops_what_is_being_fetched(desk: Desk) -> None:
    title = "Postcards from Perihelion"
    track, lyrics, right = desk.named(title), upload_of(BAND, title, "lyrics"), upload_of(BAND, title, "album audio")
    desk.sandbox.youtube.faults.throttle(2_000, video_id=right)
    waiting = asyncio.create_task(desk.house.download(track))
    await wait_for(lambda: any(asked.video_id == right for asked in desk.sandbox.youtube.requests.of("media")))
    await desk.pin(track, lyrics)
    answer = await waiting
    assert (answer.status, answer.json["state"]) == (200, "done")
    assert await desk.served(track) == lyrics
