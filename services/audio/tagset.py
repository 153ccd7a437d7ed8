"""What a finished file says of itself, whatever its format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from models.audio import AudioFacts, AudioFormat
from models.ids import SpotifyId, VideoId
from models.music import Album, Track

ENCODER = "music-dl-server"

MAX_COVER_BYTES = 4 * 1024 * 1024
"""A larger picture is left out: it would outweigh the sound."""

_MAX_TEXT_CHARS = 1_000
_MAX_LYRICS_CHARS = 200_000
_MAX_NUMBER = 0x7FFF  # what m4a can hold
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_LRC_STAMP = re.compile(r"\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")


@dataclass(frozen=True, slots=True)
class SyncedLine:
    """One line of lyrics and when it is sung."""

    at_ms: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A picture as it came."""

    data: bytes
    mime: str
    """`image/jpeg` or `image/png`."""

    @classmethod
    def sniff(cls, data: bytes | None) -> Cover | None:
        """The picture, when it is a JPEG or PNG of bearable size; nobody's word but its first bytes counts."""
        if not data or len(data) > MAX_COVER_BYTES:
            return None
        if data.startswith(b"\xff\xd8\xff"):
            return cls(data=data, mime="image/jpeg")
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return cls(data=data, mime="image/png")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSet:
    """Tags, cleaned: no control characters, nothing empty, numbers in range. `None` or empty: not written."""

    title: str | None
    artists: tuple[str, ...] = ()
    album: str | None = None
    album_artists: tuple[str, ...] = ()
    track_number: int | None = None
    track_total: int | None = None
    disc_number: int | None = None
    disc_total: int | None = None
    date: str | None = None
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    isrc: str | None = None
    explicit: bool = False
    genres: tuple[str, ...] = ()
    label: str | None = None
    copyright: str | None = None
    lyrics: str | None = None
    """Plain text; made from the synced ones when only those are known."""
    synced_lyrics: str | None = None
    """LRC text."""
    cover: Cover | None = None
    video_id: VideoId
    spotify_id: SpotifyId
    spotify_url: str
    transcoded_from: str | None = None
    """For a file that was encoded again: what it was before, such as `opus 130 kb/s`."""
    track_gain_db: float | None = None
    """ReplayGain 2.0 (reference -18 LUFS)."""
    track_peak: float | None = None
    encoder: str = field(default=ENCODER)

    @property
    def source_url(self) -> str:
        """The video whose sound this is."""
        return f"https://www.youtube.com/watch?v={self.video_id}"

    @classmethod
    def of(
        cls,
        track: Track,
        *,
        video_id: VideoId,
        facts: AudioFacts,
        audio_format: AudioFormat,
        album: Album | None = None,
        cover: bytes | None = None,
        lyrics: str | None = None,
        synced_lyrics: str | None = None,
    ) -> TagSet:
        """The tags of `track`, with what only the full album knows (genres, label, copyright, disc count) when given.

        `facts` are those of the audio as fetched. Odd data never fails: what cannot be a tag is left out.
        """
        ref = track.album
        synced = _block(synced_lyrics)
        plain = _block(lyrics) or (_block("\n".join(line.text for line in parse_lrc(synced))) if synced else None)
        was = f"{facts.codec} {round(facts.bitrate_bps / 1000)} kb/s" if facts.bitrate_bps else facts.codec
        discs = [row.disc_number for row in album.tracks if row.disc_number] if album and album.complete else []
        return cls(
            title=clean(track.name),
            artists=_names(artist.name for artist in track.artists),
            album=clean(ref.name if ref else album.name if album else None),
            album_artists=_names(artist.name for artist in (ref.artists if ref else ()) or (album or track).artists),
            track_number=_number(track.track_number),
            track_total=_total(track.disc_number, ref.total_tracks if ref else None, album, track.track_number),
            disc_number=_number(track.disc_number),
            disc_total=_number(max(discs)) if discs else None,
            date=_date(ref.release_date if ref else None) or _date(album.release_date if album else None),
            isrc=clean(track.isrc),
            explicit=track.explicit,
            genres=_names(album.genres) if album else (),
            label=clean(album.label) if album else None,
            copyright=clean(" / ".join(line.text for line in album.copyrights)) if album else None,
            lyrics=plain,
            synced_lyrics=synced,
            cover=Cover.sniff(cover),
            video_id=video_id,
            spotify_id=track.id,
            spotify_url=f"https://open.spotify.com/track/{track.id}",
            transcoded_from=was if audio_format.is_transcode else None,
            track_gain_db=facts.track_gain_db,
            track_peak=facts.track_peak,
        )


def clean(text: str | None) -> str | None:
    """`text` on one line, without control characters and lone surrogates; `None` when nothing is left."""
    if not text:
        return None
    kept = "".join(" " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text)
    return " ".join(kept.split())[:_MAX_TEXT_CHARS].strip() or None


def parse_lrc(text: str) -> list[SyncedLine]:
    """The lines of LRC text in time order; several stamps on a line repeat it, and headers are left out."""
    lines: list[SyncedLine] = []
    for row in text.splitlines():
        stamps = list(_LRC_STAMP.finditer(row))
        if not stamps:
            continue
        words = _LRC_STAMP.sub("", row).strip()
        for stamp in stamps:
            fraction = (stamp[3] or "0").ljust(3, "0")
            lines.append(SyncedLine(int(stamp[1]) * 60_000 + int(stamp[2]) * 1000 + int(fraction), words))
    return sorted(lines, key=lambda line: line.at_ms)


def _block(text: str | None) -> str | None:
    if not text:
        return None
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        char for char in unix if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}
    )
    return kept[:_MAX_LYRICS_CHARS].strip() or None


def _names(names: Iterable[str | None]) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        text = clean(name)
        if text is not None and text not in found:
            found.append(text)
    return tuple(found)


def _number(value: int | None) -> int | None:
    return value if value is not None and 0 < value <= _MAX_NUMBER else None


def _total(disc: int | None, album_total: int | None, album: Album | None, number: int | None) -> int | None:
    """Tracks on this disc when the whole album is known, else those of the album; never fewer than the number."""
    total = album_total
    if album is not None and album.complete and album.tracks:
        total = sum(1 for row in album.tracks if (row.disc_number or 1) == (disc or 1))
    total = _number(total)
    return None if total is None or (number or 0) > total else total


def _date(text: str | None) -> str | None:
    if text is None or not _DATE.fullmatch(text) or text.startswith("0000"):
        return None
    return text
