"""Words that tell one recording of a song from another: live, remix, karaoke, sped up, part of a film, …

A version word is only looked for outside the song's own name: `Live Forever` is not a concert. Words that say
nothing about the recording (`Official Video`, `Lyrics`, `Remastered`) are known here too, so that what remains of a
title is really unexplained.
"""

from __future__ import annotations

import re
from functools import lru_cache

from services.matching.version_words import LONGEST, NATIVE_WORDS, NOISE, OPEN, OPEN_BEGINNINGS, PHRASES, Version


def _spelled_out(short: str) -> list[str]:
    """All phrases of one row, those to be preferred first."""
    return [phrase.strip() for phrase in _either(short, 0)[0]]


def _either(short: str, index: int) -> tuple[list[str], int]:
    """The phrases from `index` to the end or to the closing bracket, and where that is."""
    done: list[str] = []
    current = [""]
    while index < len(short) and short[index] != ")":
        sign = short[index]
        if sign == "|":
            done += current
            current = [""]
            index += 1
            continue
        choice = [sign]
        if sign == "(":
            choice, index = _either(short, index + 1)
        elif sign == "[":
            end = short.index("]", index)
            choice, index = list(short[index + 1 : end]), end
        index += 1
        if short[index : index + 1] == "?":
            choice = [*choice, ""]
            index += 1
        current = [left + right for left in current for right in choice]
    return done + current, index


def _by_first_word() -> dict[str, tuple[tuple[list[str], str, Version], ...]]:
    """First word → its phrases (all words, the same joined, what it tells), those to be preferred first."""
    table: dict[str, list[tuple[list[str], str, Version]]] = {}
    for version, short in PHRASES:
        for phrase in _spelled_out(short):
            phrase_words = phrase.split()
            table.setdefault(phrase_words[0], []).append((phrase_words, phrase, version))
    return {first: tuple(phrases) for first, phrases in table.items()}


_TABLE = _by_first_word()
_OPEN_KEYS = {f"v{index}": version for index, (version, _) in enumerate(OPEN)}
_OPEN_PHRASE = re.compile(
    r"(?:" + "|".join(f"(?P<v{index}>{pattern})" for index, (_, pattern) in enumerate(OPEN)) + r")(?!\S)"
)


def _by_first_sign() -> dict[str, tuple[tuple[str, Version], ...]]:
    """First sign → the words of other scripts that begin so, those to be preferred first."""
    table: dict[str, list[tuple[str, Version]]] = {}
    for version, native_words in NATIVE_WORDS:
        for word in native_words.split("|"):
            table.setdefault(word[0], []).append((word, version))
    return {first: tuple(begun) for first, begun in table.items()}


_NATIVE_TABLE = _by_first_sign()
_PLAIN_MIX = re.compile(
    r"\b(?:(?:original|album|lp|stereo|studio|official|explicit|full|deluxe|standard|main|international|us|uk|hd|remaster(?:ed)?|digital)"
    r" (?:remaster(?:ed)? )?(?:stereo )?(?:mix|version|recording|edition)|original(?! (?:demo|cast)))\b"
)
_EXPLAINED = NOISE | {str(year) for year in range(1900, 2100)}


def versions_in(text: str, native: str = "") -> dict[Version, str]:
    """The version words in `text` (words joined by spaces) and in `native` (as written), each with what was found."""
    found = _versions_in_words(text) if text else {}
    if native and not native.isascii() and not _NATIVE_TABLE.keys().isdisjoint(native):
        native_found = _versions_in_native(native)
        if native_found:
            return {**found, **{version: hit for version, hit in native_found.items() if version not in found}}
    return found


def _versions_in_native(native: str) -> dict[Version, str]:
    found: dict[Version, str] = {}
    after = 0
    for index, sign in enumerate(native):
        if sign not in _NATIVE_TABLE or index < after:
            continue
        for word, version in _NATIVE_TABLE[sign]:
            if native.startswith(word, index):
                found.setdefault(version, word)
                after = index + len(word)
                break
    return found


@lru_cache(maxsize=4096)  # `official video`, `lyrics`, `live`: the same few in every list. Nobody changes the answer.
def _versions_in_words(text: str) -> dict[Version, str]:
    found: dict[Version, str] = {}
    plain = _PLAIN_MIX.sub("", text) if "mix" in text or "version" in text or "original" in text else text
    text_words = plain.split(" ")
    after = 0
    for index, word in enumerate(text_words):
        if index < after:
            continue
        for phrase_words, phrase, version in _TABLE.get(word, ()):
            end = index + len(phrase_words)
            if len(phrase_words) == 1 or text_words[index:end] == phrase_words:
                found.setdefault(version, phrase)
                after = end
                break
        else:
            if word[:4] in OPEN_BEGINNINGS or word[:1].isdigit():
                hit = _OPEN_PHRASE.match(" ".join(text_words[index : index + LONGEST]))
                if hit is not None and hit.lastgroup is not None:
                    found.setdefault(_OPEN_KEYS[hit.lastgroup], hit[0])
                    after = index + hit[0].count(" ") + 1
    if not found:
        # `Sunset Sound Mix`, `Film Version`: some other recording, whichever it is.
        unnamed = next((word for word in text_words if word in {"mix", "version"}), None)
        if unnamed is not None:
            found[Version.MIX if unnamed == "mix" else Version.OTHER] = unnamed
    return found


def unexplained(text_words: list[str]) -> list[str]:
    """The words that neither name a version nor belong to the usual trimmings of an upload's title."""
    return [word for word in text_words if word not in _EXPLAINED]
