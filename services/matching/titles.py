"""Taking a title apart: the song's name, its brackets and dash parts, its features; and comparing two of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from rapidfuzz import fuzz

from services.matching import scripts
from services.matching.scripts import Reading
from services.matching.text import fold, joined, numbers, spelled_alike, symbols, words
from services.matching.versions import unexplained, versions_in

_BRACKET = re.compile(r"[(\[{<]+([^()\[\]{}<>]*)[)\]}>]+")
_DASH = re.compile(r"\s+-+\s*|\s*-+\s+")
_DIVIDER = re.compile(r"\s+-+\s*|\s*-+\s+|\s*\|+\s*|\s+/+\s*|\s*/+\s+|//+|\s*:\s+|\s~+\s*|~+\s|\"|\s#\w+|\s\*+\s|\.\.\.+")
_FEATURE_OPENING = re.compile(r"\s*(?:feat\b\.?|ft\b\.?|featuring\b|with\b|w/|mit\b|con\b|avec\b|med\b|con la participacion de\b)\s*(.+)")
_FEATURE_INSIDE = re.compile(r"\b(?:feat|ft|featuring)\b\.?\s+(.+)")
_CREDIT_OPENING = re.compile(r"\s*(?:prod|produced|from|theme|music|dir|directed|shot|lyrics|written|theme from|as heard in|ost)\b")
_SEQUEL = re.compile(r"\b(?:part|volume|chapter|episode|act|book|no|movement|scene) (\d+)\b")
_FORM = (
    r"sonata|symphony|concerto|quartet|quintet|trio|suite|prelude|fugue|nocturne|etude|waltz|partita|variations|mass|requiem"
    r"|gymnopedie|gnossienne|ballade|rhapsody|rhapsodie|hungarian dance|invention|polonaise|mazurka|impromptu|intermezzo|bagatelle"
    r"|consolation|serenade|divertimento|caprice|capriccio|minuet|menuet|scherzo|toccata|romance|arabesque|barcarolle|overture"
)
_CATALOGUE = re.compile(
    rf"\b(?:op|bwv|kv|hob|rv|woo|hwv|wq|twv|buxwv) ?\d+|\b(?:{_FORM})s?\b.*\b(?:major|minor|no|k|d|l|s) ?\d*\b|\bno \d+.*\b(?:{_FORM})s?\b"
)
_LABELLED = re.compile(r"\b(no|op|bwv|kv?|hob|rv|woo|hwv|d|l|s|wq|twv|act|book) ?(\d+)\b")
_MOVEMENT = re.compile(r"(?:^|[:,/\-]\s*)([ivx]{1,5})\.?\s|\b(\d)(?:st|nd|rd|th) (?:movement|mov)")
_FORM_WORDS = frozenset("major minor flat sharp from the and movement".split())
_KEY = re.compile(r"\b([a-g])(?: (sharp|flat))? (major|minor|dur|moll)\b")
_JOINERS = frozenset("and feat with by x versus the of y e et und de from".split())


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


_RANKS = {match: rank for rank, match in enumerate(TitleMatch)}


@dataclass(slots=True)
class Title:
    """A title in its pieces. Words are folded and in one spelling (`services.matching.text`)."""

    raw: str
    name: list[str]
    """The words before any bracket or dash part."""
    segments: list[list[str]]
    """All parts outside brackets, the name first."""
    brackets: list[list[str]]
    """The brackets that name neither a feature nor a credit."""
    features: list[str] = field(default_factory=list)
    """Names of guests, folded, as written after `feat.`."""
    everything: list[str] = field(default_factory=list)
    """All words, brackets included."""


def take_apart(raw: str, *, upload: bool) -> Title:
    """The pieces of a title. `upload`: a free-form video title, divided at more signs than an album's track name."""
    folded = fold(raw)
    features: list[str] = []
    brackets: list[list[str]] = []
    outside = folded
    if "(" in folded or "[" in folded or "{" in folded or "<" in folded:
        for found in _BRACKET.finditer(folded):
            _sort_bracket(found[1], features, brackets)
        outside = _BRACKET.sub(" ", folded)
        if not outside.strip():
            outside = folded
            brackets.clear()
    segments: list[list[str]] = []
    for part in (_DIVIDER if upload else _DASH).split(outside):
        text = part
        if "f" in text and (guest := _FEATURE_INSIDE.search(text)) is not None:
            features.append(guest[1])
            text = text[: guest.start()]
        segment = words(text)
        if segment:
            segments.append(segment)
    plain = len(segments) == 1 and not brackets and not features
    everything = segments[0] if plain else words(folded)
    if not segments:
        segments = [everything] if everything else []
    return Title(raw, segments[0] if segments else [], segments, brackets, features, everything)


def _sort_bracket(text: str, features: list[str], brackets: list[list[str]]) -> None:
    guest = _FEATURE_OPENING.match(text)
    if guest is not None:
        features.append(guest[1])
        return
    if (inner := _FEATURE_INSIDE.search(text)) is not None:
        features.append(inner[1])
        text = text[: inner.start()]
    if bracket := words(text):
        brackets.append(bracket)


@dataclass(slots=True)
class WantedTitle:
    """The wanted track's title, prepared once for many comparisons."""

    title: Title
    names: frozenset[str]
    """Joined spellings that are the song's name."""
    full_names: frozenset[str]
    """The same with those brackets and dash parts that belong to the name (`(I Can't Get No) Satisfaction`)."""
    main: str
    name_words: list[str]
    name_text: str
    numbers: list[str]
    subtitle_words: frozenset[str]
    signs: str
    native: bool
    is_work: bool
    halves: tuple[str, ...]
    """Both sides of `romaji / kana`, as written."""


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
    names.discard("")
    return WantedTitle(
        title=title,
        names=frozenset(names),
        full_names=frozenset(full - {""}),
        main=joined(title.name),
        name_words=title.name,
        name_text=" ".join(title.name),
        numbers=numbers(title.name),
        subtitle_words=frozenset(word for piece in subtitles for word in piece),
        signs="" if title.everything else symbols(raw),
        native=scripts.is_native(raw),
        is_work=_CATALOGUE.search(" ".join(title.everything)) is not None,
        halves=halves,
    )


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


def without(text_words: list[str], phrases: tuple[str, ...]) -> list[str]:
    """The words without the given phrases (words joined by spaces) and without joining words at the edges."""
    text = f" {' '.join(text_words)} "
    before = len(text)
    for phrase in phrases:
        if phrase in text:
            text = text.replace(f" {phrase} ", " ")
    if len(text) == before:
        return text_words
    left = text.split()
    while left and left[0] in _JOINERS and left[0] != "the":
        del left[0]
    while left and left[-1] in _JOINERS:
        del left[-1]
    return left


def compare(wanted: WantedTitle, candidate: Title, phrases: tuple[str, ...]) -> Comparison:
    """How the candidate's title relates to the wanted one; `phrases` are artists' names that may stand in it."""
    if wanted.signs:
        same = wanted.signs in symbols(candidate.raw)
        return Comparison(TitleMatch.SAME if same else TitleMatch.DIFFERENT, without(candidate.everything, phrases))
    if not candidate.everything:
        return Comparison(TitleMatch.DIFFERENT)
    if wanted.is_work:
        return _compare_works(wanted, candidate, phrases)
    exact = _compare_spelling(wanted, candidate, phrases)
    if exact.match in {TitleMatch.SAME, TitleMatch.SPELLED_ALIKE}:
        return exact
    if wanted.native or scripts.is_native(candidate.raw):
        across = _compare_scripts(wanted, candidate, phrases)
        if _RANKS[across.match] < _RANKS[exact.match]:
            return across
    return exact


def _forms(candidate: Title, phrases: tuple[str, ...]) -> list[tuple[list[str], list[list[str]]]]:
    """What could be the song's name in this title, each with the segments it leaves over."""
    segments = candidate.segments
    forms: list[tuple[list[str], list[list[str]]]] = []
    for index, segment in enumerate(segments):
        rest = segments[:index] + segments[index + 1 :]
        bare = without(segment, phrases)
        if bare and bare is not segment:
            forms.append((bare, rest))
        forms.append((segment, rest))
    if len(segments) > 1:
        whole = [word for segment in segments for word in segment]
        forms.append((whole, []))
        for index in range(len(segments) - 1):
            pair = without([*segments[index], *segments[index + 1]], phrases)
            if pair:
                forms.append((pair, segments[:index] + segments[index + 2 :]))
    return forms


def _compare_spelling(wanted: WantedTitle, candidate: Title, phrases: tuple[str, ...]) -> Comparison:
    forms = _forms(candidate, phrases)
    best: tuple[float, list[str], list[list[str]]] | None = None
    for form, rest in forms:
        text = joined(form)
        if text in wanted.names or text in wanted.full_names:
            same = _result(TitleMatch.SAME, wanted, candidate, rest, phrases)
            same.in_full = text not in wanted.names
            return same
    if candidate.brackets:
        for form, rest in forms:
            for bracket in candidate.brackets:
                both = (joined([*form, *bracket]), joined([*bracket, *form]))
                if not wanted.names.isdisjoint(both) or not wanted.full_names.isdisjoint(both):
                    same = _result(TitleMatch.SAME, wanted, candidate, rest, phrases, used=bracket)
                    same.in_full = True
                    return same
        if not wanted.native and scripts.is_native(candidate.raw):
            # `봄날 (Spring Day)`: the bracket repeats the name in our script.
            for bracket in candidate.brackets:
                if joined(bracket) in wanted.names:
                    return _result(TitleMatch.SAME, wanted, candidate, candidate.segments[1:], phrases, used=bracket)
    for form, rest in forms:
        text = joined(form)
        likeness = max(spelled_alike(name, text) for name in wanted.names)
        if wanted.full_names and likeness < 0.95:
            likeness = max(likeness, *(spelled_alike(name, text) for name in wanted.full_names))
        if best is None or likeness > best[0]:
            best = (likeness, form, rest)
    if best is None:
        return Comparison(TitleMatch.DIFFERENT)
    likeness, form, rest = best
    same_numbers = numbers(form) == wanted.numbers
    if likeness >= 0.9 and same_numbers and len(wanted.main) >= 5:
        match = TitleMatch.SAME if likeness >= 0.999 else TitleMatch.SPELLED_ALIKE
        if joined(form) in {f"{wanted.main}s", wanted.main.removesuffix("s")}:
            match = TitleMatch.SIMILAR  # One and many: `Parallel` and `Parallels`.
        return _result(match, wanted, candidate, rest, phrases)
    if likeness >= 0.999:
        return _result(TitleMatch.SAME, wanted, candidate, rest, phrases)
    held = _compare_holding(wanted, candidate, forms, phrases)
    if held is not None:
        return held
    if likeness >= 0.8 and same_numbers and len(wanted.main) >= 6 and _same_words(wanted.name_words, form):
        return _result(TitleMatch.SIMILAR, wanted, candidate, rest, phrases)
    return Comparison(TitleMatch.DIFFERENT)


def _same_words(one: list[str], other: list[str]) -> bool:
    """Whether every longer word of one side has a likely spelling on the other."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    return all(len(word) <= 2 or any(fuzz.ratio(word, known) >= 75 for known in long) for word in short)


def _compare_holding(
    wanted: WantedTitle, candidate: Title, forms: list[tuple[list[str], list[list[str]]]], phrases: tuple[str, ...]
) -> Comparison | None:
    """A segment that holds the whole name among other words: fine when these explain themselves, else another song."""
    needle = f" {wanted.name_text} "
    longer: Comparison | None = None
    if not wanted.name_text:
        return None
    for form, rest in forms:
        text = f" {' '.join(form)} "
        if needle not in text or len(form) == len(wanted.name_words):
            continue
        extra = text.replace(needle, " | ", 1).replace("|", " ").split()
        result = _result(TitleMatch.SAME, wanted, candidate, [*rest, extra], phrases)
        odd = [word for word in _strange(without(extra, phrases)) if word not in wanted.subtitle_words]
        if not odd:
            return result
        if longer is None or len(odd) < len(longer.strangers):
            result.match, result.strangers = TitleMatch.LONGER, odd
            longer = result
    return longer


def _strange(text_words: list[str]) -> list[str]:
    left = unexplained(text_words)
    if not left:
        return left
    text = " ".join(text_words)
    found = versions_in(text)
    explained = {word for hit in found.values() for word in hit.split()}
    if found:
        # A name beside a version word belongs to it: `Lost Kings Remix`.
        return []
    return [word for word in left if word not in explained]


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
        if not bare or joined(bare) in wanted.names or joined(bare) in wanted.full_names:
            continue
        left.extend(bare)
        strangers.extend(word for word in _strange(bare) if word not in wanted.subtitle_words)
        left.append("|")
    for guest in candidate.features:
        # An upload's title often goes on after the guest: `Work feat Drake Lost Kings Remix`.
        left.extend(without(words(guest), phrases))
        left.append("|")
    sequel = _SEQUEL.search(" ".join(left))
    if sequel is not None and sequel[1] not in wanted.title.everything:
        match = TitleMatch.DIFFERENT
    return Comparison(match, left, strangers)


def _compare_works(wanted: WantedTitle, candidate: Title, phrases: tuple[str, ...]) -> Comparison:
    """Classical works: catalogue numbers, key and movement decide, whatever the order of the words."""
    mine, theirs = wanted.title.everything, without(candidate.everything, phrases)
    left = [word for word in theirs if word not in set(mine)]
    my_text, their_text = " ".join(mine), " ".join(theirs)
    my_key, their_key = _KEY.search(my_text), _KEY.search(their_text)
    if my_key is not None and their_key is not None and my_key.groups() != their_key.groups():
        return Comparison(TitleMatch.DIFFERENT, left)
    my_labels, their_labels = _labelled(my_text), _labelled(their_text)
    for label in my_labels.keys() & their_labels.keys():
        one, other = my_labels[label], their_labels[label]
        if not (one <= other or other <= one):
            return Comparison(TitleMatch.DIFFERENT, left)
    shared = _shared_words(mine, theirs)
    my_movement, their_movement = _movement(wanted.title.raw), _movement(candidate.raw)
    if shared < 0.6 or (their_movement and their_movement != my_movement):
        return Comparison(TitleMatch.DIFFERENT, left)
    if my_labels.keys() <= their_labels.keys() and their_movement == my_movement:
        return Comparison(TitleMatch.SAME_WORK, left, unexplained(left))
    tempo = [word for word in words(fold(wanted.title.raw).rpartition(":")[2]) if len(word) > 3]
    if (tempo and all(word in theirs for word in tempo)) or (not my_movement and my_labels.keys() & their_labels.keys()):
        return Comparison(TitleMatch.SIMILAR_WORK, left, unexplained(left))
    return Comparison(TitleMatch.DIFFERENT, left)


def _labelled(text: str) -> dict[str, set[str]]:
    """Numbers by what they number: `Op. 27 No. 2` gives `op: 27, no: 2`."""
    found: dict[str, set[str]] = {}
    for label, number in _LABELLED.findall(text):
        found.setdefault("k" if label == "kv" else label, set()).add(number)
    return found


def _movement(raw: str) -> str:
    """The movement's number: `III. Presto` or `3rd movement`; empty when none is named."""
    found = _MOVEMENT.search(fold(raw))
    if found is None:
        return ""
    return found[2] or (words(f"{found[1]}. ") or [""])[0]


def _shared_words(one: list[str], other: list[str]) -> float:
    """The share of telling words of the shorter side that the other side has, too."""
    mine, theirs = ([word for word in side if len(word) >= 4 and word not in _FORM_WORDS] for side in (one, other))
    if not mine or not theirs:
        return 0.0
    short, long = (mine, theirs) if len(mine) <= len(theirs) else (theirs, mine)
    return sum(any(fuzz.ratio(word, known) >= 82 for known in long) for word in short) / len(short)


def _compare_scripts(wanted: WantedTitle, candidate: Title, phrases: tuple[str, ...]) -> Comparison:
    """Titles of two scripts: a whole title, or one segment of it, may be the other's sound."""
    mine = [wanted.title.raw, *wanted.halves]
    pieces = re.split(r"[()\[\]（）【】「」『』《》|｜/／\"]|\s-\s|\s–\s", candidate.raw)
    best, best_piece = Reading.DIFFERENT, ""
    for theirs in (candidate.raw, *pieces):
        text = theirs.strip()
        if not text or " ".join(words(fold(text))) in phrases:
            continue
        for own in mine:
            if scripts.is_native(own) == scripts.is_native(text):
                continue
            reading = scripts.compare(own, text) if scripts.is_native(own) else scripts.compare(text, own)
            if reading > best:
                best, best_piece = reading, text
    match = {
        Reading.ALIKE: TitleMatch.SOUNDS_ALIKE,
        Reading.POSSIBLE: TitleMatch.POSSIBLE_READING,
        Reading.OPEN: TitleMatch.OPEN,
        Reading.DIFFERENT: TitleMatch.DIFFERENT,
    }[best]
    used = set(words(fold(best_piece)))
    left = [word for word in without(candidate.everything, phrases) if word not in used]
    return Comparison(match, left, unexplained(left))
