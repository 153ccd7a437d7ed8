"""The reasons for and against a candidate: small functions that give points and a sentence.

Points are rough log-odds: 1 is a hint, 3 settle an ordinary doubt, 7 rule a candidate out. They are set by reason, not
fitted; `docs/matching.md` tells what each is for and what taught it. The reasons that lie in artists and in version
words have modules of their own.
"""

from __future__ import annotations

import math

from rapidfuzz import fuzz

from models.match import Signal, VideoType
from services.matching.artists import ArtistMatch
from services.matching.naming import TitleMatch
from services.matching.subject import Viewed, Wanted
from services.matching.text import joined

PRIOR = Signal(name="prior", points=-6.0, reason="A video must prove to be the wanted recording.")

_TITLE_POINTS = {
    TitleMatch.SAME: 4.0,
    TitleMatch.SOUNDS_ALIKE: 3.5,
    TitleMatch.SAME_WORK: 3.5,
    TitleMatch.SIMILAR_WORK: 1.0,
    TitleMatch.SPELLED_ALIKE: 2.5,
    TitleMatch.POSSIBLE_READING: 1.5,
    TitleMatch.SIMILAR: -3.0,
    TitleMatch.OPEN: -4.0,
    TitleMatch.LONGER: -4.0,
    TitleMatch.DIFFERENT: -10.0,
}
# Signals are plain values: those that say the same of many candidates are made once.
_ALBUM_AUDIO = Signal(name="uploader", points=1.5, reason="It is album audio from the label.")
_OFFICIAL_VIDEO = Signal(name="uploader", points=1.0, reason="It is the official video.")
_OFFICIAL_SOURCE = Signal(name="uploader", points=0.8, reason="It comes from an official source.")
_VERIFIED = Signal(name="uploader", points=0.4, reason="It is a verified channel.")
_ANYBODY = Signal(name="uploader", points=-0.5, reason="Uploaded by somebody.")
_THE_ARTIST = frozenset({ArtistMatch.MAIN, ArtistMatch.SOUNDS_ALIKE})
_TITLES = {
    match: Signal(name="title", points=points, reason=f"The title is {match}.")
    for match, points in _TITLE_POINTS.items()
}


def title(wanted: Wanted, viewed: Viewed) -> Signal:
    """The song's name, after normalising."""
    match, odd = viewed.comparison.match, viewed.comparison.strangers
    if match is TitleMatch.LONGER:
        return Signal(name="title", points=_TITLE_POINTS[match], reason=f"The title has more words: {' '.join(odd)}.")
    if match is TitleMatch.SAME and odd and viewed.is_album_audio:
        # Albums title their tracks with care: an unexplained bracket is a subtitle or an unknown version.
        unknown = [word for word in odd if word not in wanted.known_words]
        if unknown:
            # Two subtitles that have nothing in common name two songs, or one in two languages.
            points = _TITLE_POINTS[match] - (4.0 if wanted.title.subtitle_words else 1.5)
            return Signal(name="title", points=points, reason=f"The title is the same but for: {' '.join(unknown)}.")
    return _TITLES[match]


def uploader(viewed: Viewed, match: ArtistMatch) -> Signal:
    """Who put it there: the label's own audio, the artist, an official source, or anybody."""
    candidate = viewed.candidate
    if viewed.is_album_audio:
        return _ALBUM_AUDIO
    if candidate.video_type is VideoType.OMV:
        return _OFFICIAL_VIDEO
    if candidate.video_type is VideoType.OFFICIAL_SOURCE_MUSIC:
        return _OFFICIAL_SOURCE
    vouched = bool(candidate.official or candidate.channel_verified)
    if viewed.channel is not None and match in _THE_ARTIST:
        return Signal(name="uploader", points=1.0 if vouched else 0.7, reason="It is the artist's own channel.")
    own = viewed.channel.phrase.replace(" ", "") if viewed.channel is not None else ""
    if len(own) >= 4 and own in joined(viewed.comparison.rest):
        reason = "The uploader stands in the title: likely the performer of a cover."
        return Signal(name="uploader", points=-3.0, reason=reason)
    if vouched:
        return _VERIFIED
    return _ANYBODY


def strangers(wanted: Wanted, viewed: Viewed) -> Signal | None:
    """Unexplained words around the title of an upload."""
    if viewed.is_album_audio or viewed.comparison.match is TitleMatch.LONGER:
        return None
    odd = [word for word in viewed.comparison.strangers if word not in wanted.known_words]
    if not odd:
        return None
    return Signal(
        name="strangers", points=-min(0.25 * len(odd), 2.0), reason=f"Unexplained words: {' '.join(odd[:6])}."
    )


def duration(wanted: Wanted, viewed: Viewed) -> Signal:
    """The length, against Spotify's."""
    key = (viewed.candidate.duration_s, viewed.is_album_audio)
    known = wanted.durations.get(key)
    if known is None:
        known = wanted.durations[key] = _compare_lengths(wanted, *key)
    return known


def _compare_lengths(wanted: Wanted, theirs: float | None, is_album_audio: bool) -> Signal:
    if not wanted.duration_s:
        return Signal(name="duration", points=-1.0, reason="Spotify does not say how long the track is.")
    if theirs is None:
        return Signal(name="duration", points=-3.0, reason="Its length is not known.")
    apart = abs(theirs - wanted.duration_s)
    # Both services round to whole seconds somewhere on the way.
    apart = max(0.0, apart - 0.5)
    share = apart / max(wanted.duration_s, 1.0)
    if apart <= 1.0:
        points = 2.5
    elif apart <= 2.0:
        points = 2.0
    elif apart <= 3.5:
        points = 1.2
    elif apart <= 6.0 and share <= 0.05:
        points = 0.0
    elif apart <= 10.0 and share <= 0.08:
        points = -1.5
    elif apart <= 20.0 and share <= 0.12:
        points = -3.5
    elif share <= 0.25:
        points = -6.0
    else:
        points = -10.0
    if is_album_audio and apart > 3.5:
        # An album's audio has no intro and no credits: another length is another recording.
        points -= 1.0
    more = "longer" if theirs > wanted.duration_s else "shorter"
    reason = "The length is the same." if apart <= 1.0 else f"It is {apart:.0f} s {more}."
    return Signal(name="duration", points=points, reason=reason)


def album(wanted: Wanted, viewed: Viewed) -> Signal | None:
    """The album, when both sides name one. Another album says little: songs stand on several."""
    if not wanted.album or not viewed.album:
        return None
    if wanted.album == viewed.album:
        return Signal(name="album", points=1.5, reason="It is from the same album.")
    if min(len(wanted.album), len(viewed.album)) >= 5 and fuzz.ratio(wanted.album, viewed.album) >= 85.0:
        return Signal(name="album", points=1.0, reason="It is from an album of nearly the same name.")
    return None


def explicitness(wanted: Wanted, viewed: Viewed) -> Signal | None:
    """The explicit mark, which only album audio carries reliably."""
    marked = viewed.candidate.explicit
    if marked is None or not viewed.is_album_audio:
        return None
    if wanted.track.explicit and not marked:
        return Signal(name="explicit", points=-2.0, reason="The track is explicit; this may be the clean edit.")
    if marked and not wanted.track.explicit:
        return Signal(name="explicit", points=-0.8, reason="It is explicit; the track is not.")
    return Signal(name="explicit", points=0.3, reason="The explicit marks agree.") if marked else None


def isrc(viewed: Viewed) -> Signal | None:
    """First for the ISRC query. It acquits, and never convicts: most ISRCs find nothing, and what follows is noise."""
    if viewed.is_isrc_hit:
        return Signal(name="isrc", points=3.0, reason="The track's ISRC finds it first.")
    return None


def remaster(wanted: Wanted, viewed: Viewed) -> Signal | None:
    """Whether both sides say to be remastered: the same recording either way, so it decides between equals only."""
    if not wanted.is_remaster and "remaster" in viewed.title.folded and " remaster" in viewed.title.text:
        return Signal(name="remaster", points=-0.3, reason="It is a remaster; the track does not say so.")
    return None


def last_word(viewed: Viewed) -> Signal:
    """Views and rank: they decide between equals, and nothing else."""
    views, found_in = viewed.candidate.views or 0, viewed.candidate.found_in
    rank = found_in[0].rank if len(found_in) == 1 else min([finding.rank for finding in found_in], default=10)
    points = 0.03 * math.log10(views + 1) - 0.01 * min(rank, 10)
    return Signal(name="last_word", points=round(points, 3), reason=f"{views} views, rank {rank + 1}.")
