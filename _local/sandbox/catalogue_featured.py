"""The releases worth looking at: every kind of song and of trouble, by invented artists in several scripts."""

from __future__ import annotations

from dataclasses import replace

from _local.sandbox.catalogue_song import Release, Song
from _local.sandbox.catalogue_uploads import (
    Recipe,
    full,
    good_second,
    nothing_right,
    only_album_audio,
    only_with,
)

QUILLBACK = "The Quillback Parade"
SABLE = "Sable Ondine"
UNLUCKY = "Kestrel & Loom"
SLOW = "Slow Elevator to Nowhere"
SLOW_BYTES_PER_S = 40_000
"""On each connection."""


def song(
    title: str,
    artist: str | tuple[str, ...],
    duration_s: int,
    shows: str = "",
    *,
    uploads: Recipe = full,
    outcome: str = "done",
    explicit: bool = False,
) -> Song:
    """A song whose recording is named after its first artist and title."""
    artists = (artist,) if isinstance(artist, str) else artist
    edition = " (explicit)" if explicit else ""
    return Song(
        title=title,
        artists=artists,
        duration_s=duration_s,
        recording=f"{artists[0]}: {title}{edition}",
        uploads=uploads,
        explicit=explicit,
        outcome=outcome,
        shows=shows,
    )


def quillback() -> list[Release]:
    """One band with an album, a single of the same recording, a live album, a remaster, a remix."""
    lighthouse = song("Paper Lighthouse", QUILLBACK, 64, "the plain case: album audio among covers and live versions")
    return [
        Release(
            title="Cartography for Sleepwalkers",
            artist=QUILLBACK,
            date="2014-09-19",
            genres=("paper pop", "chamber drift"),
            songs=(
                lighthouse,
                song("Salt on the Semaphore", QUILLBACK, 71, "studio version; a live one is a track of its own"),
                song("Umbrella Arithmetic", QUILLBACK, 48),
                song("Postcards from Perihelion", QUILLBACK, 83),
                song("The Clockmaker's Parrot", QUILLBACK, 57, "an apostrophe in the title"),
                song("Nine Kinds of Drizzle", QUILLBACK, 96, "the original of a remaster two seconds longer"),
                song(SLOW, QUILLBACK, 120, "its media flow slowly: time to watch the progress"),
                song("Half a Moon in Debt", QUILLBACK, 38),
            ),
        ),
        Release(
            title="Paper Lighthouse",
            artist=QUILLBACK,
            kind="single",
            date="2014-07",
            songs=(
                replace(lighthouse, shows="the album's recording (same ISRC) under a second track id"),
                song("Paper Lighthouse - Radio Edit", QUILLBACK, 41, "the short edit", uploads=only_album_audio),
                song("Paper Lighthouse - Instrumental", QUILLBACK, 64, "instrumental wanted", uploads=only_album_audio),
            ),
        ),
        Release(
            title="Live at the Tin Observatory",
            artist=QUILLBACK,
            date="2017",
            genres=("paper pop",),
            songs=(
                song(
                    "Salt on the Semaphore - Live at the Tin Observatory",
                    QUILLBACK,
                    98,
                    "a live version is the wanted one",
                    uploads=only_album_audio,
                ),
                song("Umbrella Arithmetic - Live at the Tin Observatory", QUILLBACK, 66, uploads=only_album_audio),
            ),
        ),
        Release(
            title="Cartography for Sleepwalkers (2019 Remaster)",
            artist=QUILLBACK,
            date="2019-09-20",
            songs=(
                song(
                    "Nine Kinds of Drizzle - 2019 Remaster",
                    QUILLBACK,
                    98,
                    "a remaster is the wanted one",
                    uploads=only_album_audio,
                ),
            ),
        ),
        Release(
            title="Postcards from Perihelion (Remixes)",
            artist=QUILLBACK,
            kind="single",
            date="2016-02-26",
            genres=("harbour house",),
            songs=(
                song(
                    "Postcards from Perihelion - Marrowtide Remix",
                    (QUILLBACK, "Marrowtide"),
                    110,
                    "a remix is the wanted one",
                    uploads=only_album_audio,
                ),
                song("Half a Moon in Debt - Sped Up", QUILLBACK, 32, "sped up is wanted", uploads=only_album_audio),
            ),
        ),
    ]


def many_scripts() -> list[Release]:
    """One single each of artists who do not write in Latin letters, or not only."""
    rows = (
        ("霧島ことり座", "夜行性の地図", 74, "さかさまの水曜日", 59, "Japanese"),
        ("Пилигрим Ноль", "Бумажный маяк на крыше", 81, "Вторник без лестницы", 66, "Russian"),
        ("별빛공방", "유리 정거장의 오후", 63, "거꾸로 걷는 우산", 52, "Korean"),
        ("雾港电台", "倒着走的钟表匠", 66, "纸灯塔的星期三", 47, "Chinese"),
        ("ناي الغروب البعيد", "قمر من ورق مطوي", 88, "سلم بلا طابق", 54, "Arabic"),
        ("Κύμα Έβδομο", "Χάρτινη πυξίδα του ύπνου", 55, "Ομπρέλα από γυαλί", 61, "Greek"),
        ("नीलधारा मंडली", "उल्टी बारिश का नक्शा", 72, "काग़ज़ की घड़ी", 49, "Hindi"),
        ("Mörkö Säde", "Ångström-ballaadi", 68, "Öljyä lyhtyyn, Äiti", 58, "accented Finnish"),
    )
    return [
        Release(
            title=first,
            artist=artist,
            kind="single",
            date=f"20{10 + number:02d}-05-0{1 + number}",
            genres=("world of paper",),
            songs=(song(first, artist, first_s, f"{script} title"), song(second, artist, second_s)),
        )
        for number, (artist, first, first_s, second, second_s, script) in enumerate(rows)
    ]


def pairs() -> list[Release]:
    """Same title by two artists, explicit and clean, a featured artist, movements of one work."""
    movement = "Concertino in Odd Numbers: "
    return [
        Release(
            title="Glass Orchard",
            artist=SABLE,
            date="2020-11-06",
            genres=("harbour house",),
            songs=(
                song("Glass Orchard", SABLE, 77, "one of two songs of this name: by Sable Ondine"),
                song("Borrowed Weather (feat. Mörkö Säde)", (SABLE, "Mörkö Säde"), 69, "a featured artist"),
                song("Loud in the Library", SABLE, 52, "explicit; a clean twin exists", explicit=True),
            ),
        ),
        Release(
            title="Glass Orchard",
            artist=SABLE,
            date="2020-11-06",
            note="clean",
            genres=("harbour house",),
            songs=(song("Loud in the Library", SABLE, 52, "clean; an explicit twin exists", uploads=only_album_audio),),
        ),
        Release(
            title="Eleven Ladders",
            artist="Tamsin Underhay Trio",
            date="2012-01-27",
            genres=("attic jazz",),
            songs=(
                song("Glass Orchard", "Tamsin Underhay Trio", 79, "one of two songs of this name: by the trio"),
                song("Or", "Tamsin Underhay Trio", 44, "a title of two letters"),
            ),
        ),
        Release(
            title="Concertino in Odd Numbers",
            artist="Periwinkle Ensemble",
            date="2008-03",
            genres=("tabletop classical",),
            songs=(
                song(f"{movement}I. Allegro zoppo", "Periwinkle Ensemble", 62, uploads=only_album_audio),
                song(
                    f"{movement}II. Andante", "Periwinkle Ensemble", 75, "the right movement", uploads=only_album_audio
                ),
                song(f"{movement}III. Presto", "Periwinkle Ensemble", 60, uploads=only_album_audio),
            ),
        ),
    ]


def unlucky() -> Release:
    """What goes wrong: first the tracks that end well all the same, then those that end in a clear error."""
    rows: tuple[tuple[str, int, Recipe, str, str], ...] = (
        ("Letters to a Closed Station", 58, good_second(trouble="removed"), "done",
         "the best match was removed: the second is taken"),
        ("The Longest Minute", 61, good_second(sound_s=21), "done",
         "the best match lies about its length: found out, the second is taken"),
        ("Quiet Machinery", 47, good_second(silent=True), "done",
         "the best match is silent: found out, the second is taken"),
        ("Static Bouquet", 53, good_second(spoilt=True), "done",
         "the best match does not decode: found out, the second is taken"),
        ("Not for Export", 49, only_with("geo_blocked"), "video_geo_blocked", "blocked in this country"),
        ("Closed Rehearsal", 55, only_with("private"), "video_private", "a private video"),
        ("Minutes of the Moth Club", 67, only_with("members_only"), "video_members_only", "for channel members only"),
        ("Velvet Rope at Four", 43, only_with("age_restricted"), "video_age_restricted", "age-restricted"),
        ("Nobody Recorded This", 59, nothing_right, "no_match", "no right upload exists: refused, not guessed"),
        ("Tide Tables, Unabridged", 7_200, only_album_audio, "track_too_long", "two hours: over MUSIC_MAX_DURATION_MS"),
    )  # fmt: skip
    return Release(
        title="The Unlucky Tapes",
        artist=UNLUCKY,
        date="2018-04-13",
        genres=("basement folk",),
        songs=tuple(
            song(title, UNLUCKY, duration_s, shows, uploads=uploads, outcome=outcome)
            for title, duration_s, uploads, outcome, shows in rows
        ),
    )


def featured() -> list[Release]:
    """All of them."""
    return [*quillback(), *many_scripts(), *pairs(), unlucky()]
