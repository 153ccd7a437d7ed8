"""The sandbox's catalogue: invented artists and songs, as Spotify's JSON and as uploads on YouTube.

Everything follows from names, so ids, links and sounds are the same on every machine. `expected` says how each
download must end and which uploads are right, for tests that listen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from _local.sandbox.catalogue_examples import Example, examples, short_links
from _local.sandbox.catalogue_featured import QUILLBACK, SLOW, SLOW_BYTES_PER_S, featured
from _local.sandbox.catalogue_lists import box_set, shelf
from _local.sandbox.catalogue_lyrics import lyrics_of
from _local.sandbox.catalogue_playlists import REFUSED, playlist_id, playlists
from _local.sandbox.catalogue_song import Json, Release, Song, album_json, artist_json, track_json
from _local.sandbox.covers import cover
from _local.sandbox.lrclib import LyricsEntry
from _local.sandbox.upload import Upload

CLOSE_S = 3
"""An upload of the right recording is right when its length is this close."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """How a download of a track must end."""

    outcome: str
    """`done`, or the error's code."""
    melody: str
    """What must be heard."""
    video_ids: frozenset[str]
    """Uploads that are right: this recording, this length, nothing wrong with them."""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What the stand-ins serve."""

    tracks: dict[str, Json]
    albums: dict[str, Json]
    playlists: dict[str, Json]
    artists: dict[str, Json]
    short_links: dict[str, str]
    """Token → link."""
    refused_playlists: frozenset[str]
    """Those that Spotify's API answers with 403."""
    slow_videos: dict[str, int]
    """Video id → bytes a second on each connection."""
    uploads: tuple[Upload, ...]
    lyrics: tuple[LyricsEntry, ...]
    expected: dict[str, Expected]
    """By track id."""
    examples: tuple[Example, ...]

    @staticmethod
    def image(image_id: str) -> bytes | None:
        """The bytes of `/image/<id>`."""
        return cover(image_id)


def sandbox_catalogue() -> Catalogue:
    """Builds it; takes well under a second."""
    special, box, many = featured(), box_set(), shelf()
    releases = [*special, box, *many]
    rows = [(release, song) for release in releases for song in release.songs]
    uploads: dict[str, Upload] = {}
    by_melody: dict[str, list[Upload]] = {}
    for release, song in rows:
        for upload in song.uploads(song, release):
            if upload.video_id not in uploads:
                uploads[upload.video_id] = upload
                by_melody.setdefault(upload.melody, []).append(upload)
    return Catalogue(
        tracks={release.track_id(song): track_json(release, song) for release, song in rows},
        albums={release.id: album_json(release) for release in releases},
        playlists=playlists(special, box, many),
        artists=_artists(releases),
        short_links=short_links(special),
        refused_playlists=frozenset({playlist_id(REFUSED)}),
        slow_videos={
            upload.video_id: SLOW_BYTES_PER_S for upload in by_melody.get(f"{QUILLBACK}: {SLOW}", ()) if upload.tags
        },
        uploads=tuple(uploads.values()),
        lyrics=tuple(lyrics_of(release, song) for release in special for song in release.songs),
        expected={release.track_id(song): _expected(song, by_melody.get(song.recording, [])) for release, song in rows},
        examples=examples(special, box),
    )


def _artists(releases: list[Release]) -> dict[str, Json]:
    albums: dict[str, list[Release]] = {}
    for release in releases:
        albums.setdefault(release.artist, []).append(release)
        for song in release.songs:
            for name in song.artists:
                albums.setdefault(name, [])
    artists = (artist_json(name, own) for name, own in albums.items())
    return {artist["id"]: artist for artist in artists}


def _expected(song: Song, same_sound: Iterable[Upload]) -> Expected:
    right = (
        upload.video_id
        for upload in same_sound
        if abs(upload.duration_s - song.duration_s) <= CLOSE_S
        and not (upload.trouble or upload.silent or upload.spoilt or upload.sound_s is not None)
    )
    return Expected(
        outcome=song.outcome,
        melody=song.recording,
        video_ids=frozenset(right) if song.outcome == "done" else frozenset(),
    )
