"""The reasons that lie in version words: live, remix, karaoke, … wanted or not."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import fuzz

from models.match import Signal
from services.matching.subject import Viewed, Wanted
from services.matching.version_words import MUSICAL_FORMS, Version
from services.matching.versions import unexplained

Reason = tuple[float, str]

# A version that the candidate names and the track does not.
_ADDED_POINTS = {
    Version.EDIT: -2.0,
    Version.EXTENDED: -3.0,
    Version.MONO: -1.5,
    Version.OTHER: -3.0,
    Version.MIX: -8.0,
    Version.MAKING_OF: -5.0,
}
_ADDED_ELSE = -9.0
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
_MISSING_ELSE = -8.0
_LEAST = -16.0
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
_LIVE_ALBUM = frozenset(
    {"live", "live at", "live in", "live from", "live on", "unplugged", "in concert", "concert", "en vivo", "ao vivo"}
    | {"en directo", "sessions", "raibu"}
)


def versions(wanted: Wanted, viewed: Viewed) -> Signal | None:
    """Version words on both sides."""
    if not (viewed.versions or viewed.album_versions or wanted.versions):
        return None
    found = [*added(wanted, viewed)] if viewed.versions else []
    shared = False
    if wanted.versions:
        found += _missing(wanted, viewed)
        shared = not wanted.versions.keys().isdisjoint(viewed.versions)
    if viewed.album_versions:
        found += _told_by_album(wanted, viewed)
    if shared and (detail := _details(wanted, viewed)) is not None:
        found.append(detail)
    if not found:
        return Signal(name="versions", points=1.0 if shared else 0.0, reason="It is the wanted version.")
    points = max(sum(told for told, _ in found), _LEAST)
    return Signal(name="versions", points=points, reason="; ".join(reason for _, reason in found) + ".")


def added(wanted: Wanted, viewed: Viewed) -> Iterator[Reason]:
    """What the candidate says to be and the track does not."""
    for version, found in viewed.versions.items():
        if version in wanted.versions or version in wanted.album_versions or _is_known(wanted, found):
            continue
        if not (wanted.title.is_work and version in MUSICAL_FORMS):
            yield _ADDED_POINTS.get(version, _ADDED_ELSE), f"It is {version} ({found}), which is not wanted"


def _missing(wanted: Wanted, viewed: Viewed) -> Iterator[Reason]:
    for version in wanted.versions:
        if version not in viewed.versions and version not in viewed.album_versions:
            told = _MISSING_POINTS.get(version, _MISSING_ELSE)
            # `Waka Waka (Esto es África)`: the subtitle tells the language.
            softened = told / 2 if version is Version.LANGUAGE and viewed.comparison.in_full else told
            yield softened, f"It does not say to be {version}, which is wanted"


def _told_by_album(wanted: Wanted, viewed: Viewed) -> Iterator[Reason]:
    for version, found in viewed.album_versions.items():
        if version in viewed.versions or version in wanted.versions or version in wanted.album_versions:
            continue
        told = _ALBUM_TELLS.get(version)
        if told is None or _is_known(wanted, found):
            continue
        if version is not Version.LIVE or found in _LIVE_ALBUM or found[-1].isdigit():
            yield told, f"Its album is {version} ({found})"


def _is_known(wanted: Wanted, found: str) -> bool:
    return wanted.side_words.issuperset(found.split())


def _details(wanted: Wanted, viewed: Viewed) -> Reason | None:
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
    return None


def _nearly(word: str, known: frozenset[str] | set[str]) -> bool:
    return len(word) >= 4 and any(fuzz.ratio(word, other) >= 85.0 for other in known)
