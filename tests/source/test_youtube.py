"""The real yt-dlp, ytmusicapi and deno in child processes, against the YouTube stand-in behind its proxy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from _local.sandbox.youtube import Upload, YouTubeStandIn, default_sound
from models import errors as e
from models.audio import AudioFormat, MediaStream
from models.ids import VideoId
from models.match import QueryKind, Shelf, VideoType
from models.settings import Settings
from services.source.extract import YtDlpExtractor
from services.source.fetch import RangedFetcher
from services.source.pool import ChildPool
from services.source.search import YouTubeSearch
from tests.support.process import is_alive
from tests.support.wait import wait_for

SONG, VIDEO, OTHER = VideoId("songaaaaaa1"), VideoId("videoaaaaa2"), VideoId("otheraaaaa3")
UPLOADS = [
    Upload(video_id=SONG, title="Blue Morning", channel="Ann Example - Topic", channel_id="UC" + "a" * 22,
           duration_s=8, artists=("Ann Example", "Bob Guest"), album="First", kind="ATV", views=1234, explicit=True),
    Upload(video_id=VIDEO, title="Blue Morning (Official Video)", channel="Ann Example", channel_id="UC" + "b" * 22,
           duration_s=9, artists=("Ann Example",), kind="OMV", views=1_200_000),
    Upload(video_id=OTHER, title="Blue Morning cover", channel="Somebody", channel_id="UC" + "c" * 22, duration_s=7,
           formats=("opus",)),
]  # fmt: skip


@dataclass
class Source:
    """The client side and what it talks to."""

    youtube: YouTubeStandIn
    settings: Settings
    pool: ChildPool

    @property
    def search(self) -> YouTubeSearch:
        return YouTubeSearch(pool=self.pool, settings=self.settings)

    @property
    def extractor(self) -> YtDlpExtractor:
        return YtDlpExtractor(pool=self.pool, settings=self.settings)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Source]:
    folder = tmp_path_factory.mktemp("youtube")
    async with YouTubeStandIn(UPLOADS, default_sound(folder / "sound"), folder=folder / "stand-in") as youtube:
        settings = Settings(
            youtube_proxy=youtube.proxy_url, youtube_ca_file=youtube.ca_file, music_dl_home=folder / "home", max_retry=1
        )
        pool = ChildPool(settings=settings, size=2)
        await pool.start()
        yield Source(youtube, settings, pool)
        await pool.aclose()


@pytest.fixture(autouse=True)
def _no_faults(source: Source) -> None:
    source.youtube.faults.clear()
    source.youtube.requests.reset()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_songs(source: Source) -> None:
    [song] = await source.search.search("Blue Morning Ann Example", Shelf.SONGS, QueryKind.TITLE, 5)
    assert song.video_id == SONG
    assert song.artists == ("Ann Example", "Bob Guest")
    assert song.album == "First"
    assert song.duration_s == 8
    assert song.video_type is VideoType.ATV
    assert song.is_song
    assert song.explicit
    assert song.found_in[0].shelf is Shelf.SONGS
    assert source.youtube.requests.count("music_search") == 1


async def test_videos(source: Source) -> None:
    found = await source.search.search("Blue Morning", Shelf.VIDEOS, QueryKind.TITLE, 5)
    official = next(candidate for candidate in found if candidate.video_id == VIDEO)
    assert official.video_type is VideoType.OMV
    assert official.views == 1_200_000
    assert not official.is_song


async def test_plain_youtube_in_one_call(source: Source) -> None:
    found = await source.search.search('"Blue" -Morning', Shelf.YOUTUBE, QueryKind.TITLE, 2)
    assert len(found) == 2
    assert all(candidate.channel and candidate.duration_s for candidate in found)
    assert [request.query for request in source.youtube.requests.of("search")] == ["Blue Morning"]
    assert source.youtube.requests.count("watch") == source.youtube.requests.count("player") == 0


@pytest.mark.parametrize("shelf", list(Shelf))
async def test_nothing_found_is_an_empty_list(source: Source, shelf: Shelf) -> None:
    source.youtube.faults.empty("search")
    source.youtube.faults.empty("music_search")
    assert await source.search.search("Blue Morning", shelf, QueryKind.TITLE, 5) == []


@pytest.mark.parametrize(
    ("shelf", "fault", "kind"),
    [
        (Shelf.SONGS, {"status": 429, "html": True}, e.SourceRateLimited),
        (Shelf.VIDEOS, {"status": 500}, e.SourceFailed),
        (Shelf.SONGS, {"bad_json": True}, e.SourceFailed),
        (Shelf.SONGS, {"drop": "connect"}, e.SourceUnreachable),
        (Shelf.YOUTUBE, {"status": 429}, e.SourceRateLimited),
        (Shelf.YOUTUBE, {"status": 503}, e.SourceFailed),
        (Shelf.YOUTUBE, {"drop": "connect"}, e.SourceUnreachable),
    ],
)
async def test_search_that_could_not_be_learnt(
    source: Source, shelf: Shelf, fault: dict[str, Any], kind: type[e.SourceError]
) -> None:
    endpoint = "search" if shelf is Shelf.YOUTUBE else "music_search"
    if "status" in fault:
        source.youtube.faults.fail(endpoint, fault["status"], html=fault.get("html", False))
    elif "bad_json" in fault:
        source.youtube.faults.bad_json(endpoint)
    else:
        source.youtube.faults.drop("connect")
        # Connections that are open already would serve.
        for _ in range(2):
            source.youtube.faults.fail(endpoint, 500, times=1)
            with pytest.raises(e.SourceError):
                await source.search.search("Blue Morning", shelf, QueryKind.TITLE, 5)
    with pytest.raises(kind) as caught:
        await source.search.search("Blue Morning", shelf, QueryKind.TITLE, 5)
    assert caught.value.stage == "search"
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("audio_format", "extension", "codec"),
    [(AudioFormat.M4A, "m4a", "aac"), (AudioFormat.OPUS, "webm", "opus")],
)
async def test_extract_and_fetch(
    source: Source, tmp_path: Path, audio_format: AudioFormat, extension: str, codec: str
) -> None:
    stream = await source.extractor.extract(SONG, audio_format)
    assert (stream.extension, stream.codec) == (extension, codec)
    assert stream.duration_s == 8
    assert stream.title == "Blue Morning"
    assert stream.headers["User-Agent"]
    # The player's riddle was solved by the JavaScript runtime: the media server checks the answer.
    assert source.pool.versions()["deno"]
    assert not stream.warnings
    fetcher = RangedFetcher(settings=source.settings)
    await fetcher.start()
    size = await fetcher.fetch(stream, tmp_path / "audio", renew=lambda: source.extractor.extract(SONG, audio_format))
    await fetcher.aclose()
    assert size == stream.size_bytes == (tmp_path / "audio").stat().st_size
    assert source.youtube.requests.count("media") >= 1


async def test_mp3_takes_either(source: Source) -> None:
    assert (await source.extractor.extract(OTHER, AudioFormat.MP3)).codec == "opus"


async def test_no_stream_of_the_wanted_kind(source: Source) -> None:
    with pytest.raises(e.VideoFormatMissing):
        await source.extractor.extract(OTHER, AudioFormat.M4A)


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ("private", e.VideoPrivate),
        ("removed", e.VideoRemoved),
        ("members_only", e.VideoMembersOnly),
        ("geo_blocked", e.VideoGeoBlocked),
        ("age_restricted", e.VideoAgeRestricted),
        ("bot_check", e.BotCheck),
        ("session_limited", e.SessionLimited),
        ("live", e.VideoIsLive),
    ],
)
async def test_every_trouble_of_a_video_has_its_name(source: Source, trouble: Any, kind: type[e.SourceError]) -> None:
    source.youtube.faults.trouble(trouble)
    with pytest.raises(kind) as caught:
        await source.extractor.extract(SONG, AudioFormat.M4A)
    assert caught.value.stage == "extract"
    assert caught.value.facts["video_id"] == SONG


async def test_a_video_that_does_not_exist(source: Source) -> None:
    with pytest.raises(e.VideoRemoved):
        await source.extractor.extract(VideoId("nowhere0000"), AudioFormat.M4A)


@pytest.mark.parametrize(
    ("status", "kind"), [(429, e.SourceRateLimited), (403, e.SourceBlocked), (500, e.SourceFailed)]
)
async def test_a_player_that_refuses(source: Source, status: int, kind: type[e.SourceError]) -> None:
    source.youtube.faults.fail("player", status)
    source.youtube.faults.fail("watch", status)
    with pytest.raises(kind) as caught:
        await source.extractor.extract(SONG, AudioFormat.M4A)
    assert caught.value.retryable
    assert caught.value.facts["warnings"]


async def test_a_player_that_talks_nonsense(source: Source) -> None:
    source.youtube.faults.bad_json("player")
    source.youtube.faults.fail("watch", 500)
    with pytest.raises(e.SourceFailed):
        await source.extractor.extract(SONG, AudioFormat.M4A)


async def test_the_next_extraction_after_a_failure_is_clean(source: Source) -> None:
    source.youtube.faults.trouble("bot_check")
    with pytest.raises(e.BotCheck):
        await source.extractor.extract(SONG, AudioFormat.M4A)
    source.youtube.faults.clear()
    assert (await source.extractor.extract(SONG, AudioFormat.M4A)).codec == "aac"


async def test_an_expired_address_is_extracted_anew(source: Source, tmp_path: Path) -> None:
    stream = await source.extractor.extract(SONG, AudioFormat.M4A)
    renewals: list[MediaStream] = []

    async def renew() -> MediaStream:
        source.youtube.faults.clear()
        renewals.append(await source.extractor.extract(SONG, AudioFormat.M4A))
        return renewals[-1]

    source.youtube.faults.expire_media(after_requests=0)
    fetcher = RangedFetcher(settings=source.settings)
    await fetcher.start()
    assert await fetcher.fetch(stream, tmp_path / "audio", renew=renew) == stream.size_bytes
    await fetcher.aclose()
    assert len(renewals) == 1
    assert renewals[0].url != stream.url


async def test_the_certificate_is_not_trusted_unless_told(source: Source, tmp_path: Path) -> None:
    settings = source.settings.model_copy(update={"youtube_ca_file": None, "music_dl_home": tmp_path, "max_retry": 0})
    stream = await source.extractor.extract(SONG, AudioFormat.M4A)
    pool, fetcher = ChildPool(settings=settings, size=1), RangedFetcher(settings=settings)
    await pool.start()
    await fetcher.start()
    with pytest.raises(e.SourceUnreachable):
        await YouTubeSearch(pool=pool, settings=settings).search("x", Shelf.SONGS, QueryKind.TITLE, 5)
    with pytest.raises(e.SourceUnreachable):
        await YouTubeSearch(pool=pool, settings=settings).search("x", Shelf.YOUTUBE, QueryKind.TITLE, 5)
    with pytest.raises(e.SourceUnreachable):
        await fetcher.fetch(stream, tmp_path / "audio", renew=lambda: source.extractor.extract(SONG, AudioFormat.M4A))
    await pool.aclose()
    await fetcher.aclose()


async def test_the_operators_cookies_are_sent_and_their_file_is_left_alone(source: Source, tmp_path: Path) -> None:
    cookies = tmp_path / "cookies.txt"
    text = "# Netscape HTTP Cookie File\n\n.youtube.com\tTRUE\t/\tTRUE\t2147483647\tPREF\thl=en\n"
    cookies.write_text(text)
    settings = source.settings.model_copy(update={"youtube_cookies_file": cookies, "music_dl_home": tmp_path / "home"})
    pool = ChildPool(settings=settings, size=1)
    await pool.start()
    assert (await YtDlpExtractor(pool=pool, settings=settings).extract(SONG, AudioFormat.M4A)).size_bytes
    await pool.aclose()
    assert cookies.read_text() == text


SLOW_RUNTIME = """#!/bin/sh
case "$*" in *--version*) echo "deno 2.9.8 (stable, release, x86_64-unknown-linux-gnu)"; exit;; esac
echo $$ > {pid_file}
exec sleep 600
"""


async def test_what_a_child_started_dies_with_it(source: Source, tmp_path: Path) -> None:
    runtime, pid_file = tmp_path / "deno", tmp_path / "pid"
    runtime.write_text(SLOW_RUNTIME.format(pid_file=pid_file))
    runtime.chmod(0o755)
    settings = source.settings.model_copy(
        update={"ytdlp_options": {"js_runtimes": {"deno": {"path": str(runtime)}}, "cachedir": False},
                "music_dl_home": tmp_path}
    )  # fmt: skip
    pool = ChildPool(settings=settings, size=1)
    await pool.start()
    extracting = asyncio.create_task(YtDlpExtractor(pool=pool, settings=settings).extract(SONG, AudioFormat.M4A))
    await wait_for(lambda: pid_file.exists() and pid_file.read_text().strip())
    runtime_pid = int(pid_file.read_text())
    [child_pid] = pool.pids
    assert is_alive(runtime_pid)
    extracting.cancel()
    await asyncio.wait([extracting])
    await wait_for(lambda: not is_alive(runtime_pid) and not is_alive(child_pid))
    await pool.aclose()


async def test_without_a_javascript_runtime_it_goes_on_and_says_so(source: Source, tmp_path: Path) -> None:
    settings = source.settings.model_copy(
        update={"ytdlp_options": {"js_runtimes": {}, "cachedir": False}, "music_dl_home": tmp_path}
    )
    pool = ChildPool(settings=settings, size=1)
    await pool.start()
    stream = await YtDlpExtractor(pool=pool, settings=settings).extract(SONG, AudioFormat.M4A)
    assert any("JavaScript" in warning for warning in stream.warnings)
    await pool.aclose()
