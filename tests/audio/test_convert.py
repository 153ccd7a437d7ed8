"""m4a and opus keep every packet; mp3 is a transcode; a failure leaves nothing behind."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from models.audio import AudioFormat
from models.errors import DiskFull, TranscodeFailed
from services.audio.convert import Converter
from services.audio.digest import digest
from services.audio.ffmpeg import Ffmpeg
from services.audio.verify import Verifier
from tests.support import sound


@pytest.fixture
def converter() -> Converter:
    return Converter(ffmpeg=Ffmpeg())


@pytest.mark.parametrize(("make", "audio_format"), [(sound.m4a, AudioFormat.M4A), (sound.webm, AudioFormat.OPUS)])
async def test_packets_pass_through(converter: Converter, tmp_path: Path, make, audio_format: AudioFormat) -> None:
    source, target = make(6), tmp_path / f"out.{audio_format.value}"
    await converter.finish(source, target, audio_format)
    assert sound.packets_md5(target) == sound.packets_md5(source)
    facts = await Verifier(ffmpeg=Ffmpeg()).measure(target)
    assert facts.duration_ms == pytest.approx(6000, abs=60)


async def test_m4a_is_plain_with_its_index_first(converter: Converter, tmp_path: Path) -> None:
    assert b"moof" in sound.m4a(6).read_bytes()
    target = tmp_path / "out.m4a"
    await converter.finish(sound.m4a(6), target, AudioFormat.M4A)
    data = target.read_bytes()
    assert data[4:11] == b"ftypM4A"
    assert b"moof" not in data
    assert 0 < data.index(b"moov") < data.index(b"mdat")


async def test_opus_lies_in_ogg(converter: Converter, tmp_path: Path) -> None:
    target = tmp_path / "out.opus"
    await converter.finish(sound.webm(6), target, AudioFormat.OPUS)
    assert target.read_bytes()[:4] == b"OggS"


@pytest.mark.parametrize("make", [sound.m4a, sound.webm])
async def test_mp3_is_made_from_either(converter: Converter, tmp_path: Path, make) -> None:
    target = tmp_path / "out.mp3"
    await converter.finish(make(6), target, AudioFormat.MP3)
    facts = await Verifier(ffmpeg=Ffmpeg()).measure(target)
    assert facts.codec == "mp3"
    assert facts.duration_ms == pytest.approx(6000, abs=80)


async def test_the_same_stream_gives_the_same_file(converter: Converter, tmp_path: Path) -> None:
    for make, audio_format in ((sound.m4a, AudioFormat.M4A), (sound.webm, AudioFormat.OPUS)):
        first, second = tmp_path / "1", tmp_path / "2"
        await converter.finish(make(6), first, audio_format)
        await converter.finish(make(6), second, audio_format)
        assert await digest(first) == await digest(second)


async def test_tags_of_the_source_do_not_survive(converter: Converter, tmp_path: Path) -> None:
    tagged, target = tmp_path / "in.m4a", tmp_path / "out.m4a"
    sound.ffmpeg("-i", str(sound.m4a(6)), "-c", "copy", "-metadata", "title=Somebody's upload", str(tagged))
    assert b"Somebody's upload" in tagged.read_bytes()
    await converter.finish(tagged, target, AudioFormat.M4A)
    assert b"Somebody's upload" not in target.read_bytes()


@pytest.mark.parametrize(
    ("make", "audio_format"), [(sound.webm, AudioFormat.M4A), (sound.m4a, AudioFormat.OPUS), (None, AudioFormat.MP3)]
)
async def test_what_cannot_be_is_no_file(converter: Converter, tmp_path: Path, make, audio_format: AudioFormat) -> None:
    source, target = tmp_path / "noise", tmp_path / "out"
    source.write_bytes(b"no sound" * 1000)
    with pytest.raises(TranscodeFailed):
        await converter.finish(make(6) if make else source, target, audio_format)
    assert not target.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_full_disk_is_called_so(converter: Converter, tmp_path: Path) -> None:
    # A link, so that the clean-up removes the link and not the device.
    link = tmp_path / "out.opus"
    link.symlink_to("/dev/full")
    with pytest.raises(DiskFull):
        await converter.finish(sound.webm(6), link, AudioFormat.OPUS)
    assert not link.is_symlink()


async def test_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 100_000)
    assert await digest(path) == (300_000, hashlib.sha256(b"abc" * 100_000).hexdigest())
