"""yt-dlp extracts and downloads; each trouble gives YouTube's sentence."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from yt_dlp.utils import DownloadError

from _local.sandbox.upload import Trouble
from _local.sandbox.youtube import YouTubeStandIn, heard_notes, sounds_like

from .support import Browser, Warnings, extract, upload

WATCH = "https://www.youtube.com/watch?v="

TROUBLES: dict[Trouble, str] = {
    "private": "Private video. Sign in if you've been granted access to this video",
    "removed": "Video unavailable. This video has been removed by the uploader",
    "members_only": "Join this channel to get access to members-only content like this video",
    "geo_blocked": "The uploader has not made this video available in your country",
    "age_restricted": "Sign in to confirm your age",
    "bot_check": "Sign in to confirm you’re not a bot",
    "session_limited": "This content isn't available, try again later. The current session has been rate-limited",
}


@pytest.mark.parametrize(
    ("clients", "asked"),
    [(["visionos"], ["VISIONOS"]), (["tv_samsung"], ["TVHTML5"]), (None, ["TVHTML5", "VISIONOS"])],
    ids=["plain", "riddles", "default"],
)
async def test_a_download_plays_its_own_melody(
    stand_in: YouTubeStandIn, tmp_path: Path, clients: list[str] | None, asked: list[str]
) -> None:
    target, told = tmp_path / "song.m4a", Warnings()
    info = await extract(
        stand_in, WATCH + "vid00000001", clients=clients, to=target, format="bestaudio[ext=m4a]", logger=told
    )
    assert told.lines == []
    assert [request.client for request in stand_in.requests.of("player")] == asked
    assert stand_in.requests.count("player_script") == ("TVHTML5" in asked)
    assert (info["format_id"], info["duration"], info["channel"]) == ("140", 10, "Some Band - Topic")
    assert info["filesize"] == target.stat().st_size
    assert await asyncio.to_thread(sounds_like, target, "vid00000001")


async def test_opus(stand_in: YouTubeStandIn, tmp_path: Path) -> None:
    target = tmp_path / "song.webm"
    info = await extract(stand_in, WATCH + "vid00000002", clients=["visionos"], to=target, format="251")
    assert (info["acodec"], info["asr"], info["ext"]) == ("opus", 48_000, "webm")
    assert await asyncio.to_thread(sounds_like, target, "vid00000002")


async def test_lies_that_only_listening_finds(stand_in: YouTubeStandIn, tmp_path: Path) -> None:
    silent, spoilt, short = (tmp_path / name for name in ("silent.m4a", "spoilt.m4a", "short.m4a"))
    for number, target in ((5, silent), (6, spoilt), (7, short)):
        video = f"{WATCH}vid{number:08d}"
        info = await extract(stand_in, video, clients=["visionos"], to=target, format="140")
        assert info["duration"] == 10
    assert set(await asyncio.to_thread(heard_notes, silent)) == {None}
    assert len(await asyncio.to_thread(heard_notes, short)) == 8
    with pytest.raises(RuntimeError):
        await asyncio.to_thread(heard_notes, spoilt)


@pytest.mark.parametrize("clients", [["visionos"], None], ids=["plain", "default"])
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_troubles_say_what_youtube_says(
    stand_in: YouTubeStandIn, trouble: Trouble, clients: list[str] | None
) -> None:
    stand_in.catalogue.put(upload(40, trouble=trouble))
    with pytest.raises(DownloadError) as caught:
        await extract(stand_in, WATCH + "vid00000040", clients=clients)
    assert TROUBLES[trouble] in str(caught.value)


async def test_an_unknown_id_is_unavailable(stand_in: YouTubeStandIn) -> None:
    with pytest.raises(DownloadError, match="Video unavailable"):
        await extract(stand_in, WATCH + "nosuchvideo", clients=["visionos"])


async def test_a_live_stream_is_known_as_one(stand_in: YouTubeStandIn) -> None:
    stand_in.catalogue.put(upload(41, trouble="live"))
    info = await extract(stand_in, WATCH + "vid00000041", clients=["visionos"])
    assert info["live_status"] == "is_live"


async def test_a_scripted_trouble_passes(stand_in: YouTubeStandIn) -> None:
    stand_in.faults.trouble("bot_check", times=1)
    with pytest.raises(DownloadError, match="not a bot"):
        await extract(stand_in, WATCH + "vid00000001", clients=["visionos"])
    assert await extract(stand_in, WATCH + "vid00000001", clients=["visionos"])


@pytest.mark.parametrize("fault", ["429", "403", "bad_json"])
async def test_a_failing_player_leaves_its_cause_in_the_warnings(stand_in: YouTubeStandIn, fault: str) -> None:
    if fault == "bad_json":
        stand_in.faults.bad_json("player")
    else:
        stand_in.faults.fail("player", int(fault))
    told = Warnings()
    with pytest.raises(DownloadError):
        await extract(stand_in, WATCH + "vid00000001", clients=["visionos"], logger=told)
    assert any(("JSON" if fault == "bad_json" else fault) in line for line in told.lines)


async def test_videos_without_sound_have_no_format(stand_in: YouTubeStandIn) -> None:
    stand_in.catalogue.put(upload(42, formats=("opus",)))
    with pytest.raises(DownloadError, match="Requested format is not available"):
        await extract(stand_in, WATCH + "vid00000042", clients=["visionos"], format="140")


async def test_the_watch_page_alone_gives_no_urls(browser: Browser) -> None:
    answer = await browser.player("vid00000001", "WEB")
    assert all(
        "url" not in entry and "signatureCipher" not in entry for entry in answer["streamingData"]["adaptiveFormats"]
    )


async def test_thumbnails_are_pictures(stand_in: YouTubeStandIn, tmp_path: Path) -> None:
    info = await extract(
        stand_in, WATCH + "vid00000001", clients=["visionos"], to=tmp_path / "song.%(ext)s", writethumbnail=True
    )
    assert info["thumbnail"].startswith("https://i.ytimg.com/")
    assert (tmp_path / "song.jpg").read_bytes().startswith(b"\xff\xd8")
