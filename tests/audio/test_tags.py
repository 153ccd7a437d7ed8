"""What is written is read back, by mutagen and by ffprobe, in all three formats; odd data never fails."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen import id3
from mutagen.flac import Picture
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus

from models.audio import AudioFormat
from models.errors import TaggingFailed
from models.ids import SpotifyId
from models.music import Album, AlbumRef, ArtistRef, Track
from services.audio.convert import Converter
from services.audio.ffmpeg import Ffmpeg
from services.audio.tags import write_tags
from services.audio.tagset import MAX_COVER_BYTES, Cover, SyncedLine, TagSet, clean, parse_lrc
from services.audio.verify import Verifier
from tests.support import sound
from tests.support.facts import TRACK_ID, VIDEO_ID, make_album, make_facts, make_track

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 5000
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 500
LRC = "[ar:Sigur Rós]\n[00:01.50]First line\n[00:03.25][00:05.00]Twice ☃\n"
PLAIN = "First line\nTwice ☃"
SOURCE_URL = f"https://www.youtube.com/watch?v={VIDEO_ID}"


def make_tags(audio_format: AudioFormat, track: Track | None = None, **inputs: Any) -> TagSet:
    given: dict[str, Any] = {"album": make_album(), "cover": JPEG, "synced_lyrics": LRC, "lyrics": PLAIN}
    return TagSet.of(
        track or make_track(),
        video_id=VIDEO_ID,
        facts=make_facts(),
        audio_format=audio_format,
        **{**given, **inputs},
    )


async def finished(folder: Path, audio_format: AudioFormat) -> Path:
    path = folder / f"out.{audio_format.value}"
    source = sound.m4a(6) if audio_format is AudioFormat.M4A else sound.webm(6)
    await Converter(ffmpeg=Ffmpeg()).finish(source, path, audio_format)
    return path


async def test_m4a(tmp_path: Path) -> None:
    path = await finished(tmp_path, AudioFormat.M4A)
    await write_tags(path, AudioFormat.M4A, make_tags(AudioFormat.M4A))
    tags = MP4(path).tags
    assert tags["\xa9nam"] == ["Señorita (feat. 椎名林檎)"]
    assert tags["\xa9ART"] == ["Sigur Rós", "椎名林檎"]
    assert tags["\xa9alb"] == ["Ágætis byrjun"]
    assert tags["aART"] == ["Sigur Rós"]
    assert tags["trkn"] == [(2, 3)]
    assert tags["disk"] == [(1, 2)]
    assert tags["\xa9day"] == ["1999-06-12"]
    assert tags["\xa9gen"] == ["post-rock", "icelandic"]
    assert tags["cprt"] == ["1999 Krunk / 1999 Smekkleysa"]
    assert tags["\xa9lyr"] == [PLAIN]
    assert tags["rtng"] == [1]
    assert tags["\xa9cmt"] == [SOURCE_URL]
    assert tags["\xa9too"] == ["music-dl-server"]
    assert tags["covr"] == [JPEG]
    assert tags["covr"][0].imageformat == MP4Cover.FORMAT_JPEG
    free = {key.removeprefix("----:com.apple.iTunes:"): bytes(tags[key][0]).decode() for key in tags if key[0] == "-"}
    assert free == {
        "ISRC": "ISA019900012",
        "LABEL": "Krunk",
        "SYNCEDLYRICS": LRC.strip(),
        "SOURCE_URL": SOURCE_URL,
        "YOUTUBE_VIDEO_ID": VIDEO_ID,
        "SPOTIFY_TRACK_ID": TRACK_ID,
        "SPOTIFY_URL": f"https://open.spotify.com/track/{TRACK_ID}",
        "replaygain_track_gain": "-7.25 dB",
        "replaygain_track_peak": "0.987654",
    }


async def test_opus(tmp_path: Path) -> None:
    path = await finished(tmp_path, AudioFormat.OPUS)
    await write_tags(path, AudioFormat.OPUS, make_tags(AudioFormat.OPUS))
    tags = dict(OggOpus(path).tags.as_dict())
    picture = Picture(base64.b64decode(tags.pop("metadata_block_picture")[0]))
    assert (picture.data, picture.mime, picture.type) == (JPEG, "image/jpeg", 3)
    assert tags == {
        "title": ["Señorita (feat. 椎名林檎)"],
        "artist": ["Sigur Rós", "椎名林檎"],
        "album": ["Ágætis byrjun"],
        "albumartist": ["Sigur Rós"],
        "tracknumber": ["2"],
        "tracktotal": ["3"],
        "discnumber": ["1"],
        "disctotal": ["2"],
        "date": ["1999-06-12"],
        "genre": ["post-rock", "icelandic"],
        "copyright": ["1999 Krunk / 1999 Smekkleysa"],
        "lyrics": [PLAIN],
        "syncedlyrics": [LRC.strip()],
        "itunesadvisory": ["1"],
        "comment": [SOURCE_URL],
        "encoded-by": ["music-dl-server"],
        "r128_track_gain": [str(round((-7.25 - 5) * 256))],
        "isrc": ["ISA019900012"],
        "label": ["Krunk"],
        "source_url": [SOURCE_URL],
        "youtube_video_id": [VIDEO_ID],
        "spotify_track_id": [TRACK_ID],
        "spotify_url": [f"https://open.spotify.com/track/{TRACK_ID}"],
    }


async def test_mp3(tmp_path: Path) -> None:
    path = await finished(tmp_path, AudioFormat.MP3)
    await write_tags(path, AudioFormat.MP3, make_tags(AudioFormat.MP3))
    tags = id3.ID3(path)
    texts = {name: list(map(str, tags[name].text)) for name in tags if name.startswith("T") and ":" not in name}
    assert texts == {
        "TIT2": ["Señorita (feat. 椎名林檎)"],
        "TPE1": ["Sigur Rós", "椎名林檎"],
        "TALB": ["Ágætis byrjun"],
        "TPE2": ["Sigur Rós"],
        "TRCK": ["2/3"],
        "TPOS": ["1/2"],
        "TDRC": ["1999-06-12"],
        "TSRC": ["ISA019900012"],
        "TCON": ["post-rock", "icelandic"],
        "TPUB": ["Krunk"],
        "TCOP": ["1999 Krunk / 1999 Smekkleysa"],
        "TSSE": ["LAME, by music-dl-server"],
    }
    assert {frame.desc: frame.text for frame in tags.getall("TXXX")} == {
        "ITUNESADVISORY": ["1"],
        "REPLAYGAIN_TRACK_GAIN": ["-7.25 dB"],
        "REPLAYGAIN_TRACK_PEAK": ["0.987654"],
        "SOURCE_URL": [SOURCE_URL],
        "YOUTUBE_VIDEO_ID": [VIDEO_ID],
        "SPOTIFY_TRACK_ID": [TRACK_ID],
        "SPOTIFY_URL": [f"https://open.spotify.com/track/{TRACK_ID}"],
        "TRANSCODED_FROM": ["opus 130 kb/s"],
    }
    assert tags["WOAS"].url == SOURCE_URL
    assert tags.getall("COMM")[0].text == [f"Transcoded from opus 130 kb/s, {SOURCE_URL}"]
    assert tags.getall("USLT")[0].text == PLAIN
    synced = tags.getall("SYLT")[0]
    assert synced.format == 2
    assert synced.text == [("First line", 1500), ("Twice ☃", 3250), ("Twice ☃", 5000)]
    assert tags.getall("APIC")[0].data == JPEG


@pytest.mark.parametrize("audio_format", list(AudioFormat))
async def test_tagging_leaves_the_sound_alone(tmp_path: Path, audio_format: AudioFormat) -> None:
    path = await finished(tmp_path, audio_format)
    before = sound.packets_md5(path)
    await write_tags(path, audio_format, make_tags(audio_format))
    assert sound.packets_md5(path) == before
    facts = await Verifier(ffmpeg=Ffmpeg()).measure(path)
    assert facts.duration_ms == pytest.approx(6000, abs=80)


@pytest.mark.parametrize("audio_format", list(AudioFormat))
async def test_tagging_again_replaces_all(tmp_path: Path, audio_format: AudioFormat) -> None:
    path = await finished(tmp_path, audio_format)
    await write_tags(path, audio_format, make_tags(audio_format))
    bare = make_track(album=None, artists=(), isrc=None, explicit=False, name="Other")
    await write_tags(
        path, audio_format, make_tags(audio_format, bare, album=None, cover=None, lyrics=None, synced_lyrics=None)
    )
    text = str(mutagen.File(path).tags.pprint())
    assert "Other" in text
    for gone in ("Sigur", "Krunk", "ISA019900012", "First line", "image", "byrjun"):
        assert gone not in text


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
@pytest.mark.parametrize("audio_format", list(AudioFormat))
async def test_ffprobe_reads_it_too(tmp_path: Path, audio_format: AudioFormat) -> None:
    path = await finished(tmp_path, audio_format)
    png = tmp_path / "cover.png"
    sound.ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-frames:v", "1", str(png))
    await write_tags(path, audio_format, make_tags(audio_format, cover=png.read_bytes()))
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", str(path)]
    probed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    streams = {stream["codec_type"]: stream for stream in probed["streams"]}
    tags = {
        key.lower(): value
        for place in (probed["format"], streams["audio"])
        for key, value in place.get("tags", {}).items()
    }
    assert tags["title"] == "Señorita (feat. 椎名林檎)"
    assert "Sigur Rós" in tags["artist"]
    assert tags["album"] == "Ágætis byrjun"
    assert tags["date"].startswith("1999")
    assert tags["track"].startswith("2")
    assert "post-rock" in tags["genre"]
    assert any(key.startswith("lyrics") and "First line" in value for key, value in tags.items())
    assert streams["video"]["codec_name"] == "png"
    assert streams["video"]["disposition"]["attached_pic"] == 1
    gain = tags.get("replaygain_track_gain") or tags.get("r128_track_gain")
    assert gain in {"-7.25 dB", "-3136"}


ODD_TRACKS = {
    "no artists, no album": make_track(artists=(), album=None, isrc=None, track_number=None, disc_number=None),
    "control characters": make_track(name="A\x00B\r\nC\u2028D\ud800E", artists=(ArtistRef(id=None, name="\x00"),)),
    "nothing but spaces": make_track(name="  \t ", artists=(ArtistRef(id=None, name=""),)),
    "very long": make_track(name="x" * 100_000, artists=tuple(ArtistRef(id=None, name=f"A{n}") for n in range(400))),
    "absurd numbers": make_track(track_number=10**9, disc_number=-5),
    "number beyond the total": make_track(track_number=9, disc_number=1),
    "broken date": make_track(album=AlbumRef(id=None, name="", release_date="0000", total_tracks=0)),
    "right to left": make_track(name="أغنية", artists=(ArtistRef(id=None, name="فيروز"),)),
}


@pytest.mark.parametrize("audio_format", list(AudioFormat))
@pytest.mark.parametrize("odd", ODD_TRACKS)
async def test_odd_tracks_are_tagged_as_far_as_possible(tmp_path: Path, odd: str, audio_format: AudioFormat) -> None:
    path = await finished(tmp_path, audio_format)
    inputs = {"album": None, "cover": b"<html>", "lyrics": "\x00\r\n", "synced_lyrics": "[99:99.999]\x01\nplain"}
    await write_tags(path, audio_format, make_tags(audio_format, ODD_TRACKS[odd], **inputs))
    assert mutagen.File(path).tags is not None


@pytest.mark.parametrize("audio_format", list(AudioFormat))
async def test_a_large_cover_fits(tmp_path: Path, audio_format: AudioFormat) -> None:
    path = await finished(tmp_path, audio_format)
    cover = (b"\xff\xd8\xff" + os.urandom(1000) * 4194)[:MAX_COVER_BYTES]
    before = sound.packets_md5(path)
    await write_tags(path, audio_format, make_tags(audio_format, cover=cover))
    assert sound.packets_md5(path) == before
    assert path.stat().st_size > len(cover)


@pytest.mark.parametrize("audio_format", list(AudioFormat))
async def test_what_is_no_such_file_cannot_be_tagged(tmp_path: Path, audio_format: AudioFormat) -> None:
    path = tmp_path / "noise"
    if audio_format is not AudioFormat.MP3:  # ID3 can be put before anything
        path.write_bytes(os.urandom(5000))
    else:
        path.mkdir()
    with pytest.raises(TaggingFailed):
        await write_tags(path, audio_format, make_tags(audio_format))


def test_only_pictures_are_pictures() -> None:
    assert Cover.sniff(JPEG) == Cover(data=JPEG, mime="image/jpeg")
    assert Cover.sniff(PNG) == Cover(data=PNG, mime="image/png")
    for data in (None, b"", b"GIF89a....", b"RIFF....WEBP", b"<html>", JPEG[:3] + bytes(MAX_COVER_BYTES)):
        assert Cover.sniff(data) is None


def test_totals_follow_the_disc_when_the_album_is_known() -> None:
    tags = make_tags(AudioFormat.M4A, make_track(disc_number=2, track_number=1))
    assert (tags.track_total, tags.disc_total) == (2, 2)
    tags = make_tags(AudioFormat.M4A, make_track(disc_number=2, track_number=1), album=None)
    assert (tags.track_total, tags.disc_total) == (5, None)
    incomplete: Album = make_album(complete=False)
    tags = make_tags(AudioFormat.M4A, make_track(track_number=4), album=incomplete)
    assert (tags.track_total, tags.disc_total) == (5, None)


def test_a_passed_through_file_claims_no_transcode() -> None:
    assert make_tags(AudioFormat.OPUS).transcoded_from is None
    assert make_tags(AudioFormat.MP3).transcoded_from == "opus 130 kb/s"


def test_plain_lyrics_come_from_synced_ones() -> None:
    tags = make_tags(AudioFormat.M4A, lyrics=None)
    assert tags.lyrics == "First line\nTwice ☃\nTwice ☃"
    assert make_tags(AudioFormat.M4A, lyrics=None, synced_lyrics=None).lyrics is None


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("[00:01.5]a", [SyncedLine(1500, "a")]),
        ("[00:01]a", [SyncedLine(1000, "a")]),
        ("[1:02.345] a ", [SyncedLine(62_345, "a")]),
        ("[00:02:50]b\n[00:01.00]a", [SyncedLine(1000, "a"), SyncedLine(2500, "b")]),
        ("[00:01.00]", [SyncedLine(1000, "")]),
        ("[ti:Title]\nno stamp\n[xx:yy]z", []),
    ],
)
def test_lrc(text: str, lines: list[SyncedLine]) -> None:
    assert parse_lrc(text) == lines


def test_clean() -> None:
    assert clean("A\x00B\n C\ud800") == "A B C"
    assert clean(" \x07 ") is None
    assert clean(None) is None


def test_any_spotify_id_makes_a_link() -> None:
    tags = make_tags(AudioFormat.M4A, make_track(id=SpotifyId("0" * 22)))
    assert tags.spotify_url == "https://open.spotify.com/track/" + "0" * 22
