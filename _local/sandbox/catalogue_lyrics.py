"""Lyrics for the featured songs, invented line by line."""

from __future__ import annotations

from _local.sandbox.catalogue_song import Release, Song, number
from _local.sandbox.lrclib import LyricsEntry

LINES = (
    "Fold the map along the sea",
    "Leave a lantern on for me",
    "Every staircase hums in blue",
    "Half the harbour walks with you",
    "Count the windows, count the rain",
    "Write it down and start again",
    "Someone moved the moon a mile",
    "Let the kettle think awhile",
    "All the clocks have gone to bed",
    "This is what the ladder said",
)


def lyrics_of(release: Release, song: Song) -> LyricsEntry:
    """Timed lines over the song's length; none when it is instrumental."""
    count = max(4, min(len(LINES), song.duration_s // 8))
    first = number(song.recording, len(LINES))
    texts = [song.bare_title, *(LINES[(first + index) % len(LINES)] for index in range(count - 1))]
    step_ms = song.duration_s * 1000 // (count + 1)
    return LyricsEntry(
        id=1 + number(f"lyrics {release.id} {song.recording}", 10_000_000),
        track=song.title,
        artist=song.artists[0],
        album=release.title,
        duration_s=song.duration_s,
        lines=tuple((step_ms // 2 + step_ms * index, text) for index, text in enumerate(texts)),
        instrumental="Instrumental" in song.title,
        synced=song.bare_title != "Or",
    )
