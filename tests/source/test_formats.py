"""Which of a video's formats is taken, and yt-dlp's parameters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models.audio import AudioFormat
from models.errors import VideoFormatMissing, VideoIsLive
from models.ids import VideoId
from services.source.extract import media_stream
from services.source.libraries import Listener, downloader_params

VIDEO = VideoId("dQw4w9WgXcQ")
AAC: dict[str, Any] = {
    "format_id": "140", "url": "https://media/140", "ext": "m4a", "protocol": "https", "acodec": "mp4a.40.2",
    "vcodec": "none", "abr": 129.5, "filesize": 1000, "http_headers": {"User-Agent": "x"},
    "available_at": 1_700_000_000,
}  # fmt: skip
LOW_AAC = {**AAC, "format_id": "139", "url": "https://media/139", "abr": 48, "acodec": "mp4a.40.5"}
OPUS = {**AAC, "format_id": "251", "url": "https://media/251", "ext": "webm", "acodec": "opus", "abr": None, "tbr": 140}
MUXED = {**AAC, "format_id": "18", "ext": "mp4", "vcodec": "avc1.42001E"}
HLS = {**AAC, "format_id": "233", "protocol": "m3u8_native"}
DASH = {**OPUS, "protocol": "http_dash_segments"}


def info(*formats: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "T", "duration": 213, "live_status": "not_live", "formats": list(formats), **more}


@pytest.mark.parametrize(
    ("wanted", "url"),
    [(AudioFormat.M4A, "140"), (AudioFormat.OPUS, "251"), (AudioFormat.MP3, "251")],
)
def test_the_best_that_fits_is_taken(wanted: AudioFormat, url: str) -> None:
    stream = media_stream(VIDEO, wanted, info(HLS, MUXED, LOW_AAC, AAC, OPUS, DASH), ("w",))
    assert stream.url == f"https://media/{url}"


def test_the_stream_says_what_is_known() -> None:
    stream = media_stream(VIDEO, AudioFormat.M4A, info(AAC), ("w",))
    assert (stream.extension, stream.codec, stream.bitrate_bps, stream.size_bytes) == ("m4a", "aac", 129_500, 1000)
    assert (stream.duration_s, stream.title, stream.warnings) == (213, "T", ("w",))
    assert stream.headers == {"User-Agent": "x"}
    assert stream.available_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    opus = media_stream(VIDEO, AudioFormat.OPUS, info(OPUS), ())
    assert (opus.extension, opus.codec, opus.bitrate_bps) == ("webm", "opus", 140_000)


@pytest.mark.parametrize("formats", [(), (OPUS,), (MUXED,), (HLS,)])
def test_nothing_that_fits(formats: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(VideoFormatMissing):
        media_stream(VIDEO, AudioFormat.M4A, info(*formats), ())


@pytest.mark.parametrize("status", ["is_live", "is_upcoming", "post_live"])
def test_live_streams_are_refused(status: str) -> None:
    with pytest.raises(VideoIsLive):
        media_stream(VIDEO, AudioFormat.M4A, info(AAC, live_status=status), ())


OPTIONS: dict[str, Any] = {
    "cache_dir": "/c", "request_timeout_s": 15, "retries": 3, "proxy": None, "ca_bundle": None,
    "cookies_file": None, "deno_path": None, "ytdlp_options": {},
}  # fmt: skip


def test_no_player_client_is_named_by_us() -> None:
    params = downloader_params(OPTIONS, Listener())
    assert "player_client" not in str(params)
    assert params["js_runtimes"] == {}
    assert params["compat_opts"] == set()
    assert "proxy" not in params


def test_the_operators_options_win_and_extractor_arguments_merge() -> None:
    own = {
        "socket_timeout": 5,
        "compat_opts": ["abort-on-error"],
        "extractor_args": {"youtube": {"player_client": "web,tv"}, "youtubetab": {"approximate_date": [""]}},
    }
    params = downloader_params({**OPTIONS, "ca_bundle": "/ca", "ytdlp_options": own}, Listener())
    assert params["socket_timeout"] == 5
    assert params["extractor_args"] == {
        "youtube": {"player_client": ["web", "tv"]},
        "youtubetab": {"skip": ["webpage"], "approximate_date": [""]},
    }
    assert params["compat_opts"] == {"no-certifi", "abort-on-error"}
