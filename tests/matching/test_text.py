"""Writing differences, and names in two scripts."""

from __future__ import annotations

import pytest

from services.matching.scripts import Reading, compare, is_native
from services.matching.text import fold, numbers, spelled_alike, symbols, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Komorebi, Pt. II", "KOMOREBI (Part Two)"),
        ("Rock ’n’ Roll", "rock and roll"),
        ("Don’t Stop Believin'", "Dont Stop Believing"),
        ("Tatuaże", "TATUAZE"),
        ("P!nk", "Pink"),
        ("A$AP Rocky", "ASAP Rocky"),
        ("R.E.M.", "REM"),
        ("𝙎𝙥𝙮 『𝙨𝙥𝙚𝙙 𝙪𝙥』", "spy [sped up]"),
        ("BLOODLUST 🔥🩸", "bloodlust"),
        ("thank u, next", "Thank You, Next"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
        ("周杰倫", "周杰伦"),
        ("Vol. 03", "Volume 3"),
    ],
)
def test_one_spelling(one: str, other: str) -> None:
    assert words(fold(one)) == words(fold(other))


def test_numbers_are_kept_apart() -> None:
    assert numbers(words(fold("Study Tone 40 Hz, Pt. II"))) == ["2", "40"]
    assert words(fold("Part 2")) != words(fold("Part 3"))


def test_signs_are_compared_when_there_are_no_words() -> None:
    assert words(fold("÷ + =")) == ["and"]
    assert symbols("÷ + =") == symbols("÷+=") != symbols("÷ - =")


@pytest.mark.parametrize(
    ("masked", "plain", "same"),
    [("f**kyou", "fuckyou", True), ("b***h", "bitch", True), ("f**kyou", "forgetyou", False)],
)
def test_censored_words(masked: str, plain: str, same: bool) -> None:
    assert (spelled_alike(masked, plain) == 1.0) is same


@pytest.mark.parametrize(
    ("native", "latin", "expected"),
    [
        ("Плакала", "Plakala", Reading.ALIKE),
        ("Плакала", "Cry", Reading.DIFFERENT),
        ("プラスティック・ラブ", "Plastic Love", Reading.ALIKE),
        ("뉴진스", "NewJeans", Reading.ALIKE),
        ("아이유", "IU", Reading.ALIKE),
        ("백예린", "Yerin Baek", Reading.ALIKE),
        ("რუსუდან ბოლქვაძე", "Rusudan Bolkvadze", Reading.ALIKE),
        ("טונה", "Tuna", Reading.ALIKE),
        ("نور العين", "Nour El Ein", Reading.ALIKE),
        ("تملي معاك", "Nour El Ein", Reading.DIFFERENT),
        ("चाँद", "Chaand", Reading.ALIKE),
        ("稻香", "Dao Xiang", Reading.ALIKE),
        ("紅蓮華", "Gurenge", Reading.POSSIBLE),
        ("紅蓮華", "Golden Rivers", Reading.OPEN),
        ("夜に駆ける", "Yoru ni Kakeru", Reading.POSSIBLE),
        ("夜に駆ける", "Into The Night", Reading.DIFFERENT),
        ("竹内まりや", "Mariya Takeuchi", Reading.POSSIBLE),
        ("周杰倫", "Jay Chou", Reading.OPEN),
    ],
)
def test_two_scripts(native: str, latin: str, expected: Reading) -> None:
    assert compare(native, latin) is expected


def test_vietnamese_letters_are_latin() -> None:
    assert not is_native("Nơi Này Có Anh, Lạc Trôi")
    assert is_native("Кино")
    assert is_native("ἀγάπη")
