"""The sound itself: length, size, melody."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from _local.sandbox.youtube import Sound, heard_notes, melody_notes, sounds_like
from _local.sandbox.youtube.ffmpeg import run_ffmpeg

from .support import upload


def length_s(path: Path) -> float:
    pcm = run_ffmpeg(["-i", str(path), "-ac", "1", "-ar", "8000", "-f", "s16le", "pipe:1"])
    return len(pcm) / 2 / 8000


def complaints(path: Path) -> str:
    """What ffmpeg has to say while it decodes the file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-i", str(path), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True, stdin=subprocess.DEVNULL).stderr


@pytest.mark.parametrize("kind", ["m4a", "opus"])
@pytest.mark.parametrize("duration_s", [3, 61, 200])
def test_lengths_are_exact(sound: Sound, kind: str, duration_s: int) -> None:
    path = sound(upload(20, duration_s=duration_s), kind)
    assert length_s(path) == pytest.approx(duration_s, abs=0.1)
    assert complaints(path) == ""
    assert 100_000 < 8 * path.stat().st_size / duration_s < 180_000


@pytest.mark.parametrize("kind", ["m4a", "opus"])
def test_every_recording_is_told_from_the_others(sound: Sound, kind: str) -> None:
    path = sound(upload(21), kind)
    assert heard_notes(path) == melody_notes("vid00000021")
    assert not sounds_like(path, "vid00000022")


def test_uploads_of_one_recording_share_their_melody(sound: Sound) -> None:
    assert sounds_like(sound(upload(23, melody="same"), "m4a"), "same")
    assert sounds_like(sound(upload(24, melody="same", duration_s=12), "opus"), "same")


def test_melodies_differ() -> None:
    melodies = {tuple(melody_notes(str(number))) for number in range(2_000)}
    assert len(melodies) == 2_000


@pytest.mark.parametrize("kind", ["m4a", "opus"])
def test_silence_is_heard_as_silence(sound: Sound, kind: str) -> None:
    assert set(heard_notes(sound(upload(25, silent=True), kind))) == {None}


@pytest.mark.parametrize("kind", ["m4a", "opus"])
def test_spoilt_sound_does_not_decode(sound: Sound, kind: str) -> None:
    path = sound(upload(26, spoilt=True), kind)
    assert path.stat().st_size == pytest.approx(sound(upload(27), kind).stat().st_size, rel=0.2)
    with pytest.raises(RuntimeError):
        heard_notes(path)


def test_sound_may_be_shorter_than_promised(sound: Sound) -> None:
    assert length_s(sound(upload(28, duration_s=200, sound_s=4), "m4a")) == pytest.approx(4, abs=0.1)


def test_m4a_is_fragmented_as_youtube_sends_it(sound: Sound) -> None:
    content = sound(upload(29), "m4a").read_bytes()
    assert re.match(rb"....ftypdash", content, re.DOTALL)
    assert b"sidx" in content[:2048]
    assert content.count(b"moof") > 0


async def test_many_callers_make_one_file(sound: Sound) -> None:
    paths = await asyncio.gather(*(asyncio.to_thread(sound, upload(30), "m4a") for _ in range(8)))
    assert len(set(paths)) == 1
    written = paths[0].stat().st_mtime_ns
    assert sound(upload(30), "m4a").stat().st_mtime_ns == written
