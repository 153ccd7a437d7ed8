"""The media server: ranges, refusals and every scripted fault."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import aiohttp
import pytest
from yt_dlp.utils import DownloadError

from _local.sandbox.youtube import Sound, YouTubeStandIn, sounds_like

from .support import Browser, extract, upload

VIDEO = "vid00000001"
WATCH = "https://www.youtube.com/watch?v="


@pytest.fixture
def whole(sound: Sound, stand_in: YouTubeStandIn) -> bytes:
    song = stand_in.catalogue.get(VIDEO)
    assert song is not None
    return sound(song, "m4a").read_bytes()


def altered(url: str, **changes: str) -> str:
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return urlunsplit(parts._replace(query=urlencode(query)))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=1000-", slice(1000, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=90-99999999", slice(90, None)),
    ],
)
async def test_ranges(stand_in: YouTubeStandIn, browser: Browser, whole: bytes, header: str, expected: slice) -> None:
    url = await browser.media_url(VIDEO)
    async with browser.request("GET", url, headers={"Range": header}) as response:
        body = await response.read()
    start, stop, _ = expected.indices(len(whole))
    assert response.status == 206
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert response.headers["Content-Type"] == "audio/mp4"
    assert body == whole[expected]
    assert stand_in.requests.of("media", VIDEO)[0].range == header


async def test_whole_bodies_heads_and_ranges_beyond_the_end(browser: Browser, whole: bytes) -> None:
    url = await browser.media_url(VIDEO)
    assert await browser.read(url) == (200, whole)
    assert await browser.read(url + "&range=5-9") == (200, whole[5:10])
    async with browser.request("HEAD", url) as response:
        assert (response.status, response.content_length) == (200, len(whole))
    async with browser.request("GET", url, headers={"Range": f"bytes={len(whole)}-"}) as response:
        assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")


@pytest.mark.parametrize(
    "changes", [{"sig": "0"}, {"itag": "251"}, {"expire": "1"}, {"id": "o-vid00000002"}, {"c": "TVHTML5"}, {"n": "x"}]
)
async def test_forged_urls_are_refused(browser: Browser, changes: dict[str, str]) -> None:
    url = await browser.media_url(VIDEO)
    assert (await browser.read(altered(url, **changes)))[0] == 403


async def test_unsolved_riddles_are_refused(browser: Browser) -> None:
    entry = (await browser.player(VIDEO, "TVHTML5"))["streamingData"]["adaptiveFormats"][0]
    cipher = {name: values[0] for name, values in parse_qs(entry["signatureCipher"]).items()}
    assert (await browser.read(altered(cipher["url"], sig=cipher["s"])))[0] == 403


async def test_phones_need_a_token(browser: Browser) -> None:
    url = (await browser.player(VIDEO, "ANDROID"))["streamingData"]["adaptiveFormats"][0]["url"]
    assert (await browser.read(url))[0] == 403
    assert (await browser.read(url + "&pot=token"))[0] == 200


@pytest.mark.parametrize("fault", ["reset", "truncate"])
async def test_broken_bodies(stand_in: YouTubeStandIn, browser: Browser, whole: bytes, fault: str) -> None:
    url = await browser.media_url(VIDEO)
    script = stand_in.faults.reset_media if fault == "reset" else stand_in.faults.truncate_media
    script(1000, times=2, video_id=VIDEO)
    for _ in range(2):
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
            await browser.read(url)
    assert (await browser.read(url, Range="bytes=0-999"))[1] == whole[:1000]
    assert await browser.read(url) == (200, whole)


async def test_short_answers_outlive_a_later_cut(stand_in: YouTubeStandIn, browser: Browser, whole: bytes) -> None:
    url = await browser.media_url(VIDEO)
    stand_in.faults.reset_media(5000)
    assert (await browser.read(url, Range="bytes=0-4999"))[1] == whole[:5000]
    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
        await browser.read(url, Range="bytes=0-5000")


async def test_a_stalled_body_says_no_more(stand_in: YouTubeStandIn, browser: Browser, whole: bytes) -> None:
    url = await browser.media_url(VIDEO)
    stand_in.faults.stall_media(1000)
    async with browser.request("GET", url) as response:
        assert await response.content.readexactly(1000) == whole[:1000]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(response.content.read(1), 0.3)
    assert await browser.read(url) == (200, whole)


async def test_a_throttled_body_flows_again(stand_in: YouTubeStandIn, browser: Browser, whole: bytes) -> None:
    url = await browser.media_url(VIDEO)
    stand_in.faults.throttle(1)
    async with browser.request("GET", url) as response:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(response.content.readexactly(1000), 0.3)
        stand_in.faults.clear()
        rest = await response.read()
    assert len(rest) + 1 >= len(whole) - 1000
    assert whole.endswith(rest)


@pytest.mark.parametrize("limit", [{"after_requests": 2}, {"after_bytes": 1500}])
async def test_urls_expire_until_extracted_anew(
    stand_in: YouTubeStandIn, browser: Browser, limit: dict[str, int]
) -> None:
    stand_in.faults.expire_media(**limit, video_id=VIDEO)
    old = await browser.media_url(VIDEO)
    statuses = [(await browser.read(old, Range="bytes=0-999"))[0] for _ in range(4)]
    assert statuses == [206, 206, 403, 403]
    fresh = await browser.media_url(VIDEO)
    assert [(await browser.read(fresh, Range="bytes=0-999"))[0] for _ in range(4)] == [206] * 4
    assert (await browser.read(old, Range="bytes=0-999"))[0] == 403


async def test_wrong_bytes(stand_in: YouTubeStandIn, browser: Browser, whole: bytes) -> None:
    url = await browser.media_url(VIDEO)
    stand_in.faults.spoil_media(times=1)
    spoilt = (await browser.read(url))[1]
    assert len(spoilt) == len(whole)
    assert spoilt != whole
    assert (await browser.read(url))[1] == whole


async def test_refusals_for_one_video_only(stand_in: YouTubeStandIn, browser: Browser, whole: bytes) -> None:
    stand_in.faults.fail("media", 403, video_id="vid00000002")
    assert (await browser.read(await browser.media_url("vid00000002")))[0] == 403
    assert await browser.read(await browser.media_url(VIDEO)) == (200, whole)


async def test_ytdlp_resumes_what_broke(stand_in: YouTubeStandIn, tmp_path: Path) -> None:
    stand_in.catalogue.put(upload(60, duration_s=61))
    stand_in.faults.reset_media(300_000, times=2)
    target = tmp_path / "song.m4a"
    await extract(stand_in, WATCH + "vid00000060", clients=["visionos"], to=target, format="140", http_chunk_size=0)
    assert stand_in.requests.count("media", "vid00000060") == 3
    assert await asyncio.to_thread(sounds_like, target, "vid00000060")


async def test_ytdlp_gives_up_on_an_expired_url(stand_in: YouTubeStandIn, tmp_path: Path) -> None:
    stand_in.faults.expire_media(after_requests=0)
    target = tmp_path / "song.m4a"
    with pytest.raises(DownloadError, match="HTTP Error 403"):
        await extract(stand_in, WATCH + VIDEO, clients=["visionos"], to=target, format="140")
    await extract(stand_in, WATCH + VIDEO, clients=["visionos"], to=target, format="140")
    assert await asyncio.to_thread(sounds_like, target, VIDEO)
