"""What a player shows: tags, cover, synced lyrics and ReplayGain of all three formats, read by mutagen and ffprobe."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from tests.match.support import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

TITLE = "Loud in the Library"
"""Explicit, with lyrics."""


def as_ffmpeg_sees(path: Path) -> dict[str, str]:
    """The tags, names in lower case: by ffprobe, or by the bundled ffmpeg where there is none."""
    ffprobe = shutil.which("ffprobe")
    if ffprobe is not None:
        asked = [
            ffprobe,
            "-v",
            "error",
            "-show_entries",
            "format_tags:stream_tags:stream=codec_type",
            "-of",
            "json",
            str(path),
        ]
        told = json.loads(subprocess.run(asked, capture_output=True, check=True, text=True).stdout)
        tags: dict[str, str] = dict(told.get("format", {}).get("tags", {}))
        for stream in told.get("streams", ()):
            tags |= stream.get("tags", {}) if stream["codec_type"] == "audio" else {}
        return {name.lower(): value for name, value in tags.items()}
    seen: dict[str, str] = {}
    for place in ("0:g", "0:s:a:0"):
        asked = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
        asked += ["-map", "0:a:0", "-c", "copy", "-map_metadata", place, "-f", "ffmetadata", "-"]
        text = subprocess.run(asked, capture_output=True, check=True, text=True).stdout
        text = re.sub(r"\\(.|\n)", lambda found: "\x00" if found[1] == "\n" else found[1], text)
        pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
        seen |= {name.lower(): value.replace("\x00", "\n") for name, _, value in pairs}
    return seen


def wanted_lines(desk: Desk) -> list[tuple[int, str]]:
    entry = next(entry for entry in desk.sandbox.lrclib.entries if entry.track == TITLE)
    return [(at_ms // 10 * 10, text) for at_ms, text in entry.lines]


def lrc_lines(text: str) -> list[tuple[int, str]]:
    found = re.findall(r"\[(\d+):(\d+)\.(\d+)\] ?(.*)", text)
    return [(60_000 * int(m) + 1000 * int(s) + 10 * int(c), words) for m, s, c, words in found]


def gain_db(text: str) -> float:
    found = re.fullmatch(r"([-+]?\d+\.\d+) dB", text)
    assert found, text
    return float(found[1])


@pytest.fixture
def track(desk: Desk) -> dict[str, Any]:
    body = desk.sandbox.catalogue.tracks[desk.named(TITLE)]
    return {**body, "album": desk.sandbox.catalogue.albums[body["album"]["id"]]}


def assert_ffmpeg_agrees(path: Path, desk: Desk, track: dict[str, Any]) -> None:
    tags = as_ffmpeg_sees(path)
    assert tags["title"] == TITLE
    assert tags["artist"] == "Sable Ondine"
    assert tags["album"] == track["album"]["name"]
    assert tags["genre"] == "harbour house"
    assert tags["copyright"].startswith("2020 Semaphore Records")
    told = " ".join(tags.values())
    assert all(words in told for _, words in wanted_lines(desk))


async def test_m4a(desk: Desk, track: dict[str, Any], tmp_path: Path) -> None:
    path = await desk.saved(track["id"], tmp_path / "a.m4a")
    tags = MP4(path).tags
    assert tags is not None

    def own(name: str) -> str:
        return bytes(tags[f"----:com.apple.iTunes:{name}"][0]).decode()

    assert tags["\xa9gen"] == ["harbour house"]
    assert tags["rtng"] == [1]
    assert tags["cprt"][0].startswith("2020 Semaphore Records")
    assert own("LABEL") == "Semaphore Records"
    assert tags["\xa9lyr"][0].splitlines() == [words for _, words in wanted_lines(desk)]
    assert lrc_lines(own("SYNCEDLYRICS")) == wanted_lines(desk)
    assert -40 < gain_db(own("replaygain_track_gain")) < 40
    assert 0 < float(own("replaygain_track_peak")) <= 1.5
    assert_ffmpeg_agrees(path, desk, track)


async def test_opus(desk: Desk, track: dict[str, Any], tmp_path: Path) -> None:
    path = await desk.saved(track["id"], tmp_path / "a.opus", "opus")
    tags = OggOpus(path)
    assert tags["genre"] == ["harbour house"]
    assert tags["label"] == ["Semaphore Records"]
    assert tags["lyrics"][0].splitlines() == [words for _, words in wanted_lines(desk)]
    assert lrc_lines(tags["syncedlyrics"][0]) == wanted_lines(desk)
    assert "metadata_block_picture" in tags
    # RFC 7845: in Q7.8 dB, against -23 LUFS.
    assert -10_000 < int(tags["r128_track_gain"][0]) < 10_000
    assert_ffmpeg_agrees(path, desk, track)


async def test_mp3(desk: Desk, track: dict[str, Any], tmp_path: Path) -> None:
    path = await desk.saved(track["id"], tmp_path / "a.mp3", "mp3")
    tags = ID3(path)
    assert tags["TCON"].text == ["harbour house"]
    assert tags["TPUB"].text == ["Semaphore Records"]
    (synced,) = tags.getall("SYLT")
    assert [(round(at_ms, -1), words.strip()) for words, at_ms in synced.text] == wanted_lines(desk)
    (plain,) = tags.getall("USLT")
    assert all(words in plain.text for _, words in wanted_lines(desk))
    assert -40 < gain_db(tags["TXXX:REPLAYGAIN_TRACK_GAIN"].text[0]) < 40
    assert 0 < float(tags["TXXX:REPLAYGAIN_TRACK_PEAK"].text[0]) <= 1.5
    assert len(tags.getall("APIC")) == 1
    assert_ffmpeg_agrees(path, desk, track)


async def test_without_lyrics_the_file_is_made_all_the_same(desk: Desk, tmp_path: Path) -> None:
    desk.sandbox.lrclib.fail(path="/api/get", status=500, times=1)
    path = await desk.saved(desk.named("Glass Orchard"), tmp_path / "a.m4a")
    tags = MP4(path).tags
    assert tags is not None
    assert "\xa9lyr" not in tags
    assert tags["\xa9nam"] == ["Glass Orchard"]
