"""Taking a title apart: the song's name, its brackets and dash parts, its features."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from services.matching.text import fold, words

_BRACKET = re.compile(r"[(\[{<]+([^()\[\]{}<>]*)[)\]}>]+")
_DASH = re.compile(r"\s+-+\s*|\s*-+\s+")
_DIVIDER = re.compile(
    r"(?=\s*[-|/:~\"#*.])"  # Everything below begins so; most places in a title do not.
    r"(?:\s+-+\s*|\s*-+\s+|\s*\|+\s*|\s+/+\s*|\s*/+\s+|//+|\s*:\s+|\s~+\s*|~+\s|\"|\s#\w+|\s\*+\s|\.\.\.+)"
)
# One of these is wherever a title is divided; most pieces have none.
_DASHED = frozenset("-")
_DIVIDED = frozenset('-|/:~"#*.')
_FEATURE_OPENING = re.compile(
    r"\s*(?:feat\b\.?|ft\b\.?|featuring\b|with\b|w/|mit\b|con\b|avec\b|med\b|con la participacion de\b)\s*(.+)"
)
_FEATURE_BEGINNINGS = frozenset("fwmca")
_FEATURE_INSIDE = re.compile(r"\b(?:feat|ft|featuring)\b\.?\s+(.+)")
_JOINERS = frozenset(["and", "feat", "with", "by", "x", "versus", "the", "of", "y", "e", "et", "und", "de", "from"])


@dataclass(slots=True)
class Title:
    """A title in its pieces. Words are folded and in one spelling (`services.matching.text`)."""

    raw: str
    folded: str
    name: list[str]
    """The words before any bracket or dash part."""
    segments: list[list[str]]
    """All parts outside brackets, the name first."""
    brackets: list[list[str]]
    """The brackets that name neither a feature nor a credit."""
    features: list[str] = field(default_factory=list)
    """Names of guests, folded, as written after `feat.`."""
    _everything: list[str] | None = None
    _text: str | None = None

    @property
    def everything(self) -> list[str]:
        """All words, brackets included; found when first asked for, as most candidates never need them."""
        if self._everything is None:
            plain = len(self.segments) == 1 and not self.brackets and not self.features
            self._everything = self.segments[0] if plain else words(self.folded)
        return self._everything

    @property
    def text(self) -> str:
        """All words, with spaces between and around."""
        if self._text is None:
            self._text = f" {' '.join(self.everything)} "
        return self._text


def take_apart(raw: str, *, upload: bool) -> Title:
    """The pieces of a title. `upload`: a free-form video title, divided at more signs than an album's track name."""
    folded = fold(raw)
    features: list[str] = []
    brackets: list[list[str]] = []
    outside = folded
    if "(" in folded or "[" in folded or "{" in folded or "<" in folded:
        pieces = _BRACKET.split(folded)
        for inside in pieces[1::2]:
            _sort_bracket(inside, features, brackets)
        outside = " ".join(pieces[::2])
        if not outside.strip():
            outside = folded
            brackets.clear()
    segments: list[list[str]] = []
    whole = (_DIVIDED if upload else _DASHED).isdisjoint(outside)
    for part in (outside,) if whole else (_DIVIDER if upload else _DASH).split(outside):
        text = part
        if ("ft" in text or "feat" in text) and (guest := _FEATURE_INSIDE.search(text)) is not None:
            features.append(guest[1])
            text = text[: guest.start()]
        segment = words(text)
        if segment:
            segments.append(segment)
    if not segments and (every_word := words(folded)):
        segments = [every_word]
    return Title(raw, folded, segments[0] if segments else [], segments, brackets, features)


def _sort_bracket(text: str, features: list[str], brackets: list[list[str]]) -> None:
    if text.lstrip()[:1] in _FEATURE_BEGINNINGS and (guest := _FEATURE_OPENING.match(text)) is not None:
        features.append(guest[1])
        return
    if ("ft" in text or "feat" in text) and (inner := _FEATURE_INSIDE.search(text)) is not None:
        features.append(inner[1])
        text = text[: inner.start()]
    if bracket := words(text):
        brackets.append(bracket)


def without(text_words: list[str], phrases: tuple[str, ...]) -> list[str]:
    """The words without the given phrases (words joined by spaces) and without joining words at the edges."""
    joined_words = " ".join(text_words)
    for phrase in phrases:
        if phrase in joined_words:
            break
    else:
        return text_words
    text = f" {joined_words} "
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
