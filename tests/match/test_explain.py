"""`GET /api/spotify/track/{id}/match`: why this video, or why none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.match.support import Desk, upload_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_before_anything_was_asked_there_is_nothing_to_tell(desk: Desk) -> None:
    answer = await desk.match(desk.named("Umbrella Arithmetic"))
    assert (answer.status, answer.json["code"]) == (404, "match_unknown")
    assert (await desk.match("short")).json["code"] == "invalid_track_id"


async def test_a_choice_is_explained(desk: Desk) -> None:
    track = desk.named("The Clockmaker's Parrot")
    right = upload_of("The Quillback Parade", "The Clockmaker's Parrot", "album audio")
    assert await desk.served(track) == right
    answer = await desk.match(track)
    assert answer.status == 200
    body = answer.json
    assert (body["track_id"], body["decided_for"], body["outcome"]) == (track, track, "chosen")
    chosen = body["chosen"]
    assert chosen["video_id"] == right
    assert chosen["url"] == f"https://www.youtube.com/watch?v={right}"
    assert (chosen["title"], chosen["duration_s"], chosen["veto"]) == ("The Clockmaker's Parrot", 57, None)
    assert chosen["artists"] == ["The Quillback Parade"]
    assert abs(sum(signal["points"] for signal in chosen["signals"]) - chosen["score"]) < 0.01
    assert {"title", "artists", "duration"} <= {signal["name"] for signal in chosen["signals"]}
    assert all(signal["reason"].endswith(".") for signal in chosen["signals"])
    assert 0.9 < chosen["confidence"] <= 1
    others = body["runners_up"]
    assert 1 <= len(others) <= 10
    assert right not in {other["video_id"] for other in others}
    assert all(other["score"] <= chosen["score"] for other in others)
    assert any(other["veto"] == "not sure enough" for other in others)
    assert (body["pinned"], body["rejected"], body["corrected_at"]) == (None, {}, None)
    assert body["decided_at"].endswith("+00:00")
    assert [(each["format"], each["video_id"]) for each in body["files"]] == [("m4a", right)]
    assert body["files"][0]["download_cdn"].endswith(f"/media/{track}.m4a")


async def test_a_shared_file_is_explained_by_the_track_it_was_chosen_for(desk: Desk) -> None:
    first, twin = desk.named("Paper Lighthouse", 0), desk.named("Paper Lighthouse", 1)
    right = await desk.served(first)
    assert await desk.served(twin) == right
    body = (await desk.match(twin)).json
    assert (body["decided_for"], body["outcome"], body["chosen"]["video_id"]) == (first, "chosen", right)


async def test_a_refusal_points_to_its_runners_up(desk: Desk) -> None:
    track = desk.named("Nobody Recorded This")
    refused = await desk.house.download(track)
    assert (refused.status, refused.json["code"]) == (404, "no_match")
    answer = await desk.house.get(refused.json["match_url"].removeprefix(desk.house.url))
    body = answer.json
    assert (answer.status, body["outcome"], body["chosen"], body["files"]) == (200, "no_match", None, [])
    assert len(body["runners_up"]) >= 5
    assert all(other["veto"] and other["signals"] for other in body["runners_up"])
    assert body["reason"].startswith("No candidate is surely right.")
    job = await desk.house.get(f"/api/downloads/{track}-m4a")
    assert job.json["match_url"] == refused.json["match_url"]


async def test_what_was_tried_in_vain_is_told(desk: Desk) -> None:
    lies, silent, gone = (
        desk.named(title) for title in ("The Longest Minute", "Quiet Machinery", "Letters to a Closed Station")
    )
    vetoes = {}
    for track in (lies, silent, gone):
        served = await desk.served(track)
        body = (await desk.match(track)).json
        assert body["chosen"]["video_id"] == served
        assert served in desk.sandbox.catalogue.expected[track].video_ids
        vetoes[track] = (body["runners_up"][0]["veto"], list(body["rejected"].values()))
    assert vetoes == {
        lies: ("rejected: audio_wrong_length", ["audio_wrong_length"]),
        silent: ("rejected: audio_silent", ["audio_silent"]),
        gone: ("tried in vain: video_removed", []),
    }


async def test_when_none_could_be_had_the_reason_says_why(desk: Desk) -> None:
    track = desk.named("Not for Export")
    assert (await desk.house.download(track)).json["code"] == "video_geo_blocked"
    body = (await desk.match(track)).json
    assert (body["outcome"], body["chosen"]) == ("no_match", None)
    assert body["runners_up"][0]["veto"] == "tried in vain: video_geo_blocked"
    assert "country" in body["reason"]


async def test_an_official_video_some_seconds_longer_serves_when_nothing_better_can_be_had(desk: Desk) -> None:
    """The matcher lets it pass for what it says, and so does the proof: it keeps its word."""
    band, title = "The Quillback Parade", "Postcards from Perihelion"
    uploads = desk.sandbox.youtube.catalogue
    for what in ("album audio", "lyrics"):
        better = uploads.get(upload_of(band, title, what))
        assert better is not None
        uploads.put(replace(better, trouble="private"))
    video = uploads.get(upload_of(band, title, "video"))
    assert video is not None
    uploads.put(replace(video, duration_s=89))
    track = desk.named(title)
    assert abs(desk.sandbox.catalogue.tracks[track]["duration_ms"] - 83_000) < 500
    assert await desk.served(track) == video.video_id
    chosen = (await desk.match(track)).json["chosen"]
    assert [signal["points"] < 0 for signal in chosen["signals"] if signal["name"] == "duration"] == [True]


async def test_a_search_that_finds_nothing_at_all_is_not_believed_for_long(desk: Desk) -> None:
    """It is tried again within the job; and were the job over, the next wish would search anew."""
    track = desk.named("Borrowed Weather (feat. Mörkö Säde)")
    searches = desk.sandbox.youtube.faults
    searches.empty("music_search", times=4)
    searches.empty("search", times=2)
    answer = await desk.house.download(track)
    assert answer.status == 200, answer.json
    job = await desk.house.get(f"/api/downloads/{track}-m4a")
    assert job.json["attempt"] >= 2
