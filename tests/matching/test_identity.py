"""What a sound is known as: only a clear contradiction convicts."""

from __future__ import annotations

import pytest

from services.matching.identity import KnownRecording, is_another
from tests.matching.support import track

HERS = KnownRecording("Northern Lights", ("Ada Holm",))


def known(title: str, *artists: str) -> KnownRecording:
    return KnownRecording(title, artists)


@pytest.mark.parametrize(
    "recording",
    [
        known("Southern Nights", "Ada Holm"),
        known("Northern Lights", "The Borrowed Tuxedos"),
        known("Something Else", "Somebody"),
        known("Northern Lights (karaoke version)", "Ada Holm"),
        known("Northern Lights (Marrowtide remix)", "Ada Holm"),
        known("Northern Lights (live)", "Ada Holm"),
    ],
)
def test_another_song_artist_or_version_contradicts(recording: KnownRecording) -> None:
    assert is_another(track(), [recording])
    assert is_another(track(), [recording, recording])
    assert not is_another(track(), [recording, HERS])


@pytest.mark.parametrize(
    "recording",
    [
        HERS,
        known("Northern Lights"),
        known("NORTHERN LIGHTS (feat. Somebody)", "Ada Holm", "Somebody"),
        known("Northern Lights (2019 remaster)", "Holm, Ada"),
        known("北極光", "艾達"),
        known("Северное сияние", "Ада Хольм"),
    ],
)
def test_what_fits_or_cannot_be_compared_does_not(recording: KnownRecording) -> None:
    assert not is_another(track(), [recording])


def test_nothing_known_is_nothing_said() -> None:
    assert not is_another(track(), [])


def test_databases_name_the_concert_elsewhere() -> None:
    assert not is_another(track("Northern Lights - Live at the Tin Observatory"), [HERS])


def test_works_go_by_many_names() -> None:
    wanted = track("Suite No. 3 in D Major, BWV 1068: II. Air", "Johann Sebastian Bach", "Periwinkle Ensemble")
    assert not is_another(wanted, [known("Air on the G String", "Johann Sebastian Bach")])
