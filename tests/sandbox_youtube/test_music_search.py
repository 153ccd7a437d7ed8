"""ytmusicapi's search against the stand-in."""

from __future__ import annotations

import json

import pytest
from ytmusicapi.exceptions import YTMusicServerError

from _local.sandbox.youtube import YouTubeStandIn

from .support import BAND, music_search, upload


async def test_songs(stand_in: YouTubeStandIn) -> None:
    [song] = await music_search(stand_in, "Nórthern LIGHTS Guest", filter="songs")
    assert song["videoId"] == "vid00000001"
    assert song["videoType"] == "MUSIC_VIDEO_TYPE_ATV"
    assert [artist["name"] for artist in song["artists"]] == ["Some Band", "Guest"]
    assert song["artists"][0]["id"] == BAND
    assert song["album"]["name"] == "Aurora"
    assert song["album"]["id"].startswith("MPREb_")
    assert (song["duration_seconds"], song["isExplicit"], song["isAvailable"]) == (10, True, True)
    assert stand_in.requests.count("music_search") == 1
    assert stand_in.requests.count("search") == 0


async def test_greyed_out_songs(stand_in: YouTubeStandIn) -> None:
    [song] = await music_search(stand_in, "something else", filter="songs")
    assert song["isAvailable"] is False


async def test_videos(stand_in: YouTubeStandIn) -> None:
    official, fan = sorted(await music_search(stand_in, "northern lights", filter="videos"), key=lambda v: v["videoId"])
    assert official["videoType"] == "MUSIC_VIDEO_TYPE_OMV"
    assert (official["views"], official["duration_seconds"]) == ("90M", 10)
    assert fan["videoType"] == "MUSIC_VIDEO_TYPE_UGC"
    assert [artist["name"] for artist in fan["artists"]] == ["fan"]


async def test_unfiltered(stand_in: YouTubeStandIn) -> None:
    hits = await music_search(stand_in, "northern lights")
    assert [(hit["category"], hit["resultType"]) for hit in hits] == [
        ("Top result", "song"),
        ("Songs", "song"),
        ("Videos", "video"),
        ("Videos", "video"),
    ]
    assert hits[0]["videoId"] == "vid00000001"


async def test_pages_follow_each_other(stand_in: YouTubeStandIn) -> None:
    for number in range(100, 145):
        stand_in.catalogue.put(upload(number, title=f"Paged {number}"))
    hits = await music_search(stand_in, "paged", filter="songs", limit=45)
    assert sorted(hit["videoId"] for hit in hits) == [f"vid{number:08d}" for number in range(100, 145)]


async def test_an_isrc_is_found_only_in_two_parts(stand_in: YouTubeStandIn) -> None:
    assert await music_search(stand_in, "USFZ22751050", filter="songs") == []
    [song] = await music_search(stand_in, "US FZ22751050", filter="songs")
    assert song["videoId"] == "vid00000001"


@pytest.mark.parametrize("search_filter", ["songs", "videos", "albums", None])
async def test_nothing_found(stand_in: YouTubeStandIn, search_filter: str | None) -> None:
    assert await music_search(stand_in, "zzzz qqqq", filter=search_filter) == []


async def test_empty_shelves(stand_in: YouTubeStandIn) -> None:
    stand_in.faults.empty("music_search", times=1)
    assert await music_search(stand_in, "northern lights", filter="songs") == []
    assert await music_search(stand_in, "northern lights", filter="songs")


async def test_too_many_requests_is_a_page_not_json(stand_in: YouTubeStandIn) -> None:
    stand_in.faults.fail("music_search", 429, html=True)
    with pytest.raises(json.JSONDecodeError):
        await music_search(stand_in, "northern lights", filter="songs")


async def test_server_errors_and_bad_json(stand_in: YouTubeStandIn) -> None:
    stand_in.faults.fail("music_search", 503, times=1)
    with pytest.raises(YTMusicServerError, match="503"):
        await music_search(stand_in, "northern lights", filter="songs")
    stand_in.faults.bad_json("music_search", times=1)
    with pytest.raises(json.JSONDecodeError):
        await music_search(stand_in, "northern lights", filter="songs")
    assert await music_search(stand_in, "northern lights", filter="songs")
