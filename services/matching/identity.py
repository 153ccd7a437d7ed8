"""Does a recording that a sound is known as contradict the wanted track? With the matcher's own eyes: pure, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.ids import VideoId
from models.match import Candidate, VideoType
from models.music import Track
from services.matching import scripts
from services.matching.artist_signals import artists
from services.matching.artists import ArtistMatch
from services.matching.naming import TitleMatch
from services.matching.subject import Wanted, view, want
from services.matching.version_signals import added

_ANOTHER_VERSION = -8.0
"""What an unwanted live version, remix, karaoke, … costs at least."""


@dataclass(frozen=True, slots=True)
class KnownRecording:
    """A recording as a public database of recordings names it."""

    title: str
    artists: tuple[str, ...]


def is_another(track: Track, known: Sequence[KnownRecording]) -> bool:
    """Whether all that the sound is known as is clearly another song, somebody else's, or another version.

    One recording that fits, or that cannot be compared (another script, no artist named), is enough to acquit; so is
    that nothing is known.
    """
    wanted = want(track)
    return bool(known) and all(_contradicts(wanted, recording) for recording in known)


def _contradicts(wanted: Wanted, recording: KnownRecording) -> bool:
    viewed = view(
        wanted,
        # Databases name recordings as albums do.
        Candidate(
            video_id=VideoId(""),
            title=recording.title,
            artists=recording.artists,
            video_type=VideoType.ATV,
            is_song=True,
        ),
    )
    if viewed.comparison.match is TitleMatch.DIFFERENT:
        # Works go by many names, and titles in another script may be translations.
        return not wanted.title.is_work and scripts.is_native(recording.title) == scripts.is_native(wanted.track.name)
    match, _ = artists(wanted, viewed)
    if recording.artists and match is ArtistMatch.DIFFERENT:
        return True
    # That it does not say to be live, or whose remix, proves nothing: such words often stand beside the title.
    return sum(points for points, _ in added(wanted, viewed)) <= _ANOTHER_VERSION
