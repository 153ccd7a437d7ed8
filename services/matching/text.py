"""Writing differences that say nothing about the recording: case, width, accents, punctuation, spelling, numerals.

Everything is compared in folded form: plain ASCII, lower case. Other scripts arrive there by transliteration
(`anyascii`), so two titles of one script still compare exactly, and titles of two scripts compare by sound
(`services.matching.scripts`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz import fuzz

# Punctuation that divides a title, given one ASCII form each before transliteration would lose it.
_DIVIDERS = str.maketrans(
    {
        **dict.fromkeys("「」『』《》〈〉｜│┃ǀ•·●∙♦", "|"),
        **dict.fromkeys("【［〔", "["),
        **dict.fromkeys("】］〕", "]"),
        **dict.fromkeys("“”„‟«»״″", '"'),
        **dict.fromkeys("’‘ʼ׳´`′", "'"),
        **dict.fromkeys("‐‑‒", "-"),
        **dict.fromkeys("–—―", " - "),
        **dict.fromkeys("〜～", " ~ "),
        "・": " ",
        "＆": "&",
        "×": " x ",
        "№": "no ",
        "♯": " sharp ",
        "♭": " flat ",
    }
)
_DIVIDING = frozenset(map(chr, _DIVIDERS))
# Pictures carry no words: emoji, dingbats, arrows, musical signs, variation selectors, joiners, trade marks.
_PICTURES = re.compile(
    "[\U0001f000-\U0001faff☀-➿⬀-⯿←-⇿■-◿♩-♯︎️\u200b-\u200f\u2060\ufeff\u00ad™®©℠\U000e0000-\U000e007f]"
)
_WORD = re.compile(r"[a-z0-9]+(?:\*+[a-z0-9]*)*|\*{3,}")
_ELISION = re.compile(r"(?<=[a-z0-9])'(?=[a-z])")
_VOWELS = re.compile("[aeiouy]+")
_SHARP = re.compile(r"\b([a-g])#")
_FLAT = re.compile(r"\b([a-g])b(?= (?:major|minor))")
_DROPPED_G = re.compile(r"(?<=[a-z]{2})in'(?![a-z])")
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}")
_LETTER_SIGN = re.compile(r"(?<=[a-z])\$|\$(?=[a-z])|(?<=[a-z])!(?=[a-z])|(?<=[a-z])@(?=[a-z])")
_SIGN_LETTER = {"$": "s", "!": "i", "@": "a"}
_ROMAN_MOVEMENT = re.compile(r"\b([ivx]{1,6})\.(?=\s)")

_SPELLINGS = {
    "u": "you", "ya": "you", "ur": "your", "r": "are", "n": "and", "plus": "and", "em": "them", "pt": "part",
    "pts": "part", "vol": "volume", "ch": "chapter", "nr": "no", "ft": "feat", "featuring": "feat", "vs": "versus",
    "ver": "version", "thru": "through", "tonite": "tonight", "nite": "night", "lite": "light", "luv": "love",
    "til": "till", "until": "till", "ok": "okay", "cuz": "because", "cos": "because", "coz": "because", "mister": "mr",
    "doctor": "dr", "miss": "ms", "saint": "st", "theatre": "theater", "centre": "center", "colour": "color",
    "favourite": "favorite", "grey": "gray", "whatcha": "whatyou", "gonna": "goingto", "wanna": "wantto",
    "gotta": "gotto", "lemme": "letme", "gimme": "giveme", "kinda": "kindof", "outta": "outof",
}  # fmt: skip
_COUNTED = frozenset("part volume chapter no act op book scene movement mvt episode side take".split())  # noqa: SIM905
_NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "first": "1", "second": "2", "third": "3", "i": "1", "v": "5", "x": "10", "a": "1", "b": "2",
}  # fmt: skip
_ROMAN = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12",
    "xiii": "13", "xiv": "14", "xv": "15", "xvi": "16", "xvii": "17", "xviii": "18", "xix": "19", "xx": "20",
}  # fmt: skip
_ROMAN_ALONE = {**_ROMAN, "i": "1", "v": "5", "x": "10"}
_SWAPS = {
    **{word: digit for word, digit in _NUMBER_WORDS.items() if len(word) >= 3 and word not in {"first", "second"}},
    **{digit: word for word, digit in _NUMBER_WORDS.items() if len(word) >= 3 and word not in {"first", "second"}},
}
_DRAWN = str.maketrans({"3": "e", "0": "o", "1": "i", "5": "s", "4": "a", "7": "t"})
_SOUNDED = {"2": "to", "4": "for", "to": "2", "too": "2", "for": "4"}
_RESPELLED = frozenset({*_SPELLINGS, *_ROMAN, *_COUNTED})


class _Ascii(dict[int, str]):
    """One sign of a normalised text → how it is compared; filled as signs are met, of which there are only so many."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = " " if _PICTURES.fullmatch(sign) else anyascii(_DIVIDERS.get(code, sign)).lower()
        self[code] = plain
        return plain


_ASCII = _Ascii()


def fold(text: str) -> str:
    """`text` in lower-case ASCII, its dividing punctuation kept in one form; pictures are dropped."""
    return text.lower() if text.isascii() else _transliterate(text)


@lru_cache(maxsize=2048)  # One side of a decision is the same for all candidates.
def _transliterate(text: str) -> str:
    plain = text if _DIVIDING.isdisjoint(text) else text.translate(_DIVIDERS)
    return unicodedata.normalize("NFKC", plain).translate(_ASCII)


def words(folded: str) -> list[str]:
    """The words of a folded text, in one spelling: `Pt. II` gives `part 2`, `don't` gives `dont`."""
    if folded.replace(" ", "").isalnum() and "b m" not in folded:
        # Letters and digits only, as most titles are.
        found = folded.split()
        return found if _RESPELLED.isdisjoint(found) and "0" not in folded else _respelled(found)
    if "'" in folded:
        folded = _DROPPED_G.sub("ing", folded)
        folded = _ELISION.sub("", folded)
    if "#" in folded:
        folded = _SHARP.sub(r"\1 sharp", folded)
    if "b m" in folded:
        folded = _FLAT.sub(r"\1 flat", folded)
    if "." in folded:
        folded = _DOTTED.sub(lambda found: found[0].replace(".", ""), folded)
        folded = _ROMAN_MOVEMENT.sub(lambda found: f" {_ROMAN_ALONE.get(found[1], found[1])} ", folded)
    if "&" in folded or "+" in folded:
        folded = folded.replace("&", " and ").replace("+", " and ")
    if "$" in folded or "!" in folded or "@" in folded:
        folded = _LETTER_SIGN.sub(lambda found: _SIGN_LETTER[found[0]], folded)
    found = _WORD.findall(folded)
    return found if _RESPELLED.isdisjoint(found) and "0" not in folded else _respelled(found)


def _respelled(found: list[str]) -> list[str]:
    spelled: list[str] = []
    previous = ""
    for word in found:
        plain = _SPELLINGS.get(word, word)
        if previous in _COUNTED:
            plain = _NUMBER_WORDS.get(plain, plain)
        plain = _ROMAN.get(plain, plain)
        if plain.isdigit():
            plain = plain.lstrip("0") or "0"
        spelled.append(plain)
        previous = plain
    return spelled


def other_spellings(text_words: list[str]) -> list[list[str]]:
    """The words with digits for what they sound like, and numbers written out: `Good 4 U`, `Seven Rings`."""
    swapped = [_SWAPS.get(word, word) for word in text_words]
    sounded = [_SOUNDED.get(word, word) for word in text_words]
    drawn = [word if word.isdigit() else word.translate(_DRAWN) for word in text_words]
    return [spelling for spelling in (swapped, sounded, drawn) if spelling != text_words]


def joined(text_words: list[str]) -> str:
    """Words without the spaces between them: `night fall` and `nightfall` are one."""
    return "".join(text_words)


def symbols(text: str) -> str:
    """What is left of a title that has no words at all (`÷ + =`): its signs, without spaces and variants."""
    plain = unicodedata.normalize("NFKC", text).replace("\ufe0f", "").casefold()
    return "".join(sign for sign in plain if not sign.isspace())


def numbers(text_words: list[str]) -> list[str]:
    """The numbers among the words, in order of size: `Part 2` and `Part 3` are two songs, however alike they look."""
    found = [word for word in text_words if word[0].isdigit() and word.isdigit()]
    return sorted(found) if len(found) > 1 else found


def spelled_alike(one: str, other: str) -> float:
    """0..1: likeness of two joined texts; 1 also when one is the censored spelling of the other (`f**k`)."""
    if one == other:
        return 1.0
    if ("*" in one or "*" in other) and (_censored(one, other) or _censored(other, one)):
        return 1.0
    return fuzz.ratio(one, other) / 100.0


def is_shortening(one: str, other: str) -> bool:
    """Whether one spelling is the other without its vowels: `Thnks fr th Mmrs`."""
    short, long = sorted((one, other), key=len)
    bare = _VOWELS.sub("", short)
    return len(short) >= 6 and len(bare) >= 0.85 * len(short) and bare == _VOWELS.sub("", long)


def _censored(masked: str, plain: str) -> bool:
    if "*" not in masked:
        return False
    # One star stands for one letter or for all that were cut; either way first and last letters remain.
    pattern = "".join(
        "[a-z0-9*]+" if piece[0] == "*" else re.escape(piece) for piece in re.findall(r"\*+|[^*]+", masked)
    )
    return abs(len(masked) - len(plain)) <= 4 and re.fullmatch(pattern, plain) is not None
