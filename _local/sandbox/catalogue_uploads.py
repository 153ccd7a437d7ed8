"""What people have uploaded of a song: the right audio, and everything that is so easily taken for it.

Wrong uploads have more views than the right one, so that no order of a search helps. All uploads of one recording share
its melody; every other one has its own, so that a test can hear which was taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from _local.sandbox.catalogue_song import Release, Song, channel_id, number, video_id
from _local.sandbox.upload import Trouble, Upload

Recipe = Callable[[Song, Release], list[Upload]]
NAMESAKES = ("Ferrous Lullaby", "Hollow Tangerine", "Uncle Static", "Opal Ferry")
COVERERS = ("Moss & Ember", "Tilda at the Kitchen Table", "The Borrowed Tuxedos")


def album_audio(song: Song, release: Release, **more: Any) -> Upload:
    """The right one: the label's audio on the artist's "Topic" channel."""
    artist = song.artists[0]
    values: dict[str, Any] = {
        "video_id": video_id(song.recording, "album audio"),
        "title": song.youtube_title,
        "channel": f"{artist} - Topic",
        "channel_id": channel_id(f"{artist} - Topic"),
        "duration_s": song.duration_s,
        "artists": song.artists,
        "album": release.title,
        "kind": "ATV",
        "views": 20_000 + number(song.recording, 60_000),
        "explicit": song.explicit,
        "melody": song.recording,
        "tags": (song.isrc,),
    }
    return Upload(**values | more)


def official_audio(song: Song, _: Release) -> Upload:
    """As right: the same sound on the artist's own channel."""
    return _upload(song, "official audio", f"{song.artists[0]} - {song.youtube_title} (Official Audio)", own=True)


def distractors(song: Song, _: Release) -> list[Upload]:
    """Everything that must not be taken."""
    artist, title, length_s = song.artists[0], song.bare_title, song.duration_s
    namesake = NAMESAKES[number(title, len(NAMESAKES))]
    coverer = COVERERS[number(title, len(COVERERS))]
    return [
        _upload(song, "live", f"{artist} - {title} (Live at Harbour Hall)", length_s + 3, other_sound=True, own=True),
        _upload(
            song,
            "live audio",
            f"{title} (Live)",
            length_s + 2,
            other_sound=True,
            kind="ATV",
            channel=f"{artist} - Topic",
            artists=song.artists,
            album="Live in Odd Places",
        ),
        _upload(song, "cover", f"{title} - {artist} (Cover by {coverer})", length_s - 1, coverer, other_sound=True),
        _upload(song, "karaoke", f"{title} (Karaoke Version) [In the Style of {artist}]", length_s, "SingBox Karaoke",
                other_sound=True),
        _upload(song, "instrumental", f"{artist} - {title} (Instrumental)", length_s, "Beats Without Words",
                sound=_version(song, "Instrumental")),
        _upload(song, "nightcore", f"Nightcore - {title}", round(length_s * 0.8), "Nightcore Nook", other_sound=True),
        _upload(song, "sped up", f"{artist} - {title} (Sped Up)", round(length_s * 0.85), "spedup archive",
                sound=_version(song, "Sped Up")),
        _upload(song, "loop", f"{artist} - {title} 10 Minute Loop", 600, "Loops for Hours", other_sound=True),
        _upload(song, "namesake", title, length_s + 1, f"{namesake} - Topic", other_sound=True, artists=(namesake,),
                album=title, kind="ATV"),
    ]  # fmt: skip


def full(song: Song, release: Release) -> list[Upload]:
    """Every kind of upload: album audio, official video some seconds longer, lyrics video, and all distractors."""
    artist, title = song.artists[0], song.bare_title
    return [
        *distractors(song, release),
        _upload(song, "video", f"{artist} - {title} (Official Video)", song.duration_s + 7 + number(title, 9),
                own=True, kind="OMV"),
        _upload(song, "lyrics", f"{artist} - {title} (Lyrics)", song.duration_s, "LyricHaven"),
        album_audio(song, release),
    ]  # fmt: skip


def only_album_audio(song: Song, release: Release) -> list[Upload]:
    """Just the right one: for the long lists, and for versions whose song brings its own distractors."""
    return [album_audio(song, release)]


def nothing_right(song: Song, release: Release) -> list[Upload]:
    """Only wrong ones: the right answer is none."""
    return distractors(song, release)


def good_second(**wrong: Any) -> Recipe:
    """The best match is bad in the given way; a second upload of the same recording is good."""

    def uploads(song: Song, release: Release) -> list[Upload]:
        return [*distractors(song, release), official_audio(song, release), album_audio(song, release, **wrong)]

    return uploads


def only_with(trouble: Trouble) -> Recipe:
    """The right upload exists and cannot be had; nothing else is right."""

    def uploads(song: Song, release: Release) -> list[Upload]:
        return [*distractors(song, release), album_audio(song, release, trouble=trouble)]

    return uploads


def _version(song: Song, version: str) -> str:
    return f"{song.artists[0]}: {song.bare_title} - {version}"


def _upload(
    song: Song,
    what: str,
    title: str,
    duration_s: int | None = None,
    channel: str = "",
    *,
    own: bool = False,
    other_sound: bool = False,
    sound: str = "",
    **more: Any,
) -> Upload:
    name = more.pop("channel", "") or (song.artists[0] if own else channel)
    identifier = video_id(song.recording, what)
    return Upload(
        video_id=identifier,
        title=title,
        channel=name,
        channel_id=channel_id(name),
        duration_s=duration_s or song.duration_s,
        artists=more.pop("artists", song.artists if own else ()),
        kind=more.pop("kind", "OMV" if own and not other_sound else "UGC"),
        views=100_000 + number(identifier, 9_000_000),
        melody=identifier if other_sound else sound or song.recording,
        **more,
    )
