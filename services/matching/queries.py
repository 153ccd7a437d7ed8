"""What to ask which shelf for a track, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.match import QueryKind, Shelf
from models.music import Track
from services.matching import scripts
from services.matching.text import fold

_FEATURE = re.compile(
    r"\s*[(\[](?:feat\.?|ft\.?|featuring|with)\s[^)\]]*[)\]]|\s+(?:feat\.|ft\.|featuring)\s.*$", re.IGNORECASE
)
_CREDIT = re.compile(
    r"\s*[(\[][^)\]]*\b(?:from|remaster(?:ed)?|soundtrack|deluxe|bonus track)\b[^)\]]*[)\]]"
    r"|\s+-\s+(?:from\b.*|(?:\d{4}\s+)?remaster(?:ed)?\b.*|bonus track\b.*|(?:mono|stereo)\b.*)$",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"[()\[\]{}\"“”|<>*]|\s[-–—]+\s")
_EXCLUSION = re.compile(r"(?<!\S)-+")
_ISRC = re.compile(r"([A-Z]{2})([A-Z0-9]{3}\d{6,7})")

_SONG_LIMIT = 20
_ISRC_LIMIT = 5
_VIDEO_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStep:
    """One question to one shelf."""

    query: str
    shelf: Shelf
    kind: QueryKind
    limit: int
    round: int
    """Steps of one round are asked side by side; the next round only when nothing is sure yet."""


def plan_queries(track: Track) -> list[SearchStep]:
    """The questions for a track, best first; later rounds are for tracks that the earlier ones do not find."""
    query = title_query(track)
    steps = [SearchStep(query=query, shelf=Shelf.SONGS, kind=QueryKind.TITLE, limit=_SONG_LIMIT, round=0)]
    if track.isrc and (split := split_isrc(track.isrc)) is not None:
        steps.append(SearchStep(query=split, shelf=Shelf.SONGS, kind=QueryKind.ISRC, limit=_ISRC_LIMIT, round=0))
    steps.append(SearchStep(query=query, shelf=Shelf.VIDEOS, kind=QueryKind.TITLE, limit=_VIDEO_LIMIT, round=1))
    steps.append(SearchStep(query=query, shelf=Shelf.YOUTUBE, kind=QueryKind.TITLE, limit=_VIDEO_LIMIT, round=2))
    other = other_phrasing(track)
    if other and other != query:
        steps.append(SearchStep(query=other, shelf=Shelf.SONGS, kind=QueryKind.TITLE, limit=_SONG_LIMIT, round=3))
        steps.append(SearchStep(query=other, shelf=Shelf.YOUTUBE, kind=QueryKind.TITLE, limit=_VIDEO_LIMIT, round=3))
    return steps


def title_query(track: Track) -> str:
    """Artists and title, without what only narrows a search: features, credits, signs with a meaning of their own."""
    artists = [artist.name for artist in track.artists[:2]]
    title = _CREDIT.sub("", _FEATURE.sub("", track.name)) or track.name
    return clean(" ".join([*artists, title]))


def other_phrasing(track: Track) -> str:
    """A second way to ask: other scripts by their sound, else the main artist and the bare title with the album."""
    main = track.artists[0].name if track.artists else ""
    bare = re.split(r"\s+[-–—/]\s+|\s*[(\[]", track.name, maxsplit=1)[0].strip() or track.name
    if scripts.is_native(track.name) or scripts.is_native(main):
        album = track.album.name if track.album is not None else ""
        by_sound = clean(fold(f"{main} {bare}"))
        # Characters have no sound of their own: there the title as written, with the album, finds more.
        return clean(f"{bare} {album}") if scripts.has_han(f"{main}{bare}") else by_sound
    return clean(f"{main} {bare}")


def clean(query: str) -> str:
    """A query without signs that a search engine obeys: a leading `-` would exclude the word, quotes would bind."""
    plain = _EXCLUSION.sub("", _SIGNS.sub(" ", query))
    return " ".join(plain.split()) or " ".join(query.replace("-", " ").split())


def split_isrc(isrc: str) -> str | None:
    """`USFZ2275105` as `US FZ2275105`: YouTube Music takes the joined form for a word and finds it less often."""
    found = _ISRC.fullmatch(isrc.upper().replace("-", ""))
    return f"{found[1]} {found[2]}" if found is not None else None
