"""Each signal alone: what it gives, and that its reason can be read."""

# ruff: noqa: E501  (tables)
from __future__ import annotations

import pytest

from models.match import Finding, QueryKind, Shelf, VideoType
from services.matching.choose import score
from services.matching.subject import want
from tests.matching.support import points, reason, song, track, upload


def test_points_add_up_to_the_score() -> None:
    scored = score(want(track()), song())
    assert scored.score == pytest.approx(sum(signal.points for signal in scored.signals), abs=0.01)
    assert 0.9 < scored.confidence <= 1.0
    assert all(signal.reason.endswith(".") for signal in scored.signals)


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        ("Northern Lights", "Northern Lights (feat. Bo Lind)"),
        ("Northern Lights - 2011 Remaster", "Northern Lights (Remastered 2011)"),
        ('Northern Lights (From "Polar")', "Northern Lights"),
        ("(I Can't Get No) Satisfaction", "I Can't Get No Satisfaction"),
        ("Children, Part II", "Children (Pt. 2)"),
        ("Spring Day", "봄날 (Spring Day)"),
        ("Good 4 U", "Good for You"),
        ("F**k You", "Fuck You"),
    ],
)
def test_title_is_the_same(wanted: str, title: str) -> None:
    assert points(track(wanted), song(title))["title"] == 4.0


@pytest.mark.parametrize(
    "title",
    ["Southern Lights", "Northern Lights, Pt. 2", "There Are Northern Lights Again", "Lights", "Northern Light Show"],
)
def test_title_is_another(title: str) -> None:
    assert points(track(), song(title))["title"] <= -3.0


@pytest.mark.parametrize(
    "title",
    ["Ada Holm - Northern Lights (Official Video)", "Northern Lights | Ada Holm [Lyrics]", "ADA HOLM – NORTHERN LIGHTS (HD)", "ada holm northern lights lyrics",
     "Ada Holm 「Northern Lights」MV"],
)  # fmt: skip
def test_an_upload_with_the_usual_trimmings_is_the_song(title: str) -> None:
    given = points(track(), upload(title))
    assert given["title"] == 4.0
    assert given["artists"] == 2.0
    assert "versions" not in given


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("Northern Lights (Live at Oslo)", "live"), ("Northern Lights - Acoustic", "acoustic"), ("Northern Lights [MK Remix]", "remix"),
        ("Northern Lights (Karaoke Version)", "karaoke"), ("Northern Lights (Sped Up)", "sped up"), ("Northern Lights (slowed + reverb)", "slowed"),
        ("Northern Lights (8D Audio)", "8D"), ("Northern Lights (Instrumental)", "instrumental"), ("Northern Lights (Demo)", "demo"),
        ("Northern Lights (Take 2)", "demo"), ("Northern Lights (Taylor's Version)", "re-recording"), ("Northern Lights (Spanish Version)", "language"),
        ("Northern Lights (1 Hour Loop)", "loop"), ("Northern Lights (Reprise)", "reprise"), ("Northern Lights ライブ", "live"), ("Northern Lights (кавер)", "cover"),
        ("Northern Lights (Sunset Sound Mix)", "another mix"),
    ],
)  # fmt: skip
def test_an_unwanted_version_is_ruled_out(title: str, word: str) -> None:
    scored = score(want(track()), song(title))
    assert scored.veto is not None
    assert word in reason(track(), song(title), "versions")


def test_a_wanted_version_counts_for_a_candidate_and_its_absence_against() -> None:
    wanted = track("Northern Lights - Lost Kings Remix")
    assert points(wanted, song("Northern Lights (Lost Kings Remix)"))["versions"] > 0
    assert points(wanted, song("Northern Lights (Jake Wolfe Remix)"))["versions"] <= -4
    assert points(wanted, song("Northern Lights"))["versions"] <= -6
    assert points(wanted, song("Northern Lights (Lost Kings Extended Remix)"))["versions"] <= -3


def test_a_version_word_in_the_name_is_the_name() -> None:
    assert "versions" not in points(track("Live Forever"), song("Live Forever"))
    assert points(track("Live Forever"), song("Live Forever (Live)"))["versions"] <= -7


def test_the_album_tells_of_all_its_tracks() -> None:
    assert points(track(), song(album="Live at the Opera"))["versions"] <= -4
    assert "versions" not in points(track(album="Live at the Opera"), song(album="Live at the Opera"))


@pytest.mark.parametrize(
    ("artist", "channel"),
    [("Ada Holm", "Ada Holm"), ("The Eagles", "Eagles"), ("AC/DC", "ACDC"), ("Simon & Garfunkel", "Simon and Garfunkel"), ("Kanye West", "Ye"),
     ("Beyoncé", "Beyonce"), ("IU", "IU (아이유)")],
)  # fmt: skip
def test_the_main_artist_in_other_writing(artist: str, channel: str) -> None:
    assert points(track("Northern Lights", artist), song("Northern Lights", channel))["artists"] == 3.0


@pytest.mark.parametrize("channel", ["Ada Holm - Topic", "AdaHolmVEVO", "Ada Holm Official"])
def test_the_artists_channels(channel: str) -> None:
    assert points(track(), upload("Northern Lights", channel))["artists"] == 3.0


def test_other_artists_and_parts_of_names() -> None:
    assert points(track(), song("Northern Lights", "Boyce Avenue"))["artists"] == -7.0
    assert points(track("Sunrise", "The Band CAMINO"), song("Sunrise", "The Band"))["artists"] < 0
    assert points(track(), upload("Northern Lights", "dj random"))["artists"] == -4.0


def test_a_classical_recording_is_its_performers() -> None:
    wanted = track("Waltz in D-Flat Major, Op. 64 No. 1", "Frédéric Chopin", "Vladimir Ashkenazy")
    mine = song('Waltz No. 6 in D-Flat Major, Op. 64 No. 1 "Minute"', "Vladimir Ashkenazy")
    assert points(wanted, mine)["title"] == 3.5
    assert points(wanted, mine)["artists"] == 3.0
    assert points(wanted, song("Waltz in D-Flat Major, Op. 64 No. 1", "Frédéric Chopin", "Lang Lang"))["artists"] < 0
    assert points(wanted, song("Waltz No. 7 in C-Sharp Minor, Op. 64 No. 2", "Vladimir Ashkenazy"))["title"] <= -9


def test_guests() -> None:
    wanted = track("Northern Lights", "Ada Holm", "Bo Lind")
    assert points(wanted, song("Northern Lights (feat. Bo Lind)"))["guests"] > 0
    assert points(wanted, song("Northern Lights (feat. Cai Moe)"))["guests"] == -4.0
    assert points(track(), song("Northern Lights (feat. Cai Moe)"))["guests"] == -1.0


@pytest.mark.parametrize(
    ("seconds", "least", "most"),
    [
        (200, 2.5, 2.5),
        (201, 2.5, 2.5),
        (203, 1, 2),
        (207, -3, -1),
        (215, -5, -3),
        (240, -7, -5),
        (400, -11, -9),
        (None, -3, -3),
    ],
)
def test_duration(seconds: float | None, least: float, most: float) -> None:
    assert least <= points(track(), song(seconds=seconds))["duration"] <= most


def test_a_track_without_length_is_judged_by_the_rest() -> None:
    assert points(track(seconds=0), song())["duration"] == -1.0
    assert score(want(track(seconds=0)), song()).veto is None


def test_album() -> None:
    assert points(track(), song(album="Aurora (Deluxe Edition)"))["album"] == 1.5
    assert "album" not in points(track(), song(album="Best Of"))


def test_uploaders_in_order_of_trust() -> None:
    wanted = track()
    given = [
        points(wanted, candidate)["uploader"]
        for candidate in (
            song(),
            song(video_type=VideoType.OMV, is_song=False),
            upload(channel="Ada Holm"),
            upload(channel="Label", channel_verified=True),
            upload(),
            upload("Northern Lights - Ada Holm | Eva Stern", "Eva Stern"),
        )
    ]
    assert given == sorted(given, reverse=True)
    assert given[-1] == -3.0


def test_explicit_marks() -> None:
    explicit = track(explicit=True)
    assert points(explicit, song(explicit=False))["explicit"] == -2.0
    assert points(explicit, song(explicit=True))["explicit"] > 0
    assert points(track(), song(explicit=True))["explicit"] < 0
    assert "explicit" not in points(explicit, upload(explicit=False))


def test_isrc_acquits_and_never_convicts() -> None:
    first = Finding(shelf=Shelf.SONGS, query_kind=QueryKind.ISRC, rank=0)
    wanted = track("夜明け", "森田童子", seconds=221)
    assert score(want(wanted), song("Daybreak", "Doji Morita", seconds=221)).veto is not None
    assert score(want(wanted), song("Daybreak", "Doji Morita", seconds=221, found_in=(first,))).veto is None
    assert score(want(wanted), song("Random Beat", "Somebody", seconds=221, found_in=(first,))).veto is not None
    assert "isrc" not in points(track(), song())


def test_views_are_the_last_word_only() -> None:
    known, unknown = song(views=2_000_000_000), song(views=3)
    assert 0 < points(track(), known)["last_word"] - points(track(), unknown)["last_word"] < 0.5


def test_strangers_around_an_upload() -> None:
    assert points(track(), upload("Ada Holm - Northern Lights | Zorblax quux frobnicate"))["strangers"] < 0
    assert "strangers" not in points(track(), upload())


def test_a_credit_cut_out_of_its_sentence_still_tells() -> None:
    copied = song(f"{track().name} (Originally Performed by {track().artists[0].name})", "Zoom Hits")
    assert points(track(), copied)["versions"] < -5
    plain = song(f"{track().name} (Original Version)")
    assert "versions" not in points(track(), plain)
