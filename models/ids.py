"""Names for plain values, so that a unit or a kind of id stands in the type."""

from __future__ import annotations

import re
from typing import NewType

from models.errors import InvalidTrackId

SpotifyId = NewType("SpotifyId", str)
"""22 base62 characters, as in Spotify's links."""

VideoId = NewType("VideoId", str)
"""11 characters of YouTube's alphabet."""

JobId = NewType("JobId", str)
"""`<track id>-<format>` for a track, `batch-<hex>` for a batch."""

RecordingKey = NewType("RecordingKey", str)
"""`isrc-<ISRC>` when known, else `track-<Spotify id>`: what two track ids of one recording have in common."""

MediaName = NewType("MediaName", str)
"""File name under `/media/`: `<track id>.<extension>`."""

DurationMs = NewType("DurationMs", int)
"""Milliseconds."""

_SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}")
_VIDEO_ID = re.compile(r"[0-9A-Za-z_-]{11}")


def is_spotify_id(text: str) -> bool:
    """Whether `text` has the form of a Spotify id (22 base62 characters)."""
    return _SPOTIFY_ID.fullmatch(text) is not None


def track_id(text: str) -> SpotifyId:
    """`text` as a track id; raises `InvalidTrackId`."""
    if not is_spotify_id(text):
        raise InvalidTrackId
    return SpotifyId(text)


def own_key(track_id: SpotifyId) -> RecordingKey:
    """The key of a recording that no other track id shares."""
    return RecordingKey(f"track-{track_id}")


def is_video_id(text: str) -> bool:
    """Whether `text` has the form of a YouTube video id."""
    return _VIDEO_ID.fullmatch(text) is not None
