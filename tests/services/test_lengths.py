"""One rule for lengths: what the matcher may choose, the proof after fetching accepts."""

from __future__ import annotations

import pytest

from models.audio import AudioFacts
from models.errors import AudioWrongLength
from models.ids import DurationMs
from models.match import Finding, QueryKind, Shelf
from services.audio.verify import judge
from services.lengths import allowed_ms, usual_ms, utmost_ms
from services.matching.choose import decide
from tests.matching.support import song, track, upload

SECOND = 1_000


def facts(seconds: float) -> AudioFacts:
    return AudioFacts(
        duration_ms=DurationMs(round(seconds * SECOND)),
        codec="aac",
        bitrate_bps=128_000,
        sample_rate_hz=44_100,
        channels=2,
        mean_volume_db=-12.0,
        max_volume_db=-1.0,
    )


@pytest.mark.parametrize(
    ("expected_s", "announced_s", "allowed_s"),
    [
        (200, None, 6.0),
        (200, 200, 6.0),
        (200, 208, 9.5),  # announced and weighed
        (200, 192, 9.5),
        (200, 210, 11.5),
        (200, 211, 6.0),  # more than a search may announce
        (60, 64, 5.5),
        (60, 70, 5.0),
        (600, 612, 15.0),
        (20, 20, 5.0),
    ],
)
def test_what_was_announced_is_allowed_up_to_a_limit(
    expected_s: float, announced_s: float | None, allowed_s: float
) -> None:
    announced = None if announced_s is None else announced_s * SECOND
    assert allowed_ms(expected_s * SECOND, announced) == allowed_s * SECOND


def test_the_limits_are_in_order() -> None:
    for seconds in range(1, 4000):
        assert 1_000 <= usual_ms(seconds * SECOND) <= utmost_ms(seconds * SECOND) <= 15_000
        assert utmost_ms(seconds * SECOND) <= utmost_ms((seconds + 1) * SECOND)


@pytest.mark.parametrize("wanted_s", [20, 45, 60, 100, 150, 200, 240, 300, 400, 900, 3000])
def test_no_video_is_chosen_that_the_proof_must_refuse(wanted_s: int) -> None:
    """Every candidate that is chosen, whatever speaks for it, passes when its file is as long as it says."""
    chosen = 0
    for apart_s in range(-25, 26):
        length_s = wanted_s + apart_s
        for candidate in (
            song(seconds=length_s),
            song(seconds=length_s, explicit=True),
            upload("Ada Holm - Northern Lights (Official Video)", "Ada Holm", seconds=length_s, official=True),
        ):
            decision = decide(track(seconds=wanted_s), [candidate])
            if decision.chosen is None:
                continue
            chosen += 1
            allowed = allowed_ms(wanted_s * SECOND, length_s * SECOND)
            for measured_s in (length_s - 0.9, length_s, length_s + 0.9):
                judge(facts(measured_s), DurationMs(wanted_s * SECOND), tolerance_ms=allowed)
    assert chosen > 10


def test_an_official_video_some_seconds_longer_will_do() -> None:
    video = upload("Ada Holm - Northern Lights (Official Video)", "Ada Holm", seconds=208, official=True)
    decision = decide(track(seconds=200), [video])
    assert decision.chosen is not None
    judge(facts(208.4), DurationMs(200_000), tolerance_ms=allowed_ms(200_000, 208_000))


def test_a_file_that_breaks_its_word_is_refused() -> None:
    with pytest.raises(AudioWrongLength):
        judge(facts(208), DurationMs(200_000), tolerance_ms=allowed_ms(200_000, 200_000))


def test_a_video_too_far_in_length_has_a_veto_however_well_the_rest_fits() -> None:
    named_by_isrc = Finding(shelf=Shelf.SONGS, query_kind=QueryKind.ISRC, rank=0)
    everything = song(seconds=212, explicit=True, found_in=(named_by_isrc,))
    decision = decide(track(seconds=200, explicit=True), [everything])
    assert decision.chosen is None
    assert (decision.ranked[0].veto, decision.ranked[0].confidence > 0.5) == ("too far in length", True)
