"""Whether a video is by the wanted artists: names, features, channels and titles compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from services.matching import scripts
from services.matching.scripts import Reading
from services.matching.text import fold, joined, symbols, words

_SPLIT = re.compile(
    r"\s*(?:,|;|&|\+|/|\||\bfeat\b\.?|\bft\b\.?|\bfeaturing\b|\bwith\b|\bvs\b\.?|\bx\b|\band\b|\bund\b|\by\b|\bet\b|\be\b)\s*"
)
_CHANNEL_TAIL = re.compile(
    r"(?:\s*vevo|\s+(?:official|oficial|officiel)(?:\s+(?:channel|artist\s+channel|tv|music|youtube\s+channel))?"
    r"|\s+(?:channel|tv|music|band|musica|music\s+official))$"
)
# How everything ends that `_CHANNEL_TAIL` takes off.
_TAIL_ENDINGS = ("vevo", "official", "oficial", "officiel", "channel", "tv", "music", "band", "musica")
# One of these is wherever `_SPLIT` divides.
_SPLIT_SIGNS = frozenset(",;&+/|")
_SPLIT_WORDS = frozenset(["feat", "ft", "featuring", "with", "vs", "x", "and", "und", "y", "et", "e"])
_TOKEN = re.compile(r"\w+")
_TOPIC = re.compile(r"\s+-\s+topic$", re.IGNORECASE)
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*")

# Renamed artists; no text comparison can know these. Keys and values are joined spellings.
_ALIASES = {
    "ye": "kanyewest", "diddy": "puffdaddy", "pdiddy": "puffdaddy", "snooplion": "snoopdogg", "chicks": "dixiechicks",
    "ladya": "ladyantebellum", "yasiinbey": "mosdef", "yusuf": "catstevens", "yusufcatstevens": "catstevens",
    "maitregims": "gims", "bangtanboys": "bts",
    # Known abroad by a name that is not the sound of their own.
    "방탄소년단": "bts", "소녀시대": "girlsgeneration", "동방신기": "tvxq", "東方神起": "tvxq", "아이유": "iu",
    "周杰倫": "jaychou", "周杰伦": "jaychou", "林俊傑": "jjlin", "林俊杰": "jjlin", "陳奕迅": "easonchan",
    "陈奕迅": "easonchan", "鄧紫棋": "gem", "邓紫棋": "gem", "五月天": "mayday", "王菲": "fayewong",
    "鄧麗君": "teresateng", "邓丽君": "teresateng", "蔡依林": "jolintsai", "張惠妹": "amei", "孫燕姿": "stefaniesun",
    "東京事変": "tokyoincidents", "米津玄師": "kenshiyonezu", "宇多田ヒカル": "hikaruutada", "椎名林檎": "ringosheena",
    "久石譲": "joehisaishi", "坂本龍一": "ryuichisakamoto", "星野源": "genhoshino", "藤井風": "fujiikaze",
    "竹内まりや": "mariyatakeuchi", "山下達郎": "tatsuroyamashita", "松任谷由実": "yumimatsutoya", "嵐": "arashi",
}  # fmt: skip
_RENAMED = {joined(words(fold(name))): alias for name, alias in _ALIASES.items()}


class ArtistMatch(StrEnum):
    """How a candidate's artists relate to the wanted ones, best first."""

    MAIN = "by the main artist"
    SOUNDS_ALIKE = "by the main artist, in another script"
    NAMED = "the title names the main artist"
    GUEST = "by another of the track's artists"
    POSSIBLE = "by a possible reading of the artist's name"
    OPEN = "by a name in a script that cannot be compared"
    PARTLY = "by an artist of a similar name"
    UNNAMED = "an upload that names no artist"
    DIFFERENT = "by somebody else"


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """An artist's name: as written, and every joined spelling it goes by."""

    raw: str
    spellings: frozenset[str]
    phrase: str
    """Its words joined by spaces, as they may stand in a title."""
    native: bool
    """Whether it has letters of a script other than Latin."""


def name_of(raw: str, *, channel: bool = False) -> Name:
    """A name to compare; a channel's tail (`- Topic`, `VEVO`, `Official`) is taken off."""
    folded = fold(raw).strip()
    if channel:
        if folded.endswith("topic"):
            raw = _TOPIC.sub("", raw)
        bare = fold(raw).strip()
        if bare.endswith(_TAIL_ENDINGS):
            bare = _CHANNEL_TAIL.sub("", bare)
        folded = bare or folded
    if "(" not in folded and "[" not in folded:
        name_words = words(folded)
        phrase = " ".join(name_words)
        spelling = _spelling(name_words, folded)
        if " and the " in phrase:
            # `Bob Marley & The Wailers` is also credited without the band.
            band = _spelling(phrase.partition(" and the ")[0].split(), "")
            return Name(raw, frozenset({spelling, band} - {""}), phrase, scripts.is_native(raw))
        native = scripts.is_native(raw)
        own = {spelling}
        if native and (halves := scripts.divide(raw)) is not None:
            # `G.E.M. 鄧紫棋`: either half is the name, unless it is too short to be one.
            own.update(half for half in map(_plain_spelling, halves) if len(half) >= 3)
        return Name(raw, frozenset(own - {""}), phrase, native)
    # `IU (아이유)`: either part is the name.
    outside = words(_BRACKET.sub(" ", folded))
    spellings = {_spelling(outside, "")}
    spellings.update(_spelling(words(inside), inside) for inside in _BRACKET.findall(folded))
    return Name(raw, frozenset(spellings - {""}), " ".join(outside), scripts.is_native(raw))


def has_tail(raw: str) -> bool:
    """Whether a channel's name may end in more than the artist's."""
    return fold(raw).rstrip().endswith((*_TAIL_ENDINGS, "topic"))


def _plain_spelling(written: str) -> str:
    return _spelling(words(fold(written)), "")


def _spelling(name_words: list[str], written: str) -> str:
    if len(name_words) > 1 and name_words[0] == "the":
        name_words = name_words[1:]
    spelling = joined(name_words) or symbols(written)
    return _RENAMED.get(spelling, spelling)


def names_in(raw: str) -> list[Name]:
    """All names in one credit: the credit as a whole, and its parts (`A & B feat. C`)."""
    whole = name_of(raw)
    if " " not in whole.phrase:
        return [whole]
    folded = fold(raw)
    if _SPLIT_SIGNS.isdisjoint(folded) and _SPLIT_WORDS.isdisjoint(_TOKEN.findall(folded)):
        return [whole]
    parts = [part for part in _SPLIT.split(folded) if part]
    return [whole] if len(parts) < 2 else [whole, *(name_of(part) for part in parts)]


def same_name(one: Name, other: Name) -> bool:
    """Whether two names are one, but for writing."""
    if not one.spellings.isdisjoint(other.spellings):
        return True
    for mine in one.spellings:
        length = len(mine)
        for theirs in other.spellings:
            # Texts of unequal length cannot be that alike; most comparisons end here.
            near = length >= 5 and len(theirs) >= 5 and abs(length - len(theirs)) * 5 < length
            if near and fuzz.ratio(mine, theirs) >= 91.0:
                return True
    # The parts of a person's name in another order: `Takeuchi Mariya`.
    if len(one.phrase) != len(other.phrase) or " " not in one.phrase:
        return False
    return sorted(one.phrase.split()) == sorted(other.phrase.split())


def are_initials(short: Name, full: Name) -> bool:
    """Whether one name is the initials of the other: `ELO`, `mgk`. Two letters say too little."""
    if full.phrase.count(" ") < 2:
        return False
    return "".join([word[0] for word in full.phrase.split()]) in short.spellings


def sound_of(one: Name, other: Name) -> Reading | None:
    """How two names of different scripts relate; `None` when they share a script."""
    if one.native == other.native:
        return None
    native, latin = (one, other) if one.native else (other, one)
    if scripts.has_latin(native.raw) and scripts.has_latin(latin.raw):
        return Reading.POSSIBLE if scripts.may_be_read(native.raw, latin.raw) else None
    reading = scripts.compare(native.raw, latin.raw)
    # A stage name need not be the sound of the native one, so a difference proves little.
    return reading if reading is not Reading.DIFFERENT else Reading.OPEN


def partly_same(one: Name, other: Name) -> bool:
    """Whether one name is part of the other: `The Band` and `The Band CAMINO`."""
    mine, theirs = one.phrase, other.phrase
    return bool(mine and theirs) and (f" {mine} " in f" {theirs} " or f" {theirs} " in f" {mine} ")
