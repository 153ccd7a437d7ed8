"""Search rows become candidates."""

from __future__ import annotations

from typing import Any

import pytest

from models.match import QueryKind, Shelf, VideoType
from services.source.candidates import clean_query, from_music, from_youtube, parse_views

SONG: dict[str, Any] = {
    "resultType": "song",
    "videoId": "lYBUbBu4W08",
    "videoType": "MUSIC_VIDEO_TYPE_ATV",
    "title": "Never Gonna Give You Up",
    "artists": [{"name": "Rick Astley", "id": "UCIRRVWR5eVpH2jg6vIFbAMw"}, {"name": "Guest", "id": None}],
    "album": {"name": "Whenever You Need Somebody", "id": "MPREb_x"},
    "duration": "3:34",
    "duration_seconds": 214,
    "isExplicit": False,
    "isAvailable": True,
    "views": "1.2B",
}
ENTRY: dict[str, Any] = {
    "id": "dQw4w9WgXcQ",
    "title": "Rick Astley - Never Gonna Give You Up",
    "duration": 213.0,
    "channel": "Rick Astley",
    "channel_id": "UCuAXFkgsw1L7xaCfnd5JJOw",
    "channel_is_verified": True,
    "view_count": 1_600_000_000,
    "live_status": None,
}


def test_a_song() -> None:
    [found] = from_music([SONG], Shelf.SONGS, QueryKind.TITLE)
    assert found.video_id == "lYBUbBu4W08"
    assert found.artists == ("Rick Astley", "Guest")
    assert found.channel_id == "UCIRRVWR5eVpH2jg6vIFbAMw"
    assert found.album == "Whenever You Need Somebody"
    assert found.duration_s == 214.0
    assert found.views == 1_200_000_000
    assert found.video_type is VideoType.ATV
    assert found.is_song
    assert found.official
    assert found.explicit is False
    assert found.available
    assert [(f.shelf, f.query_kind, f.rank) for f in found.found_in] == [(Shelf.SONGS, QueryKind.TITLE, 0)]


def test_videos_of_each_kind() -> None:
    rows = [
        {**SONG, "resultType": "video", "videoType": f"MUSIC_VIDEO_TYPE_{name}", "album": None}
        for name in ("OMV", "UGC", "OFFICIAL_SOURCE_MUSIC", "PODCAST_EPISODE")
    ]
    found = from_music(rows, Shelf.VIDEOS, QueryKind.ISRC)
    assert [c.video_type for c in found] == [VideoType.OMV, VideoType.UGC, VideoType.OFFICIAL_SOURCE_MUSIC, None]
    assert [c.official for c in found] == [True, False, True, None]
    assert not any(c.is_song for c in found)
    assert found[0].album is None


def test_withdrawn_rows_are_left_out_and_ranks_stay() -> None:
    rows = [{**SONG, "videoId": None}, {**SONG, "isAvailable": False}]
    [found] = from_music(rows, Shelf.SONGS, QueryKind.TITLE)
    assert found.found_in[0].rank == 1
    assert not found.available


def test_a_row_that_says_next_to_nothing() -> None:
    [found] = from_music([{"videoId": "lYBUbBu4W08", "title": None, "artists": None}], Shelf.SONGS, QueryKind.TITLE)
    assert (found.title, found.artists, found.channel, found.duration_s, found.views) == ("", (), None, None, None)


def test_plain_youtube() -> None:
    [found] = from_youtube([ENTRY], QueryKind.TITLE)
    assert found.artists == ()
    assert found.channel == "Rick Astley"
    assert found.channel_verified
    assert found.views == 1_600_000_000
    assert found.official is None
    assert found.found_in[0].shelf is Shelf.YOUTUBE


def test_a_topic_channel_names_the_artist() -> None:
    [found] = from_youtube([{**ENTRY, "channel": "Rick Astley - Topic", "channel_is_verified": None}], QueryKind.TITLE)
    assert found.artists == ("Rick Astley",)
    assert found.channel == "Rick Astley - Topic"
    assert found.official
    assert found.channel_verified is False


def test_live_upcoming_and_strange_entries_are_left_out() -> None:
    entries = [
        {**ENTRY, "live_status": "is_live"},
        {**ENTRY, "live_status": "is_upcoming"},
        {**ENTRY, "id": "UC-a-channel-id"},
        {**ENTRY, "live_status": "was_live"},
    ]
    [found] = from_youtube(entries, QueryKind.TITLE)
    assert found.found_in[0].rank == 3


@pytest.mark.parametrize(
    ("text", "views"),
    [
        ("1.2M", 1_200_000),
        ("513", 513),
        ("88K views", 88_000),
        ("1,234 plays", 1234),
        ("1,7\xa0Mrd.", None),
        (None, None),
    ],
)
def test_views(text: str | None, views: int | None) -> None:
    assert parse_views(text) == views


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("-Ann -M- Song", "Ann M- Song"),
        ('"Heroes" David Bowie', "Heroes David Bowie"),
        ("A - B Jean-Michel", "A - B Jean-Michel"),
        ("  “Weird   Al” ", "Weird Al"),
        ("--", "--"),
        ('""', '""'),
    ],
)
def test_operators_are_taken_out_of_queries(text: str, cleaned: str) -> None:
    assert clean_query(text) == cleaned
