"""Writes a `TagSet` into a finished file with mutagen: MP4 atoms, Vorbis comments or ID3v2.4.

Names follow MusicBrainz Picard's mapping where it has one, so that players and taggers find them.
"""

# mutagen is typed in part only
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import base64
import errno
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mutagen import MutagenError, id3
from mutagen.flac import Picture
from mutagen.mp4 import MP4, AtomDataType, MP4Cover, MP4FreeForm
from mutagen.oggopus import OggOpus

from models.audio import AudioFormat
from models.errors import DiskFull, TaggingFailed
from services.audio.tagset import TagSet, parse_lrc

logger = logging.getLogger(__name__)

_FRONT_COVER = 3  # the picture type of ID3 and FLAC alike
_UTF16 = id3.Encoding.UTF16  # the one encoding for all scripts that ID3v2.3 readers know as well
_NO_LANGUAGE = "XXX"


async def write_tags(path: Path, audio_format: AudioFormat, tags: TagSet) -> None:
    """Replaces all tags of `path`, in place, in a thread; `path` must be of `audio_format`.

    Raises `TaggingFailed` (the file may be damaged then: throw it away) and `DiskFull`.
    """
    try:
        await asyncio.to_thread(_WRITERS[audio_format], path, tags)
    except (MutagenError, OSError, ValueError) as exc:
        # mutagen wraps what the system said
        cause = exc if isinstance(exc, OSError) else exc.__cause__ or exc.__context__
        if isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(stage="tag") from exc
        logger.warning("tagging_failed", extra={"format": audio_format.value, "reason": repr(exc)})
        raise TaggingFailed(reason=repr(exc)) from exc


def _plain_texts(tags: TagSet) -> dict[str, str | None]:
    """Tags without a field of their own: they bear the same names in all three formats."""
    return {
        "ISRC": tags.isrc,
        "LABEL": tags.label,
        "SYNCEDLYRICS": tags.synced_lyrics,
        "SOURCE_URL": tags.source_url,
        "YOUTUBE_VIDEO_ID": tags.video_id,
        "SPOTIFY_TRACK_ID": tags.spotify_id,
        "SPOTIFY_URL": tags.spotify_url,
        "TRANSCODED_FROM": tags.transcoded_from,
    }


def _replay_gain(tags: TagSet) -> dict[str, str | None]:
    return {
        "REPLAYGAIN_TRACK_GAIN": None if tags.track_gain_db is None else f"{tags.track_gain_db:.2f} dB",
        "REPLAYGAIN_TRACK_PEAK": None if tags.track_peak is None else f"{tags.track_peak:.6f}",
    }


# -- m4a -------------------------------------------------------------------------------------------------------------


def _write_m4a(path: Path, tags: TagSet) -> None:
    file = MP4(path)
    file.delete()
    file = MP4(path)
    if file.tags is None:
        file.add_tags()
    atoms: dict[str, Any] = {
        "\xa9nam": [tags.title] if tags.title else [],
        "\xa9ART": list(tags.artists),
        "\xa9alb": [tags.album] if tags.album else [],
        # most readers take only the first value of this one
        "aART": [", ".join(tags.album_artists)] if tags.album_artists else [],
        "\xa9day": [tags.date] if tags.date else [],
        "\xa9gen": list(tags.genres),
        "cprt": [tags.copyright] if tags.copyright else [],
        "\xa9lyr": [tags.lyrics] if tags.lyrics else [],
        "\xa9too": [tags.encoder],
        "\xa9cmt": [tags.source_url],
        "rtng": [1 if tags.explicit else 0],
        "trkn": [(tags.track_number, tags.track_total or 0)] if tags.track_number else [],
        "disk": [(tags.disc_number, tags.disc_total or 0)] if tags.disc_number else [],
    }
    for name, text in {**_plain_texts(tags), **_replay_gain(tags)}.items():
        if text is not None:
            # Players look for ReplayGain's names in lower case here.
            key = name.lower() if name.startswith("REPLAYGAIN") else name
            atoms[f"----:com.apple.iTunes:{key}"] = [MP4FreeForm(text.encode(), dataformat=AtomDataType.UTF8)]
    if tags.cover is not None:
        kind = MP4Cover.FORMAT_PNG if tags.cover.mime == "image/png" else MP4Cover.FORMAT_JPEG
        atoms["covr"] = [MP4Cover(tags.cover.data, imageformat=kind)]
    for atom, values in atoms.items():
        if values:
            file[atom] = values
    file.save()


# -- opus ------------------------------------------------------------------------------------------------------------


def _write_opus(path: Path, tags: TagSet) -> None:
    file = OggOpus(path)
    file.delete()
    file = OggOpus(path)
    comments: dict[str, list[str | None]] = {
        "TITLE": [tags.title],
        "ARTIST": list(tags.artists),
        "ALBUM": [tags.album],
        "ALBUMARTIST": list(tags.album_artists),
        "TRACKNUMBER": [_text(tags.track_number)],
        "TRACKTOTAL": [_text(tags.track_total)],
        "DISCNUMBER": [_text(tags.disc_number)],
        "DISCTOTAL": [_text(tags.disc_total)],
        "DATE": [tags.date],
        "GENRE": list(tags.genres),
        "COPYRIGHT": [tags.copyright],
        "LYRICS": [tags.lyrics],
        "ITUNESADVISORY": ["1" if tags.explicit else "0"],
        "COMMENT": [tags.source_url],
        "ENCODED-BY": [tags.encoder],
        "R128_TRACK_GAIN": [_r128(tags.track_gain_db)],
        **{name: [text] for name, text in _plain_texts(tags).items()},
    }
    if tags.cover is not None:
        picture = Picture()
        picture.type = _FRONT_COVER
        picture.mime = tags.cover.mime
        picture.data = tags.cover.data
        comments["METADATA_BLOCK_PICTURE"] = [base64.b64encode(picture.write()).decode("ascii")]
    for name, values in comments.items():
        kept = [value for value in values if value]
        if kept:
            file[name] = kept
    file.save()


def _r128(track_gain_db: float | None) -> str | None:
    """The gain as RFC 7845 §5.2.1 wants it: against -23 LUFS, in 1/256 dB. Opus files carry no REPLAYGAIN_*."""
    if track_gain_db is None:
        return None
    return str(max(-32_768, min(32_767, round((track_gain_db - 5) * 256))))


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


# -- mp3 -------------------------------------------------------------------------------------------------------------


def _write_mp3(path: Path, tags: TagSet) -> None:
    frames = id3.ID3()
    _add_texts(
        frames,
        {
            "TIT2": [tags.title],
            "TPE1": list(tags.artists),
            "TALB": [tags.album],
            "TPE2": [", ".join(tags.album_artists)],
            "TRCK": [_of(tags.track_number, tags.track_total)],
            "TPOS": [_of(tags.disc_number, tags.disc_total)],
            "TDRC": [tags.date],
            "TSRC": [tags.isrc],
            "TCON": list(tags.genres),
            "TPUB": [tags.label],
            "TCOP": [tags.copyright],
            "TSSE": [f"LAME, by {tags.encoder}"],
        },
    )
    frames.add(id3.WOAS(url=tags.source_url))
    note = f"Transcoded from {tags.transcoded_from}, {tags.source_url}" if tags.transcoded_from else tags.source_url
    frames.add(id3.COMM(encoding=_UTF16, lang=_NO_LANGUAGE, desc="", text=[note]))
    extra = {**_plain_texts(tags), **_replay_gain(tags), "ITUNESADVISORY": "1" if tags.explicit else "0"}
    for name in ("ISRC", "LABEL", "SYNCEDLYRICS"):
        del extra[name]  # these have frames of their own
    for name, text in extra.items():
        if text is not None:
            frames.add(id3.TXXX(encoding=_UTF16, desc=name, text=[text]))
    if tags.lyrics:
        frames.add(id3.USLT(encoding=_UTF16, lang=_NO_LANGUAGE, desc="", text=tags.lyrics))
    lines = parse_lrc(tags.synced_lyrics) if tags.synced_lyrics else []
    if lines:
        # format 2: milliseconds; type 1: lyrics
        stamped = [(line.text, line.at_ms) for line in lines]
        frames.add(id3.SYLT(encoding=_UTF16, lang=_NO_LANGUAGE, format=2, type=1, desc="", text=stamped))
    if tags.cover is not None:
        frames.add(
            id3.APIC(encoding=_UTF16, mime=tags.cover.mime, type=_FRONT_COVER, desc="Cover", data=tags.cover.data)
        )
    frames.save(path, v1=0, v2_version=4)


def _add_texts(frames: id3.ID3, texts: dict[str, list[str | None]]) -> None:
    for name, values in texts.items():
        kept = [value for value in values if value]
        if kept:
            frames.add(getattr(id3, name)(encoding=_UTF16, text=kept))


def _of(number: int | None, total: int | None) -> str | None:
    if number is None:
        return None
    return f"{number}/{total}" if total else str(number)


_WRITERS: dict[AudioFormat, Callable[[Path, TagSet], None]] = {
    AudioFormat.M4A: _write_m4a,
    AudioFormat.OPUS: _write_opus,
    AudioFormat.MP3: _write_mp3,
}
