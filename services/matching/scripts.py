"""The same name in two scripts: compared by sound where a script tells its sound, else left open.

Kana, Hangul, Cyrillic, Greek, Thai and others are written by sound, so their transliteration can be compared with a
Latin spelling. Hebrew and Arabic leave most vowels out: consonants are compared. A Chinese character has several
readings: a Latin text is a possible Japanese reading when it is made of Japanese syllables only and holds the kana of
the original in order, and a Chinese reading when it equals the pinyin. Nothing more can be known without a dictionary.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

from services.matching.text import fold, joined, words

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff々〆]")
_KANA = re.compile("[\u3040-\u30ff]")
_NATIVE = re.compile(
    # Not the Latin letters of phonetics and of Vietnamese that lie between.
    "[\u0370-\u1cff\u1f00-\u1fff\u2c80-\u2dff\u3040-\u318f\u31f0-\ua4ff\ua500-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufefc]"
)
_ABJAD = re.compile("[\u0590-\u07bf\ufb1d-\ufdff\ufe70-\ufefc]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_INDIC = re.compile("[\u0900-\u0dff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_HAN_OR_KANA_RUN = re.compile("[\u3400-\u9fff\uf900-\ufaff々〆]+|[\u3040-\u30ff]+")
_MORA = r"(?:[kgsztdnhbpmrywjf]?y?[aiueo]{1,2}|sh?[aiueo]|ch?[aiueo]|ts[aiueo]|n|m(?=[pb])|([kstpcgdbj])(?=\1))"
_ROMAJI = re.compile(rf"(?:{_MORA.replace(chr(92) + '1', '(?:k|s|t|p|c|g|d|b|j)')})+")
_VOWELS = re.compile(r"[aeiouwyh]+|j(?=[bcdfghklmnprstvz]|$)")
_LETTER_NAMES = {
    "a": "ei", "b": "bi", "c": "si", "d": "di", "e": "i", "f": "epeu", "g": "ji", "h": "eichi", "i": "ai", "j": "jei",
    "k": "kei", "l": "el", "m": "em", "n": "en", "o": "o", "p": "pi", "q": "kyu", "r": "al", "s": "eseu", "t": "ti",
    "u": "yu", "v": "beui", "w": "deobeulyu", "x": "ekseu", "y": "wai", "z": "jeteu",
}  # fmt: skip
_SOFT_C = re.compile(r"c(?=[eiy])")
_SAME_SOUNDS = str.maketrans({"c": "k", "q": "k"})
# The same with the vowels left out: what `_VOWELS` does, where there is no `j`; and for Hebrew and Arabic.
_BARE = str.maketrans("cq", "kk", "aeiouwyh")
_BARE_ABJAD = str.maketrans("cq", "kk", "aeiouwyhv'")
# One letter of Hangul is written either way, by its place in the word or by taste.
_HANGUL_SOUNDS = str.maketrans({"g": "k", "d": "t", "b": "p", "v": "p", "f": "p", "l": "r"})
# Kana write `l` as `r` and `v` as `b`.
_KANA_SOUNDS = str.maketrans({"l": "r", "v": "b"})
_SOUNDS = str.maketrans({"l": "r", "v": "b", "c": "k", "q": "k", "z": "s", "f": "p", "g": "k", "d": "t", "j": "s"})
# Doubling and lengthening signs of kana, which no Latin spelling shows reliably.
_LENGTH_SIGNS = frozenset("ッっー゛")
_LENGTHS = dict.fromkeys(map(ord, _LENGTH_SIGNS))
# In Hebrew and Arabic these also write the long vowels.
_HALF_VOWELS = str.maketrans({"w": "u", "y": "i", "v": "u"})
_DOUBLED = re.compile(r"(.)\1+")


class Reading(IntEnum):
    """Whether two texts of different scripts may be one name."""

    DIFFERENT = 0
    OPEN = 1
    """The script does not tell its sound: nothing is known."""
    POSSIBLE = 2
    """One may be the other's reading, as many other texts may."""
    ALIKE = 3
    """They sound the same."""


def is_native(text: str) -> bool:
    """Whether the text has letters of a script other than Latin."""
    return not text.isascii() and _NATIVE.search(text) is not None


def has_latin(text: str) -> bool:
    """Whether the text has Latin letters."""
    return _LATIN.search(text) is not None


def has_han(text: str) -> bool:
    """Whether the text has Chinese characters, whose sound is not written."""
    return not text.isascii() and _HAN.search(text) is not None


class _Heard(NamedTuple):
    """A text in another script: its sound, and what its letters leave open."""

    sound: str
    hangul: bool
    abjad: bool
    indic: bool
    kana: bool
    han: bool


@lru_cache(maxsize=512)  # One side of a decision is the same for all candidates.
def _hear(native: str) -> _Heard:
    return _listen(native, words(fold(native.translate(_LENGTHS))))


def _listen(native: str, native_words: list[str]) -> _Heard:
    sound = joined(native_words)
    hangul = _HANGUL.search(native) is not None
    if hangul:
        sound = sound.translate(_HANGUL_SOUNDS)
    abjad = _ABJAD.search(native) is not None
    indic = not abjad and _INDIC.search(native) is not None
    kana = _KANA.search(native) is not None
    return _Heard(sound, hangul, abjad, indic, kana, has_han(native))


def _heard_consonants(heard: _Heard) -> tuple[str, str]:
    told = heard.sound.translate(_KANA_SOUNDS) if heard.kana else heard.sound
    if heard.abjad:
        told = told.replace("j", "g")
    elif heard.indic:
        told = told.replace("ch", "c").replace("m", "n")
    return _consonants(told, abjad=heard.abjad)


@lru_cache(maxsize=512)
def _consonants(sound: str, *, abjad: bool) -> tuple[str, str]:
    """The consonants, and the same with neighbouring sounds as one."""
    if abjad:
        bare = sound.translate(_BARE_ABJAD)
    elif "j" in sound:
        bare = _VOWELS.sub("", sound.translate(_SAME_SOUNDS))
    else:
        bare = sound.translate(_BARE)
    bare = _DOUBLED.sub(_once, bare)
    return bare, _DOUBLED.sub(_once, bare.translate(_SOUNDS))


def _once(found: re.Match[str]) -> str:
    return found[1]


def divide(text: str) -> tuple[str, str] | None:
    """Both halves of a name that is written twice, in two scripts, as `G.E.M. 鄧紫棋`; `None` for any other name."""
    pieces = text.split()
    native = [piece for piece in pieces if is_native(piece)]
    latin = [piece for piece in pieces if not is_native(piece)]
    in_order = pieces in ([*native, *latin], [*latin, *native])
    if not native or not latin or not in_order or any(has_latin(piece) for piece in native):
        return None
    return " ".join(native), " ".join(latin)


def may_be_read(mixed: str, latin: str) -> bool:
    """Whether a name of Latin letters and Chinese characters may be read so: `Official髭男dism`."""
    if not has_han(mixed):
        return False
    letters = _HAN.sub(" ", mixed)
    if is_native(letters) or len(joined(words(fold(letters)))) < 4:
        return False
    reading = "".join(
        f"[a-z]{{{len(run)},{5 * len(run) + 2}}}" if _HAN.match(run) else re.escape(joined(words(fold(run))))
        for run in re.findall(f"{_HAN.pattern}+|[^{_HAN.pattern[1:]}+", mixed)
    )
    return re.fullmatch(reading, joined(words(fold(latin)))) is not None


def compare(
    native: str, latin: str, latin_words: list[str] | None = None, native_words: list[str] | None = None
) -> Reading:
    """How a name in another script relates to one in Latin letters (both as written).

    `latin_words`, `native_words`: the words of either, where the caller has them.
    """
    known = native_words if _LENGTH_SIGNS.isdisjoint(native) else None
    heard = _hear(native) if known is None else _listen(native, known)
    if latin_words is None:
        latin_words = words(fold(latin))
    latin_sound = joined(latin_words)
    if not heard.sound or not latin_sound:
        return Reading.OPEN
    if heard.hangul:
        latin_sound = latin_sound.translate(_HANGUL_SOUNDS)
    # Texts of unequal length cannot be that alike; most comparisons of whole texts end here.
    near = 2.0 * min(len(heard.sound), len(latin_sound)) >= 0.8 * (len(heard.sound) + len(latin_sound))
    if (near and fuzz.ratio(heard.sound, latin_sound) >= 82.0) or _same_consonants(heard, latin_sound):
        return Reading.ALIKE
    if near and heard.abjad and fuzz.ratio(heard.sound.translate(_HALF_VOWELS), latin_sound) >= 80.0:
        return Reading.ALIKE
    if near and len(latin_words) > 1 and fuzz.ratio(heard.sound, _rotated(latin_words, heard)) >= 80.0:
        return Reading.ALIKE  # Family name first: `백예린`, `Yerin Baek`.
    if (
        len(latin) <= 4
        and len(latin_words) == 1
        and latin.isupper()
        and fuzz.ratio(heard.sound, _spelled_out(fold(latin))) >= 82.0
    ):
        return Reading.ALIKE
    return _compare_han(native, latin_words) if heard.han else Reading.DIFFERENT


def _rotated(latin_words: list[str], heard: _Heard) -> str:
    sound = joined([latin_words[-1], *latin_words[:-1]])
    return sound.translate(_HANGUL_SOUNDS) if heard.hangul else sound


def _spelled_out(letters: str) -> str:
    """Capital letters read one by one, as `IU` is written in Hangul and kana."""
    return "".join(_LETTER_NAMES.get(letter, letter) for letter in letters)


def _same_consonants(heard: _Heard, latin_sound: str) -> bool:
    if heard.abjad:
        latin_sound = latin_sound.replace("j", "g").replace("ch", "sh")
    elif heard.indic:
        latin_sound = latin_sound.replace("ch", "c").replace("m", "n")
    if heard.kana:
        latin_sound = latin_sound.translate(_KANA_SOUNDS)
    if "c" in latin_sound:
        latin_sound = _SOFT_C.sub("s", latin_sound)
    one, rough_one = _heard_consonants(heard)
    other, rough_other = _consonants(latin_sound, abjad=heard.abjad)
    if one == other:
        return len(one) >= 2
    # Neighbouring sounds are told apart only where little else is there to compare.
    shortest = min(len(rough_one), len(rough_other))
    if shortest < 3:
        return False
    if rough_one == rough_other:
        return True
    return shortest >= (3 if heard.hangul else 4) and fuzz.ratio(rough_one, rough_other) >= 85.0


def _compare_han(native: str, latin_words: list[str]) -> Reading:
    reading = joined(latin_words)
    if _ROMAJI.fullmatch(reading) is None:
        # "Plastic Love" may translate any characters; with kana beside them, these at least would have to be heard.
        return Reading.DIFFERENT if _KANA.search(native) else Reading.OPEN
    # Family and given name change places between the scripts.
    orders = [reading, joined(latin_words[::-1])] if len(latin_words) == 2 else [reading]
    pattern = _han_pattern(native)
    return Reading.POSSIBLE if any(pattern.fullmatch(order) for order in orders) else Reading.DIFFERENT


@lru_cache(maxsize=512)  # One side of a decision is the same for all candidates.
def _han_pattern(native: str) -> re.Pattern[str]:
    """What a reading of the characters looks like in Latin letters."""
    return re.compile(
        "".join(
            f"[a-z]{{{len(run)},{5 * len(run) + 2}}}" if _HAN.match(run) else re.escape(joined(words(fold(run))))
            for run in _HAN_OR_KANA_RUN.findall(native)
        )
    )
