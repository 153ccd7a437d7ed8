"""The wanted track's title, prepared for comparisons, and the ways in which another title can relate to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from services.matching import scripts
from services.matching.text import fold, joined, numbers, other_spellings, symbols, words
from services.matching.titles import Title, take_apart, without
from services.matching.versions import unexplained, versions_in
from services.matching.works import is_work

_CREDIT_OPENING = re.compile(
    r"\s*(?:prod|produced|from|theme|music|dir|directed|shot|lyrics|written|theme from|as heard in|ost)\b"
)
Spoken = tuple[str, list[str]]
"""A text as written, and its words."""


class TitleMatch(StrEnum):
    """How a candidate's title relates to the wanted one, best first."""

    SAME = "same"
    SOUNDS_ALIKE = "sounds alike in another script"
    SPELLED_ALIKE = "spelled almost the same"
    SAME_WORK = "the same work and movement"
    SIMILAR_WORK = "likely the same work, told with less"
    POSSIBLE_READING = "a possible reading of another script"
    SIMILAR = "similar"
    OPEN = "in a script that cannot be compared"
    LONGER = "has more words"
    DIFFERENT = "different"


@dataclass(slots=True)
class WantedTitle:
    """The wanted track's title, prepared once for many comparisons."""

    title: Title
    names: frozenset[str]
    """Joined spellings that are the song's name."""
    full_names: frozenset[str]
    """The same with those brackets and dash parts that belong to the name (`(I Can't Get No) Satisfaction`)."""
    all_names: tuple[str, ...]
    any_name: frozenset[str]
    """`names` and `full_names` together."""
    main: str
    name_words: list[str]
    name_text: str
    words: frozenset[str]
    """All words of the title."""
    numbers: list[str]
    subtitle_words: frozenset[str]
    signs: str
    native: bool
    is_work: bool
    longest_name: int
    """The letters of the longest of `any_name`."""
    spoken_otherwise: tuple[tuple[Spoken, ...], tuple[Spoken, ...]]
    """Of the title and both sides of `romaji / kana`: those in another script, and those in Latin letters. Either can
    be compared by sound with a text of the other kind."""


def prepare(raw: str, artist_phrases: tuple[str, ...]) -> WantedTitle:
    """The wanted title, ready to be compared; `artist_phrases` are folded names that are no part of it."""
    title = take_apart(raw, upload=False)
    subtitles = [
        piece
        for piece in [*title.segments[1:], *title.brackets]
        if not versions_in(" ".join(piece)) and unexplained(without(piece, artist_phrases))
        and not _CREDIT_OPENING.match(" ".join(piece))
    ]  # fmt: skip
    names = {joined(title.name)}
    full = set()
    whole = list(title.name)
    for piece in subtitles:
        whole = [*whole, *piece]
        full.update({joined([*title.name, *piece]), joined([*piece, *title.name]), joined(whole)})
        if len(joined(piece)) >= 4:
            full.add(joined(piece)) if scripts.is_native(raw) else None
    halves = tuple(half.strip() for half in re.split(r"\s/\s|\s\|\s", raw)) if (" / " in raw or " | " in raw) else ()
    names.update(joined(take_apart(half, upload=False).name) for half in halves)
    names.update(joined(spelling) for spelling in other_spellings(title.name))
    names.discard("")
    return WantedTitle(
        title=title,
        names=frozenset(names),
        full_names=frozenset(full - {""}),
        all_names=tuple(names | full - {""}),
        any_name=frozenset(names | full - {""}),
        main=joined(title.name),
        name_words=title.name,
        name_text=" ".join(title.name),
        words=frozenset(title.everything),
        numbers=numbers(title.name),
        subtitle_words=frozenset(word for piece in subtitles for word in piece),
        signs="" if title.everything else symbols(raw),
        native=scripts.is_native(raw),
        is_work=is_work(title.everything),
        longest_name=max(map(len, names | full), default=0),
        spoken_otherwise=(
            tuple(_spoken(text) for text in (raw, *halves) if scripts.is_native(text)),
            tuple(_spoken(text) for text in (raw, *halves) if not scripts.is_native(text)),
        ),
    )


def _spoken(text: str) -> Spoken:
    return text, words(fold(text))


@dataclass(slots=True)
class Comparison:
    """The outcome: the relation, and what the candidate's title says beyond the song's name."""

    match: TitleMatch
    rest: list[str] = field(default_factory=list)
    """Words outside the name, artists and features removed: version words are looked for here."""
    strangers: list[str] = field(default_factory=list)
    """Those of `rest` that nothing explains."""
    in_full: bool = False
    """The name agrees together with its subtitle."""
