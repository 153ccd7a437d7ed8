"""Tracks and candidates for the tests of matching."""

# ruff: noqa: E501  (tables)
from __future__ import annotations

from typing import Any

from models.ids import DurationMs, SpotifyId, VideoId
from models.match import Candidate, Finding, QueryKind, Shelf, VideoType
from models.music import AlbumRef, ArtistRef, Track
from services.matching.choose import score
from services.matching.subject import want

TRACK_ID = SpotifyId("0kx3ml8bdAYrQtcIwvkhp8")


def track(
    name: str = "Northern Lights", *artists: str, album: str | None = "Aurora", seconds: float = 200, **more: Any
) -> Track:
    return Track(
        id=TRACK_ID,
        name=name,
        duration_ms=DurationMs(int(seconds * 1000)),
        artists=tuple(ArtistRef(id=None, name=artist) for artist in artists or ("Ada Holm",)),
        album=AlbumRef(id=None, name=album) if album else None,
        **more,
    )


def song(
    title: str = "Northern Lights",
    *artists: str,
    album: str | None = "Aurora",
    seconds: float | None = 200,
    **more: Any,
) -> Candidate:
    """A song of YouTube Music."""
    credited = artists or ("Ada Holm",)
    facts: dict[str, Any] = {
        "video_id": VideoId("songsongson"), "channel": credited[0], "video_type": VideoType.ATV, "is_song": True, "official": True,
        "found_in": (Finding(shelf=Shelf.SONGS, query_kind=QueryKind.TITLE, rank=0),),
    }  # fmt: skip
    return Candidate(title=title, artists=credited, album=album, duration_s=seconds, **{**facts, **more})


def upload(
    title: str = "Ada Holm - Northern Lights", channel: str = "somebody", seconds: float | None = 200, **more: Any
) -> Candidate:
    """A plain YouTube upload."""
    facts: dict[str, Any] = {
        "video_id": VideoId("tubetubetub"),
        "found_in": (Finding(shelf=Shelf.YOUTUBE, query_kind=QueryKind.TITLE, rank=0),),
    }
    return Candidate(title=title, channel=channel, duration_s=seconds, **{**facts, **more})


def points(wanted: Track, candidate: Candidate) -> dict[str, float]:
    """Each signal's points."""
    return {signal.name: signal.points for signal in score(want(wanted), candidate).signals}


def reason(wanted: Track, candidate: Candidate, name: str) -> str:
    """One signal's sentence."""
    return next(signal.reason for signal in score(want(wanted), candidate).signals if signal.name == name)
