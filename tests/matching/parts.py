"""Building blocks of made-up candidate lists."""

# ruff: noqa: E501  (tables of cases)
# fmt: off
from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Made:
    """A candidate's body and the search that shows it (0 songs, 1 videos, 2 plain YouTube)."""

    body: dict[str, Any]
    search: int
    isrc: bool = False


def track(
    name: str, artists: list[str], album: str | None, seconds: float, *, explicit: bool = False, isrc: str | None = None
) -> dict[str, Any]:
    """A wanted track."""
    return {
        "spotify_id": None, "name": name, "artists": artists, "album": album, "album_artists": artists[:1], "album_type": "album",
        "release_date": None, "total_tracks": None, "track_number": None, "disc_number": None,
        "duration_ms": int(seconds * 1000), "isrc": isrc, "explicit": explicit,
    }


def _body(title: str, artists: list[str], channel: str, album: str | None, seconds: float | None, views: int | None, **more: Any) -> dict[str, Any]:
    return {
        "title": title, "artists": artists, "channel": channel, "channel_id": None, "album": album, "duration_s": seconds, "views": views,
        "result_type": "video", "music_video_type": None, "official": None, "channel_verified": None, "explicit": None, **more,
    }


def song(
    title: str, artists: list[str], album: str | None, seconds: float, *, explicit: bool = False, views: int | None = 50_000, isrc: bool = False
) -> Made:
    """A song of YouTube Music."""
    body = _body(
        title, artists, artists[0], album, seconds, views, service="ytmusic", result_type="song", music_video_type="MUSIC_VIDEO_TYPE_ATV",
        official=True, explicit=explicit,
    )
    return Made(body, 0, isrc)


def official(title: str, artists: list[str], seconds: float, *, views: int = 9_000_000) -> Made:
    """An official video of YouTube Music."""
    return Made(
        _body(title, artists, artists[0], None, seconds, views, service="ytmusic", music_video_type="MUSIC_VIDEO_TYPE_OMV", official=True, explicit=False),
        1,
    )


def ugc(title: str, channel: str, seconds: float, *, views: int = 100_000) -> Made:
    """A user's upload in YouTube Music's videos."""
    return Made(
        _body(title, [channel], channel, None, seconds, views, service="ytmusic", music_video_type="MUSIC_VIDEO_TYPE_UGC", official=False, explicit=False),
        1,
    )


def topic(title: str, artist: str, seconds: float, *, views: int = 30_000) -> Made:
    """A label's album audio in plain YouTube."""
    return Made(_body(title, [], f"{artist} - Topic", None, seconds, views, service="youtube", official=True, channel_verified=False), 2)


def tube(title: str, channel: str, seconds: float | None, *, views: int = 100_000, verified: bool = False) -> Made:
    """An upload in plain YouTube."""
    return Made(_body(title, [], channel, None, seconds, views, service="youtube", channel_verified=verified), 2)
