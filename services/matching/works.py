"""Classical works: told by catalogue number, key and movement, whatever the order or the language of the words."""

from __future__ import annotations

import re
from enum import IntEnum

from rapidfuzz import fuzz

from services.matching.text import fold, words

_FORM = (
    r"sonata|symphony|concerto|quartet|quintet|trio|suite|prelude|fugue|nocturne|etude|waltz|partita|variations|mass"
    r"|requiem|gymnopedie|gnossienne|ballade|rhapsody|rhapsodie|hungarian dance|invention|polonaise|mazurka|impromptu"
    r"|intermezzo|bagatelle|consolation|serenade|divertimento|caprice|capriccio|minuet|menuet|scherzo|toccata|romance"
    r"|arabesque|barcarolle|overture"
)
_CATALOGUE = re.compile(
    rf"\b(?:op|bwv|kv|hob|rv|woo|hwv|wq|twv|buxwv) ?\d+|\b[kds] \d{{3}}\b"
    rf"|\b(?:{_FORM})s?\b.*\b(?:major|minor|no|k|d|l|s) ?\d*\b"
    rf"|\bno \d+.*\b(?:{_FORM})s?\b"
)
_LABELLED = re.compile(r"\b(no|op|bwv|kv?|hob|rv|woo|hwv|d|l|s|wq|twv|act|book|variation|var) ?(\d+)\b")
_MOVEMENT = re.compile(r"(?:^|[:,/\-]\s*)([ivx]{1,5})\.?\s|\b(\d)(?:st|nd|rd|th) (?:movement|mov)")
_CATALOGUES = {"op", "bwv", "k", "hob", "rv", "woo", "hwv", "wq", "twv"}
_FORM_WORDS = frozenset(["major", "minor", "flat", "sharp", "from", "the", "and", "movement"])
_KEY = re.compile(r"\b([a-g])(?: (sharp|flat))? (major|minor|dur|moll)\b")
_MODES = {"dur": "major", "moll": "minor"}


class SameWork(IntEnum):
    """Whether two titles name one movement of one work."""

    NO = 0
    LIKELY = 1
    """One title says less than the other, and nothing contradicts."""
    YES = 2


def is_work(title_words: list[str]) -> bool:
    """Whether a title reads like a classical work's."""
    text = " ".join(title_words)
    return _CATALOGUE.search(text) is not None or _KEY.search(text) is not None


def compare_works(mine: list[str], theirs: list[str], my_raw: str, their_raw: str) -> SameWork:
    """How two titles of works relate; given as words (artists' names removed) and as written."""
    my_text, their_text = " ".join(mine), " ".join(theirs)
    my_key, their_key = _key(my_text), _key(their_text)
    if my_key and their_key and my_key != their_key:
        return SameWork.NO
    my_labels, their_labels = _labelled(my_text), _labelled(their_text)
    for label in my_labels.keys() & their_labels.keys():
        one, other = my_labels[label], their_labels[label]
        if not (one <= other or other <= one):
            return SameWork.NO
    my_movement, their_movement = _movement(my_raw), _movement(their_raw)
    same_movement = my_movement == their_movement
    my_part, their_part = _part(my_raw), _part(their_raw)
    if not (my_movement and their_movement) and my_part and their_part and not _shared_words(my_part, their_part):
        return SameWork.NO  # `Aria` and `Variation 7` of one work.
    if same_movement and any(my_labels[label] == their_labels.get(label) for label in _CATALOGUES & my_labels.keys()):
        return SameWork.YES  # Whatever the language of the title.
    if (their_movement and not same_movement) or _shared_words(mine, theirs) < 0.6:
        return SameWork.NO
    if same_movement and my_labels.keys() <= their_labels.keys():
        return SameWork.YES
    tempo = [word for word in my_part or mine if len(word) > 3]
    tempo_told = bool(tempo) and all(word in theirs for word in tempo)
    number_told = not my_movement and bool(my_labels.keys() & their_labels.keys())
    return SameWork.LIKELY if tempo_told or number_told else SameWork.NO


def _key(text: str) -> tuple[str, str, str] | None:
    found = _KEY.search(text)
    return None if found is None else (found[1], found[2] or "", _MODES.get(found[3], found[3]))


def _part(raw: str) -> list[str]:
    """The words after the last colon: the movement's name."""
    before, _, after = fold(raw).rpartition(":")
    return words(after) if before else []


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
