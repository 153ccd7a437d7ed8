"""Comparing a candidate's title with the wanted one: by spelling, by what surrounds the name, across scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz import fuzz

from services.matching import scripts
from services.matching.naming import Comparison, TitleMatch, WantedTitle
from services.matching.scripts import Reading
from services.matching.text import fold, is_shortening, joined, numbers, spelled_alike, symbols, words
from services.matching.titles import Title, without
from services.matching.versions import unexplained, versions_in
from services.matching.works import SameWork, compare_works, is_work

_COUNTED = frozenset(["part", "volume", "chapter", "episode", "act", "book", "no", "movement", "scene"])
_SEQUEL = re.compile(rf"\b(?:{'|'.join(sorted(_COUNTED))}) (\d+)\b")
Form = tuple[list[str], str, list[list[str]]]
"""What may be the song's name, the same joined, and the segments it leaves over."""

_PIECES = re.compile(r"[()\[\]（）【】「」『』《》|｜/／\"]|\s-\s|\s–\s")
_QUOTES = frozenset("【「『《〈")
_QUOTED = re.compile(
    r"[【「『《〈]\s*([^A-Za-z【】「」『』《》〈〉]+?)\s+([A-Za-z][^【】「」『』《》〈〉]*)[】」』》〉]"
)
_NOT_THE_NAME = frozenset({TitleMatch.DIFFERENT, TitleMatch.LONGER})
_SAME, _NEARLY_SAME, _SIMILAR, _COMPARABLE = 0.999, 0.9, 0.8, 0.6

_WORKS = {
    SameWork.YES: TitleMatch.SAME_WORK,
    SameWork.LIKELY: TitleMatch.SIMILAR_WORK,
    SameWork.NO: TitleMatch.DIFFERENT,
}
_READINGS = {
    Reading.ALIKE: TitleMatch.SOUNDS_ALIKE,
    Reading.POSSIBLE: TitleMatch.POSSIBLE_READING,
    Reading.OPEN: TitleMatch.OPEN,
}
_RANKS = {match: rank for rank, match in enumerate(TitleMatch)}


def compare(wanted: WantedTitle, candidate: Title, phrases: tuple[str, ...]) -> Comparison:
    """How the candidate's title relates to the wanted one; `phrases` are artists' names that may stand in it."""
    if wanted.signs:
        shown = wanted.signs in symbols(candidate.raw)
        return Comparison(TitleMatch.SAME if shown else TitleMatch.DIFFERENT, without(candidate.everything, phrases))
    if not candidate.segments:
        return Comparison(TitleMatch.DIFFERENT)
    exact = _compare_spelling(wanted, candidate, phrases)
    if wanted.is_work and exact.match is not TitleMatch.SAME:
        theirs = without(candidate.everything, phrases)
        same = compare_works(wanted.title.everything, theirs, wanted.title.raw, candidate.raw)
        left = [word for word in theirs if word not in wanted.words]
        return Comparison(_WORKS[same], left, unexplained(left))
    if exact.match is TitleMatch.SAME or exact.match is TitleMatch.SPELLED_ALIKE:
        return exact
    held = exact.match in _NOT_THE_NAME and f" {wanted.name_text} " in candidate.text
    if held and is_work(candidate.everything):
        # `Suite bergamasque, L. 75: III. Clair de lune`: the catalogue's full name of a piece known by a short one.
        return Comparison(TitleMatch.SIMILAR_WORK)
    if wanted.native or scripts.is_native(candidate.raw):
        across = _compare_scripts(wanted, candidate, phrases)
        if across is not None and _RANKS[across.match] < _RANKS[exact.match]:
            return across
    return exact


def _forms(candidate: Title, phrases: tuple[str, ...]) -> Iterator[Form]:
    """What could be the song's name in this title, each with the segments it leaves over."""
    segments = candidate.segments
    if len(segments) == 1:
        segment = segments[0]
        bare = without(segment, phrases)
        if bare and bare is not segment:
            yield bare, "".join(bare), []
        yield segment, "".join(segment), []
        return
    for index, segment in enumerate(segments):
        rest = segments[:index] + segments[index + 1 :]
        bare = without(segment, phrases)
        if bare and bare is not segment:
            yield bare, "".join(bare), rest
        yield segment, "".join(segment), rest
    whole = [word for segment in segments for word in segment]
    yield whole, "".join(whole), []
    for index in range(len(segments) - 1):
        pair = without([*segments[index], *segments[index + 1]], phrases)
        if pair:
            yield pair, "".join(pair), segments[:index] + segments[index + 2 :]


def _compare_spelling(wanted: WantedTitle, candidate: Title, phrases: tuple[str, ...]) -> Comparison:
    found = _forms(candidate, phrases)
    if candidate.brackets:
        found = iter(every := list(found))
        exact = _compare_brackets(wanted, candidate, every, phrases)
        if exact is not None:
            return exact
    forms: list[Form] = []
    # Most titles that have the name have it in the first form; the others are then not needed.
    for form in found:
        _, text, rest = form
        if text in wanted.any_name:
            same = _result(TitleMatch.SAME, wanted, candidate, rest, phrases)
            same.in_full = text not in wanted.names
            return same
        forms.append(form)
    return _compare_nearly(wanted, candidate, forms, phrases)


def _compare_brackets(
    wanted: WantedTitle, candidate: Title, forms: list[Form], phrases: tuple[str, ...]
) -> Comparison | None:
    """The name together with a bracket of the candidate: `Don't You (Forget About Me)`."""
    bracket_texts = [joined(bracket) for bracket in candidate.brackets]
    for _, text, rest in forms:
        if len(text) >= wanted.longest_name:
            continue
        for bracket, inside in zip(candidate.brackets, bracket_texts, strict=True):
            if text + inside in wanted.any_name or inside + text in wanted.any_name:
                same = _result(TitleMatch.SAME, wanted, candidate, rest, phrases, used=bracket)
                same.in_full = True
                return same
    if wanted.native and not _QUOTES.isdisjoint(candidate.raw) and (quoted := _quoted(wanted, candidate)) is not None:
        left = [word for word in without(candidate.everything, phrases) if word not in wanted.name_words]
        return Comparison(TitleMatch.SAME, left, [word for word in unexplained(left) if word not in quoted])
    if scripts.is_native(candidate.raw) and scripts.has_latin(candidate.raw):
        # `봄날 (Spring Day)`: the bracket repeats the name in another script.
        for bracket in candidate.brackets:
            if joined(bracket) in wanted.names:
                return _result(TitleMatch.SAME, wanted, candidate, candidate.segments[1:], phrases, used=bracket)
    return None


def _quoted(wanted: WantedTitle, candidate: Title) -> list[str] | None:
    """The words of a translation beside the name, both in quotes: `周杰倫【告白氣球 Love Confession】`."""
    for name, translation in _QUOTED.findall(candidate.raw):
        if joined(words(fold(name))) in wanted.names:
            return words(fold(translation))
    return None


def _compare_nearly(wanted: WantedTitle, candidate: Title, forms: list[Form], phrases: tuple[str, ...]) -> Comparison:
    likeness, (form, form_text, rest) = 0.0, forms[0]
    for other_form, text, other_rest in forms:
        for name in wanted.all_names:
            # Texts of very unequal length cannot be alike; most comparisons end here.
            if 2 * min(len(name), len(text)) < _COMPARABLE * (len(name) + len(text)):
                continue
            alike = spelled_alike(name, text)
            if alike > likeness:
                likeness, form, form_text, rest = alike, other_form, text, other_rest
    if likeness >= _SAME:
        return _result(TitleMatch.SAME, wanted, candidate, rest, phrases)
    # Before likeness: a long name with `Demo` behind it is nearly the name, too.
    held = _compare_holding(wanted, candidate, forms, phrases)
    if held is not None and held.match is TitleMatch.SAME:
        return held
    same_numbers = numbers(form) == wanted.numbers
    if likeness >= _NEARLY_SAME and same_numbers and len(wanted.main) >= 5:
        match = TitleMatch.SIMILAR if _is_other_word(wanted.main, form_text) else TitleMatch.SPELLED_ALIKE
        return _result(match, wanted, candidate, rest, phrases)
    if likeness >= _COMPARABLE and is_shortening(wanted.main, form_text):
        return _result(TitleMatch.SPELLED_ALIKE, wanted, candidate, rest, phrases)
    if held is not None:
        return held
    if likeness >= _SIMILAR and same_numbers and len(wanted.main) >= 6 and _same_words(wanted.name_words, form):
        return _result(TitleMatch.SIMILAR, wanted, candidate, rest, phrases)
    return Comparison(TitleMatch.DIFFERENT)


def _is_other_word(one: str, other: str) -> bool:
    """Whether a small difference makes another title: one and many (`Parallels`), or a word more (`Light Show`)."""
    short, long = sorted((one, other), key=len)
    return long == f"{short}s" or (len(long) - len(short) >= 3 and short.removesuffix("s") in long)


def _same_words(one: list[str], other: list[str]) -> bool:
    """Whether every longer word of one side has a likely spelling on the other."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    return all(len(word) <= 2 or any(fuzz.ratio(word, known) >= 75 for known in long) for word in short)


def _compare_holding(
    wanted: WantedTitle, candidate: Title, forms: list[Form], phrases: tuple[str, ...]
) -> Comparison | None:
    """A segment that holds the whole name among other words: fine when these explain themselves, else another song."""
    needle = f" {wanted.name_text} "
    longer: Comparison | None = None
    if not wanted.name_text:
        return None
    for form, joined_form, rest in forms:
        if wanted.main not in joined_form:
            continue
        text = f" {' '.join(form)} "
        if needle not in text or len(form) == len(wanted.name_words):
            continue
        extra = text.replace(needle, " | ", 1).replace("|", " ").split()
        odd = [word for word in _strange(without(extra, phrases)) if word not in wanted.subtitle_words]
        if odd and longer is not None and len(odd) >= len(longer.strangers):
            continue
        result = _result(TitleMatch.SAME, wanted, candidate, [*rest, extra], phrases)
        if not odd:
            return result
        result.match, result.strangers = TitleMatch.LONGER, odd
        longer = result
    return longer


def _strange(text_words: list[str]) -> list[str]:
    left = unexplained(text_words)
    if not left:
        return left
    # A name beside a version word belongs to it: `Lost Kings Remix`.
    return [] if versions_in(" ".join(text_words)) else left


def _result(
    match: TitleMatch,
    wanted: WantedTitle,
    candidate: Title,
    rest: list[list[str]],
    phrases: tuple[str, ...],
    used: list[str] | None = None,
) -> Comparison:
    left: list[str] = []
    strangers: list[str] = []
    for piece in [*rest, *candidate.brackets]:
        if piece is used:
            continue
        bare = without(piece, phrases)
        if not bare or joined(bare) in wanted.any_name:
            continue
        left.extend(bare)
        strangers.extend(word for word in _strange(bare) if word not in wanted.subtitle_words)
        left.append("|")
    for guest in candidate.features:
        # An upload's title often goes on after the guest: `Work feat Drake Lost Kings Remix`.
        left.extend(without(words(guest), phrases))
        left.append("|")
    if not _COUNTED.isdisjoint(left):
        sequel = _SEQUEL.search(" ".join(left))
        if sequel is not None and sequel[1] not in wanted.words:
            match = TitleMatch.DIFFERENT
    return Comparison(match, left, strangers)


def _compare_scripts(wanted: WantedTitle, candidate: Title, phrases: tuple[str, ...]) -> Comparison | None:
    """Titles of two scripts: a whole title, or one segment of it, may be the other's sound; `None`: it is not."""
    best = Reading.DIFFERENT
    used: list[str] = []
    for text in dict.fromkeys([piece.strip() for piece in (candidate.raw, *_PIECES.split(candidate.raw))]):
        if not text:
            continue
        native = scripts.is_native(text)
        if not wanted.spoken_otherwise[native]:
            continue
        text_words = candidate.everything if text == candidate.raw else words(fold(text))
        for own, own_words in wanted.spoken_otherwise[native]:
            reading = (
                scripts.compare(text, own, own_words, text_words) if native else scripts.compare(own, text, text_words)
            )
            if reading > best and " ".join(text_words) not in phrases:
                best, used = reading, text_words
    if best is Reading.DIFFERENT:
        return None
    left = [word for word in without(candidate.everything, phrases) if word not in used]
    return Comparison(_READINGS[best], left, unexplained(left))
