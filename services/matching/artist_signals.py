"""The reasons that lie in artists: who made it, and with whom."""

from __future__ import annotations

from dataclasses import replace

from models.match import Signal
from services.matching.artists import ArtistMatch, Name, are_initials, partly_same, same_name, sound_of
from services.matching.scripts import Reading
from services.matching.subject import Viewed, Wanted, guests_in
from services.matching.version_words import Version
from services.matching.versions import versions_in

_ARTIST_POINTS = {
    ArtistMatch.MAIN: 3.0,
    ArtistMatch.SOUNDS_ALIKE: 2.5,
    ArtistMatch.NAMED: 2.0,
    ArtistMatch.GUEST: 1.0,
    ArtistMatch.POSSIBLE: 1.0,
    ArtistMatch.OPEN: -1.5,
    ArtistMatch.PARTLY: -3.3,
    ArtistMatch.UNNAMED: -4.0,
    ArtistMatch.DIFFERENT: -7.0,
}
# A name that holds the artist's and one of these is that of people who play the artist's songs.
_COPYISTS = frozenset({Version.TRIBUTE, Version.COVER, Version.KARAOKE, Version.ARRANGED})
_PLAIN = {
    match: Signal(
        name="artists",
        points=points,
        reason="The title names the main artist." if match is ArtistMatch.NAMED else f"It is {match}.",
    )
    for match, points in _ARTIST_POINTS.items()
}
_RELATED = {match: rank for rank, match in enumerate(ArtistMatch)}
_SOUNDS = {
    Reading.ALIKE: ArtistMatch.SOUNDS_ALIKE,
    Reading.POSSIBLE: ArtistMatch.POSSIBLE,
    Reading.OPEN: ArtistMatch.OPEN,
}
_WEAK = frozenset({ArtistMatch.OPEN, ArtistMatch.PARTLY, ArtistMatch.DIFFERENT})


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
    plain = _PLAIN[match]
    return match, plain if points == plain.points else replace(plain, points=points)


def _any_performer(wanted: Wanted, viewed: Viewed) -> bool:
    performers = wanted.artists[1:]
    text = viewed.title.text
    return any(same_name(name, artist) for name in viewed.artists for artist in performers) or any(
        f" {artist.phrase} " in text for artist in performers
    )


def _artist_match(wanted: Wanted, viewed: Viewed) -> ArtistMatch:
    if not wanted.artists:
        return ArtistMatch.OPEN
    best = ArtistMatch.DIFFERENT
    names = viewed.artists
    if viewed.channel is not None and viewed.channel not in names:
        names = (*names, viewed.channel)
    for name in names:
        relation = wanted.relations.get(name)
        if relation is None:
            relation = wanted.relations[name] = _compare_artist(wanted, name)
        if relation is not best and _RELATED[relation] < _RELATED[best]:
            best = relation
    if best is ArtistMatch.MAIN or viewed.is_album_audio:
        return best
    text = viewed.title.text
    if any(phrase in text for phrase in wanted.main_phrases):
        return ArtistMatch.NAMED
    if viewed.candidate.official is True or best not in _WEAK:
        return best
    if any(phrase in text for phrase in wanted.guest_phrases):
        return ArtistMatch.GUEST
    return best if len(viewed.title.segments) > 1 else ArtistMatch.UNNAMED


def _compare_artist(wanted: Wanted, name: Name) -> ArtistMatch:
    main, *others = wanted.artists
    if same_name(name, main):
        return ArtistMatch.MAIN
    if any(same_name(name, artist) for artist in others):
        return ArtistMatch.GUEST
    if are_initials(name, main) or are_initials(main, name):
        return ArtistMatch.POSSIBLE
    sounds = [sound for artist in wanted.artists if (sound := sound_of(name, artist)) is not None]
    if sounds:
        return _SOUNDS[max(sounds)]
    if len(name.phrase) > 2 and f" {name.phrase} " in wanted.album_text:
        return ArtistMatch.POSSIBLE  # `Skrillex and Diplo present Jack Ü`
    if partly_same(name, main) and not _COPYISTS.intersection(versions_in(name.phrase)):
        return ArtistMatch.PARTLY
    return ArtistMatch.DIFFERENT


def guests(wanted: Wanted, viewed: Viewed) -> Signal | None:
    """Featured artists: in the title on one side, in the artist field on the other."""
    others: list[Name] = []
    for raw in viewed.title.features:
        others += guests_in(wanted, raw)
    if viewed.is_album_audio:
        others += viewed.artists[1:]
    if not others:
        return None
    wanted_guests = wanted.artists[1:]
    credited = wanted.credited
    strange = [name for name in others if not _is_expected(wanted, name)]
    known = len(others) - len(strange)
    if not strange:
        return Signal(name="guests", points=0.5, reason="The featured artists are the wanted ones.")
    if (wanted_guests or credited) and not known:
        missing = [artist for artist in wanted_guests if not any(same_name(artist, name) for name in viewed.artists)]
        if missing or credited:
            return Signal(name="guests", points=-4.0, reason=f"Other guests than wanted: {strange[-1].raw}.")
    return Signal(name="guests", points=-1.0, reason=f"A guest that the track does not name: {strange[-1].raw}.")


def _is_expected(wanted: Wanted, name: Name) -> bool:
    answer = wanted.expected.get(name)
    if answer is None:
        answer = wanted.expected[name] = _is_wanted(wanted, name)
    return answer


def _is_wanted(wanted: Wanted, name: Name) -> bool:
    known = (*wanted.credited, *wanted.artists)
    return any(partly_same(name, other) or same_name(name, other) for other in known) or any(
        sound_of(name, artist) is not None for artist in wanted.artists
    )
