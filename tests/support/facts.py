"""Plain values for tests of audio and media."""

from __future__ import annotations

from typing import Any

from models.audio import AudioFacts
from models.ids import DurationMs, SpotifyId, VideoId
from models.music import Album, AlbumRef, ArtistRef, Copyright, Track

TRACK_ID = SpotifyId("4uLU6hMCjMI75M1A2tKUQC")
VIDEO_ID = VideoId("dQw4w9WgXcQ")


def make_facts(**changes: Any) -> AudioFacts:
    """Facts of an ordinary song of 200 s."""
    values: dict[str, Any] = {
        "duration_ms": DurationMs(200_000),
        "codec": "opus",
        "bitrate_bps": 130_000,
        "sample_rate_hz": 48_000,
        "channels": 2,
        "mean_volume_db": -14.0,
        "max_volume_db": -0.5,
        "track_gain_db": -7.25,
        "track_peak": 0.987654,
    }
    return AudioFacts(**{**values, **changes})


def make_track(**changes: Any) -> Track:
    """A complete track, the second of five on the first of two discs."""
    values: dict[str, Any] = {
        "id": TRACK_ID,
        "name": "Señorita (feat. 椎名林檎)",
        "duration_ms": DurationMs(200_000),
        "artists": (ArtistRef(id=None, name="Sigur Rós"), ArtistRef(id=None, name="椎名林檎")),
        "album": AlbumRef(
            id=SpotifyId("6N9PS4QXF1D0OWPk0Sxtb4"),
            name="Ágætis byrjun",
            release_date="1999-06-12",
            total_tracks=5,
            artists=(ArtistRef(id=None, name="Sigur Rós"),),
        ),
        "explicit": True,
        "isrc": "ISA019900012",
        "track_number": 2,
        "disc_number": 1,
    }
    return Track(**{**values, **changes})


def make_album(**changes: Any) -> Album:
    """The whole album: three tracks on the first disc, two on the second."""
    places = [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
    rows = tuple(make_track(album=None, disc_number=disc, track_number=number) for disc, number in places)
    values: dict[str, Any] = {
        "id": SpotifyId("6N9PS4QXF1D0OWPk0Sxtb4"),
        "name": "Ágætis byrjun",
        "artists": (ArtistRef(id=None, name="Sigur Rós"),),
        "tracks": rows,
        "total_tracks": 5,
        "release_date": "1999-06-12",
        "label": "Krunk",
        "genres": ("post-rock", "icelandic"),
        "copyrights": (Copyright(text="1999 Krunk", type="C"), Copyright(text="1999 Smekkleysa", type="P")),
    }
    return Album(**{**values, **changes})
