"""Values that the store tests keep, and a clock they can set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from models.audio import AudioFormat, StoredAudio, job_id, media_name
from models.ids import DurationMs, RecordingKey, SpotifyId, VideoId
from models.job import Job, JobState
from models.music import Album, AlbumRef, ArtistRef, Image, Playlist, PlaylistItem, Track, UnavailableItem

NOW = datetime(2090, 11, 22, 12, 0, 0, 123000, tzinfo=UTC)
"""So far ahead that no server removes as expired what a test has just kept."""


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def spotify_id(number: int) -> SpotifyId:
    return SpotifyId(f"{number:022d}")


def video_id(number: int) -> VideoId:
    return VideoId(f"-_{number:09d}")


def track(number: int = 1, **fields: Any) -> Track:
    artist = ArtistRef(id=spotify_id(900), name="Björk", spotify_url="https://open.spotify.com/artist/900")
    cover = Image(url=f"https://i.scdn.co/image/{number}", width=640, height=640)
    album = AlbumRef(id=spotify_id(800), name="Début ♥", release_date="1993-07", images=(cover,), artists=(artist,))
    values: dict[str, Any] = {
        "id": spotify_id(number),
        "name": f"Title {number}",
        "duration_ms": DurationMs(200_000 + number),
        "artists": (artist,),
        "album": album,
        "isrc": f"GBAAA{number:07d}",
        "popularity": 0,
        "track_number": number,
    }
    return Track(**(values | fields))


def album(tracks: int) -> Album:
    rows = tuple(track(number, album=None) for number in range(tracks))
    return Album(id=spotify_id(800), name="Début", tracks=rows, total_tracks=tracks, genres=("pop",), complete=False)


def playlist(rows: int, name: str = "Long") -> Playlist:
    items = tuple(PlaylistItem(position=n, track=track(n), added_at="2026-01-01T00:00:00Z") for n in range(rows))
    gone = UnavailableItem(position=rows, reason="removed")
    return Playlist(id=spotify_id(700), name=name, items=items, unavailable=(gone,), total=rows + 1)


def stored(number: int = 1, audio_format: AudioFormat = AudioFormat.M4A, **fields: Any) -> StoredAudio:
    track_id = spotify_id(number)
    values: dict[str, Any] = {
        "recording_key": RecordingKey(f"isrc-GBAAA{number:07d}"),
        "format": audio_format,
        "name": media_name(track_id, audio_format),
        "track_id": track_id,
        "track_ids": (track_id,),
        "video_id": video_id(number),
        "size_bytes": 3_000_000_000 + number,
        "sha256": f"{number:064x}",
        "duration_ms": DurationMs(200_000),
        "codec": "aac",
        "bitrate_bps": 128_000,
        "transcoded": False,
        "match_score": 100.0,
        "match_confidence": 0.97,
        "title": "Título",
        "artists": ("Björk", "椎名林檎"),
        "created_at": NOW,
        "job_id": job_id(track_id, audio_format),
    }
    return StoredAudio(**(values | fields))


def job(number: int = 1, **fields: Any) -> Job:
    track_id = spotify_id(number)
    values: dict[str, Any] = {
        "id": job_id(track_id, AudioFormat.M4A),
        "track_id": track_id,
        "format": AudioFormat.M4A,
        "name": media_name(track_id, AudioFormat.M4A),
        "state": JobState.QUEUED,
        "seq": 1,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Job(**(values | fields))
