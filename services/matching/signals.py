"""The reasons for and against a candidate. Each is a small function of (wanted, viewed) that gives points and a sentence.

Points are rough log-odds: about 1 point triples nothing by itself, 3 settle an ordinary doubt, 7 rule out. They are set
by reason, not fitted; `docs/matching.md` tells what each is for and what taught it.
"""

from __future__ import annotations

import math

from rapidfuzz import fuzz

from models.match import QueryKind, Signal, VideoType
from services.matching.artists import ArtistMatch, Name, names_in, partly_same, same_name, sound_of
from services.matching.scripts import Reading
from services.matching.subject import Viewed, Wanted, is_artist
from services.matching.text import words
from services.matching.titles import TitleMatch
from services.matching.versions import Version, unexplained

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

_ARTIST_POINTS = {
    ArtistMatch.MAIN: 3.0,
    ArtistMatch.SOUNDS_ALIKE: 2.5,
    ArtistMatch.NAMED: 2.0,
    ArtistMatch.GUEST: 1.0,
    ArtistMatch.POSSIBLE: 1.0,
    ArtistMatch.OPEN: -2.0,
    ArtistMatch.PARTLY: -2.5,
    ArtistMatch.UNNAMED: -4.0,
    ArtistMatch.DIFFERENT: -7.0,
}

_RELATED = {match: rank for rank, match in enumerate(ArtistMatch)}
_RELATED_LEAST = ArtistMatch.DIFFERENT

# A version that the candidate names and the track does not.
_ADDED_POINTS = {
    Version.EDIT: -2.0,
    Version.EXTENDED: -3.0,
    Version.MONO: -1.5,
    Version.OTHER: -3.0,
    Version.MIX: -4.0,
    Version.MAKING_OF: -5.0,
}
_ADDED_ELSE = -7.0
# A version that the track names and the candidate does not.
_MISSING_POINTS = {
    Version.EDIT: -1.0,
    Version.EXTENDED: -2.5,
    Version.MONO: -0.5,
    Version.OTHER: -1.5,
    Version.MIX: -3.0,
    Version.CLEAN: -1.0,
    Version.COVER: -2.0,
    Version.INTERLUDE: -3.0,
    Version.SHORT: -2.0,
    Version.LONG: -2.0,
}
_MISSING_ELSE = -6.0
# What an album's name may say about all of its tracks.
_ALBUM_TELLS = {
    Version.LIVE: -5.5,
    Version.KARAOKE: -7.0,
    Version.TRIBUTE: -5.0,
    Version.INSTRUMENTAL: -5.0,
    Version.SPED_UP: -6.0,
    Version.SLOWED: -6.0,
    Version.LOFI: -5.0,
    Version.CLEAN: -2.5,
    Version.RERECORDED: -5.0,
    Version.DEMO: -2.0,
    Version.ACOUSTIC: -2.0,
    Version.COVER: -3.0,
}
_LIVE_ALBUM = frozenset({"live", "live at", "live in", "live from", "live on", "unplugged", "in concert", "concert", "en vivo", "ao vivo", "en directo", "sessions", "raibu"})


def title(wanted: Wanted, viewed: Viewed) -> Signal:
    """The song's name, after normalising."""
    match = viewed.comparison.match
    reason = f"The title is {match}." if match is not TitleMatch.LONGER else (
        f"The title has more words: {' '.join(viewed.comparison.strangers)}."
    )  # fmt: skip
    points = _TITLE_POINTS[match]
    if match is TitleMatch.SAME and viewed.comparison.strangers and viewed.is_album_audio:
        # Albums title their tracks with care: an unexplained bracket is a subtitle or an unknown version.
        strangers = [word for word in viewed.comparison.strangers if word not in wanted.known_words]
        if strangers:
            # Two subtitles that have nothing in common name two songs, or one in two languages.
            points -= 4.0 if wanted.title.subtitle_words else 1.5
            reason = f"The title is the same but for: {' '.join(strangers)}."
    return Signal(name="title", points=points, reason=reason)


def versions(wanted: Wanted, viewed: Viewed) -> Signal | None:
    """Version words on both sides."""
    if not (viewed.versions or viewed.album_versions or wanted.versions):
        return None
    points, reasons = 0.0, []
    theirs = viewed.versions
    for version, found in theirs.items():
        if version in wanted.versions or version in wanted.album_versions or _is_known(wanted, found):
            continue
        points += _ADDED_POINTS.get(version, _ADDED_ELSE)
        reasons.append(f"It is {version} ({found}), which is not wanted")
    for version in wanted.versions:
        if version in theirs or version in viewed.album_versions:
            continue
        told = _MISSING_POINTS.get(version, _MISSING_ELSE)
        # `Waka Waka (Esto es África)`: the subtitle tells the language.
        points += told / 2 if version is Version.LANGUAGE and viewed.comparison.in_full else told
        reasons.append(f"It does not say to be {version}, which is wanted")
    for version, found in viewed.album_versions.items():
        if version in theirs or version in wanted.versions or version in wanted.album_versions:
            continue
        if version is Version.LIVE and found not in _LIVE_ALBUM:
            continue
        if (told := _ALBUM_TELLS.get(version)) is not None and not _is_known(wanted, found):
            points += told
            reasons.append(f"Its album is {version} ({found})")
    if wanted.versions and any(version in wanted.versions for version in theirs):
        told, reason = _details(wanted, viewed)
        points += told
        if reason:
            reasons.append(reason)
    if not reasons:
        return Signal(name="versions", points=points, reason="It is the wanted version.")
    return Signal(name="versions", points=max(points, -14.0), reason="; ".join(reasons) + ".")


def _is_known(wanted: Wanted, found: str) -> bool:
    return all(word in wanted.side_words for word in found.split())


def _details(wanted: Wanted, viewed: Viewed) -> tuple[float, str]:
    """Whose remix, which concert: said by both, by one, or differently."""
    told = {word for hit in viewed.versions.values() for word in hit.split()}
    said = {*viewed.title.everything, *(word for name in viewed.artists for word in name.phrase.split())}
    missing = [word for word in wanted.details if word not in said and not _nearly(word, said)]
    extra = [
        word
        for word in unexplained(viewed.comparison.rest)
        if word != "|" and word not in told and word not in wanted.known_words and not _nearly(word, wanted.known_words)
    ]
    remade = Version.REMIX in wanted.versions or Version.MIX in wanted.versions
    if wanted.details and len(missing) == len(wanted.details) and extra:
        return -7.0, f"Another version of the kind: {' '.join(extra)}"
    if wanted.details and len(missing) * 2 > len(wanted.details):
        return (-4.0 if remade else -1.5), f"It does not say {' '.join(sorted(missing))}"
    if extra and viewed.is_album_audio:
        return (-4.0 if remade else -1.5), f"It says also: {' '.join(extra)}"
    return 1.0, ""


def _nearly(word: str, known: frozenset[str] | set[str]) -> bool:
    return len(word) >= 4 and any(fuzz.ratio(word, other) >= 85.0 for other in known)


def artists(wanted: Wanted, viewed: Viewed) -> tuple[ArtistMatch, Signal]:
    """The main artist: in the artist field, the channel, or the title of an upload."""
    match = _artist_match(wanted, viewed)
    points = _ARTIST_POINTS[match]
    if wanted.title.is_work and len(wanted.artists) > 1:
        # A classical track's first artist is the composer; the performers tell the recording.
        if match is ArtistMatch.GUEST:
            points = _ARTIST_POINTS[ArtistMatch.MAIN]
        elif match is ArtistMatch.MAIN and not _any_performer(wanted, viewed):
            points = -1.0
    elif match is ArtistMatch.GUEST and Version.REMIX in wanted.versions:
        points += 0.5
    return match, Signal(name="artists", points=points, reason=f"It is {match}." if match is not ArtistMatch.NAMED else "The title names the main artist.")


def _any_performer(wanted: Wanted, viewed: Viewed) -> bool:
    performers = wanted.artists[1:]
    text = f" {' '.join(viewed.title.everything)} "
    return any(same_name(name, artist) for name in viewed.artists for artist in performers) or any(
        f" {artist.phrase} " in text for artist in performers
    )


def _artist_match(wanted: Wanted, viewed: Viewed) -> ArtistMatch:
    if not wanted.artists:
        return ArtistMatch.OPEN
    best = _RELATED_LEAST
    for name in viewed.artists:
        best = min(best, _relation(wanted, name), key=_RELATED.__getitem__)
    if viewed.channel is not None:
        best = min(best, _relation(wanted, viewed.channel), key=_RELATED.__getitem__)
    if best is ArtistMatch.MAIN or viewed.is_album_audio:
        return best
    text = f" {' '.join(viewed.title.everything)} "
    main = wanted.artists[0].phrase
    if main and (f" {main} " in text or f" {main.removeprefix('the ')} " in text):
        return ArtistMatch.NAMED
    if viewed.candidate.official is True or best not in {ArtistMatch.OPEN, ArtistMatch.PARTLY, ArtistMatch.DIFFERENT}:
        return best
    if any(artist.phrase and f" {artist.phrase} " in text for artist in wanted.artists[1:]):
        return ArtistMatch.GUEST
    return best if len(viewed.title.segments) > 1 else ArtistMatch.UNNAMED


def _relation(wanted: Wanted, name: Name) -> ArtistMatch:
    known = wanted.relations.get(name)
    if known is None:
        known = wanted.relations[name] = _compare_artist(wanted, name)
    return known


def _compare_artist(wanted: Wanted, name: Name) -> ArtistMatch:
    main, *others = wanted.artists
    if same_name(name, main):
        return ArtistMatch.MAIN
    if any(same_name(name, artist) for artist in others):
        return ArtistMatch.GUEST
    sounds = [sound for artist in wanted.artists if (sound := sound_of(name, artist)) is not None]
    if sounds:
        return {Reading.ALIKE: ArtistMatch.SOUNDS_ALIKE, Reading.POSSIBLE: ArtistMatch.POSSIBLE}.get(max(sounds), ArtistMatch.OPEN)
    if len(name.phrase) > 2 and f" {name.phrase} " in wanted.album_text:
        return ArtistMatch.POSSIBLE  # `Skrillex and Diplo present Jack Ü`
    return ArtistMatch.PARTLY if partly_same(name, main) else ArtistMatch.DIFFERENT


def guests(wanted: Wanted, viewed: Viewed) -> Signal | None:
    """Featured artists: in the title on one side, in the artist field on the other."""
    others = [name for raw in viewed.title.features for name in names_in(raw)]
    if viewed.is_album_audio:
        others += viewed.artists[1:]
    if not others:
        return None
    wanted_guests = wanted.artists[1:]
    credited = [name for raw in wanted.title.title.features for name in names_in(raw)]
    strange = [
        name for name in others
        if not is_artist(wanted, name) and not any(same_name(name, known) or partly_same(name, known) for known in (*credited, *wanted.artists))
        and not any(sound_of(name, artist) is not None for artist in wanted.artists)
    ]  # fmt: skip
    known = len(others) - len(strange)
    if not strange:
        return Signal(name="guests", points=0.5, reason="The featured artists are the wanted ones.")
    if (wanted_guests or credited) and not known:
        missing = [artist for artist in wanted_guests if not any(same_name(artist, name) for name in viewed.artists)]
        if missing or credited:
            return Signal(name="guests", points=-4.0, reason=f"Other guests than wanted: {strange[-1].raw}.")
    return Signal(name="guests", points=-1.0, reason=f"A guest that the track does not name: {strange[-1].raw}.")


def uploader(wanted: Wanted, viewed: Viewed, match: ArtistMatch) -> Signal:
    """Who put it there: the label's own audio, the artist, an official source, or anybody."""
    candidate = viewed.candidate
    if viewed.is_album_audio:
        return Signal(name="uploader", points=1.5, reason="It is album audio from the label.")
    if candidate.video_type is VideoType.OMV:
        return Signal(name="uploader", points=1.0, reason="It is the official video.")
    if candidate.video_type is VideoType.OFFICIAL_SOURCE_MUSIC:
        return Signal(name="uploader", points=0.8, reason="It comes from an official source.")
    if match in {ArtistMatch.MAIN, ArtistMatch.SOUNDS_ALIKE} and viewed.channel is not None:
        return Signal(name="uploader", points=1.0 if candidate.official or candidate.channel_verified else 0.7, reason="The artist's own channel.")
    own = viewed.channel
    if own is not None and own.phrase and len(own.phrase) >= 4 and f" {own.phrase} " in f" {' '.join(viewed.comparison.rest)} ":
        return Signal(name="uploader", points=-3.0, reason="The uploader stands in the title: likely the performer of a cover.")
    if candidate.official or candidate.channel_verified:
        return Signal(name="uploader", points=0.4, reason="A verified channel.")
    return Signal(name="uploader", points=-0.5, reason="Uploaded by somebody.")


def strangers(wanted: Wanted, viewed: Viewed) -> Signal | None:
    """Unexplained words around the title of an upload."""
    if viewed.is_album_audio or viewed.comparison.match is TitleMatch.LONGER:
        return None
    odd = [word for word in viewed.comparison.strangers if word not in wanted.known_words]
    if not odd:
        return None
    return Signal(name="strangers", points=-min(0.25 * len(odd), 2.0), reason=f"Unexplained words: {' '.join(odd[:6])}.")


def length_tolerance_s(duration_s: float) -> float:
    """How far two lengths of one recording may lie apart, in seconds: silence at the ends and rounding.

    Never more than the difference that the points below still allow beside a perfect title and artist.
    """
    return max(5.0, min(12.0, 0.04 * duration_s))


def duration(wanted: Wanted, viewed: Viewed) -> Signal:
    """The length, against Spotify's."""
    theirs = viewed.candidate.duration_s
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
    more = "longer" if theirs > wanted.duration_s else "shorter"
    reason = "The length is the same." if apart <= 1.0 else f"It is {apart:.0f} s {more}."
    return Signal(name="duration", points=points, reason=reason)


def album(wanted: Wanted, viewed: Viewed, match: ArtistMatch) -> Signal | None:
    """The album, when both sides name one. Another album says little: songs stand on several."""
    if not wanted.album or not viewed.album:
        return None
    if wanted.album == viewed.album:
        return Signal(name="album", points=1.5, reason="It is from the same album.")
    if min(len(wanted.album), len(viewed.album)) >= 5 and fuzz.ratio(wanted.album, viewed.album) >= 85.0:
        return Signal(name="album", points=1.0, reason="It is from an album of nearly the same name.")
    if match is ArtistMatch.OPEN:
        return Signal(name="album", points=-1.0, reason="Neither the artist nor the album can be recognised.")
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
    for finding in viewed.candidate.found_in:
        if finding.query_kind is QueryKind.ISRC and finding.rank == 0:
            return Signal(name="isrc", points=3.0, reason="The track's ISRC finds it first.")
    return None


def last_word(viewed: Viewed) -> Signal:
    """Views and rank: they decide between equals, and nothing else."""
    views = viewed.candidate.views or 0
    rank = min((finding.rank for finding in viewed.candidate.found_in), default=10)
    points = 0.03 * math.log10(views + 1) - 0.01 * min(rank, 10)
    return Signal(name="last_word", points=round(points, 3), reason=f"{views} views, rank {rank + 1}.")


def guest_words(viewed: Viewed) -> list[str]:
    """The words of the features, for tests and explanations."""
    return [word for raw in viewed.title.features for word in words(raw)]
