"""Songs, releases and the ids, ISRCs and Web API objects that follow from their names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from _local.sandbox.upload import Upload

Json = dict[str, Any]
BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COVER_SIZES = (640, 300, 64)


@dataclass(frozen=True, kw_only=True)
class Song:
    """One row of a release. Songs of one `recording` share the ISRC and the sound."""

    title: str
    """As Spotify writes it: a version stands behind " - "."""
    artists: tuple[str, ...]
    duration_s: int
    recording: str
    uploads: Callable[[Song, Release], list[Upload]]
    explicit: bool = False
    disc: int = 1
    outcome: str = "done"
    """How a download ends: `done`, or the error's code."""
    shows: str = ""
    """What it demonstrates, for people."""

    @property
    def bare_title(self) -> str:
        """The title without its version."""
        return self.title.partition(" - ")[0]

    @property
    def youtube_title(self) -> str:
        """As album audio is titled on YouTube: the version in brackets."""
        bare, dash, version = self.title.partition(" - ")
        return f"{bare} ({version})" if dash else bare

    @property
    def isrc(self) -> str:
        """12 characters; ZZ is nobody's country."""
        return f"ZZ{digits('registrant ' + self.recording, BASE36, 3)}{digits(self.recording, BASE62[:10], 7)}"

    @property
    def duration_ms(self) -> int:
        """Not a whole number of seconds, as on Spotify."""
        return self.duration_s * 1000 + number(self.recording, 800) - 400


@dataclass(frozen=True, kw_only=True)
class Release:
    """An album, a single or a compilation."""

    title: str
    artist: str
    songs: tuple[Song, ...]
    kind: str = "album"
    date: str = "2021-03-05"
    label: str = "Semaphore Records"
    genres: tuple[str, ...] = ("paper pop",)
    note: str = ""
    """Tells releases of one name apart (`clean`)."""

    @property
    def id(self) -> str:
        """Made from the names."""
        return spotify_id("album", self.artist, self.title, self.note)

    def track_id(self, song: Song) -> str:
        """The song's id on this release: another release of the recording gives another one."""
        return spotify_id("track", self.artist, self.title, self.note, song.title, *song.artists)


def number(seed: str, below: int) -> int:
    """0 ≤ n < `below`, the same for the same seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) % below


def digits(seed: str, alphabet: str, length: int) -> str:
    """`length` characters of an alphabet, the same for the same seed."""
    rest = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    text = ""
    for _ in range(length):
        rest, digit = divmod(rest, len(alphabet))
        text += alphabet[digit]
    return text


def spotify_id(kind: str, *names: str) -> str:
    """22 base62 characters."""
    return digits("/".join(("spotify", kind, *names)), BASE62, 22)


def video_id(*names: str) -> str:
    """11 characters of YouTube's alphabet."""
    return digits("/".join(("video", *names)), BASE64, 11)


def channel_id(name: str) -> str:
    """A channel's id."""
    return "UC" + digits(f"channel/{name}", BASE64, 22)


def link(kind: str, identifier: str) -> str:
    """What people paste."""
    return f"https://open.spotify.com/{kind}/{identifier}"


def artist_ref(name: str) -> Json:
    """An artist as named on tracks and albums."""
    identifier = spotify_id("artist", name)
    return {
        "type": "artist",
        "id": identifier,
        "name": name,
        "uri": f"spotify:artist:{identifier}",
        "external_urls": {"spotify": link("artist", identifier)},
    }


def images(identifier: str) -> list[Json]:
    """Three sizes of a cover."""
    return [{"url": f"/image/{identifier}-{size}", "width": size, "height": size} for size in COVER_SIZES]


def album_ref(release: Release) -> Json:
    """The simplified album object."""
    return {
        "type": "album",
        "album_type": release.kind,
        "id": release.id,
        "name": release.title,
        "uri": f"spotify:album:{release.id}",
        "release_date": release.date,
        "release_date_precision": {4: "year", 7: "month"}.get(len(release.date), "day"),
        "total_tracks": len(release.songs),
        "images": images(release.id),
        "artists": [artist_ref(release.artist)],
        "external_urls": {"spotify": link("album", release.id)},
        "available_markets": ["DE", "GB", "US"],
    }


def album_json(release: Release) -> Json:
    """The full album object; `tracks` is the list of track ids that `SpotifyStandIn` wants."""
    return album_ref(release) | {
        "label": release.label,
        "genres": list(release.genres),
        "popularity": 20 + number(release.title, 60),
        "copyrights": [{"type": kind, "text": f"{release.date[:4]} {release.label}"} for kind in ("C", "P")],
        "external_ids": {"upc": digits(release.id, BASE62[:10], 12)},
        "tracks": [release.track_id(song) for song in release.songs],
    }


def track_json(release: Release, song: Song) -> Json:
    """The full track object."""
    identifier = release.track_id(song)
    return {
        "type": "track",
        "id": identifier,
        "name": song.title,
        "uri": f"spotify:track:{identifier}",
        "duration_ms": song.duration_ms,
        "explicit": song.explicit,
        "preview_url": None,
        "popularity": 10 + number(song.recording, 70),
        "external_ids": {"isrc": song.isrc},
        "external_urls": {"spotify": link("track", identifier)},
        "artists": [artist_ref(name) for name in song.artists],
        "album": album_ref(release),
        "track_number": 1 + [other for other in release.songs if other.disc == song.disc].index(song),
        "disc_number": song.disc,
        "is_local": False,
        "available_markets": ["DE", "GB", "US"],
    }


def artist_json(name: str, releases: list[Release]) -> Json:
    """The artist object with the ids of the albums, newest first."""
    newest_first = sorted(releases, key=lambda release: release.date, reverse=True)
    return artist_ref(name) | {
        "genres": sorted({genre for release in releases for genre in release.genres}),
        "popularity": 10 + number(name, 70),
        "followers": {"href": None, "total": number(f"followers {name}", 250_000)},
        "images": images(spotify_id("artist", name)),
        "albums": [release.id for release in newest_first],
    }
