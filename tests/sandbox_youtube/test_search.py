"""yt-dlp's own search against the stand-in."""

from __future__ import annotations

from typing import Any

import pytest
from yt_dlp.utils import DownloadError

from _local.sandbox.youtube import YouTubeStandIn

from .support import extract, upload


async def found(stand_in: YouTubeStandIn, target: str) -> list[dict[str, Any]]:
    return list((await extract(stand_in, target, extract_flat=True))["entries"])


async def test_search_lists_every_kind_of_upload_by_views(stand_in: YouTubeStandIn) -> None:
    hits = await found(stand_in, "ytsearch5:northern lights some band")
    assert [hit["id"] for hit in hits[:3]] == ["vid00000003", "vid00000002", "vid00000001"]
    song = hits[2]
    assert (song["title"], song["duration"], song["channel"]) == ("Northern Lights 1", 10, "Some Band - Topic")
    assert song["view_count"] == 5_500_000
    assert stand_in.requests.count("search") == 1
    assert stand_in.requests.of("search")[0].query == "northern lights some band"


async def test_pages_follow_each_other(stand_in: YouTubeStandIn) -> None:
    for number in range(100, 145):
        stand_in.catalogue.put(upload(number, title=f"Paged {number}"))
    hits = await found(stand_in, "ytsearch50:paged")
    assert sorted(hit["id"] for hit in hits) == [f"vid{number:08d}" for number in range(100, 145)]
    assert stand_in.requests.count("search") == 3


async def test_nothing_found_is_an_empty_list(stand_in: YouTubeStandIn) -> None:
    assert await found(stand_in, "ytsearch5:zzzz qqqq") == []


async def test_a_leading_hyphen_excludes(stand_in: YouTubeStandIn) -> None:
    hits = await found(stand_in, "ytsearch5:northern lights -live")
    assert [hit["id"] for hit in hits] == ["vid00000002", "vid00000001"]


async def test_live_streams_say_so(stand_in: YouTubeStandIn) -> None:
    stand_in.catalogue.put(upload(50, title="Radio forever", trouble="live"))
    [hit] = await found(stand_in, "ytsearch1:radio forever")
    assert hit["live_status"] == "is_live"
    assert hit["duration"] is None


async def test_channels_come_along_without_the_filter(stand_in: YouTubeStandIn) -> None:
    hits = await found(stand_in, "https://www.youtube.com/results?search_query=something+else")
    assert [hit["ie_key"] for hit in hits] == ["YoutubeTab", "Youtube"]


@pytest.mark.parametrize("status", [403, 429])
async def test_refused_search_fails(stand_in: YouTubeStandIn, status: int) -> None:
    stand_in.faults.fail("search", status, times=1)
    with pytest.raises(DownloadError, match=str(status)):
        await found(stand_in, "ytsearch5:northern lights")
    assert await found(stand_in, "ytsearch5:northern lights")


async def test_search_survives_passing_trouble(stand_in: YouTubeStandIn) -> None:
    stand_in.faults.fail("search", 503, times=1)
    stand_in.faults.drop("search", times=1)
    assert await found(stand_in, "ytsearch5:northern lights")
    assert stand_in.requests.count("search") == 3


async def test_empty_search_is_scripted(stand_in: YouTubeStandIn) -> None:
    stand_in.faults.empty("search", times=1)
    assert await found(stand_in, "ytsearch5:northern lights") == []
    assert await found(stand_in, "ytsearch5:northern lights")
