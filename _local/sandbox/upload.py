"""What the YouTube stand-in knows of a video."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Trouble = Literal[
    "", "private", "removed", "members_only", "geo_blocked", "age_restricted", "bot_check", "session_limited", "live"
]


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One video. Its sound is a melody that only this recording has, `duration_s` seconds long."""

    video_id: str
    title: str
    channel: str
    channel_id: str
    duration_s: int
    artists: tuple[str, ...] = ()
    album: str | None = None
    kind: Literal["ATV", "OMV", "UGC"] = "UGC"
    """ATV uploads are listed on YouTube Music's songs shelf, OMV on its videos shelf; all of them on YouTube."""
    views: int = 1000
    explicit: bool = False
    greyed_out: bool = False
    """Shown on YouTube Music, but not to be played there."""
    melody: str = ""
    """Seed of the melody; uploads of the same recording share it. Empty: the video id."""
    silent: bool = False
    spoilt: bool = False
    """Serves bytes of the right length that do not decode."""
    sound_s: int | None = None
    """Length of the sound when it differs from `duration_s` (a lie that only verification finds)."""
    trouble: Trouble = ""
    formats: tuple[str, ...] = ("m4a", "opus")
    tags: tuple[str, ...] = field(default=())
