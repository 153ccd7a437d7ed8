"""Decisions on record, and how they read once people have spoken."""

from __future__ import annotations

from datetime import UTC, datetime

from models.ids import RecordingKey, VideoId
from models.match import Corrections, DecisionRecord, MatchDecision
from services.matching.choose import decide
from services.matching.record import RUNNERS_UP, Outcome, in_the_light_of, on_record
from tests.matching.support import TRACK_ID, song, track, upload

NOW = datetime(2026, 5, 1, tzinfo=UTC)
RIGHT, SECOND = VideoId("songsongson"), VideoId("tubetubetub")
KEY = RecordingKey("isrc-GBAAA0000001")
NOBODY = Corrections(track_id=TRACK_ID)


def decision() -> MatchDecision:
    others = [song("Something Else", video_id=VideoId(f"other{number:06d}")) for number in range(15)]
    return decide(track(), [*others, upload(), song()])


def record(failed: dict[VideoId, str] | None = None, *, chosen: bool = True) -> DecisionRecord:
    made = decision()
    return on_record(made, track(), KEY, NOW, failed=failed or {}, chosen=made.chosen if chosen else None)


def pinned(video_id: VideoId) -> Corrections:
    return Corrections(track_id=TRACK_ID, pinned=video_id)


def test_a_record_holds_the_choice_and_the_best_of_the_others() -> None:
    kept = record()
    assert kept.chosen is not None
    assert kept.chosen.candidate.video_id == RIGHT
    assert len(kept.runners_up) == RUNNERS_UP
    assert kept.runners_up[0].candidate.video_id == SECOND
    assert (kept.track_id, kept.recording_key, kept.decided_at) == (TRACK_ID, KEY, NOW)


def test_what_was_tried_in_vain_stands_first_among_those_that_are_out() -> None:
    kept = record({RIGHT: "video_private"}, chosen=False)
    assert kept.chosen is None
    out = [other for other in kept.runners_up if other.veto is not None]
    assert (out[0].candidate.video_id, out[0].veto) == (RIGHT, "tried in vain: video_private")


def test_without_corrections_it_reads_as_it_was() -> None:
    verdict = in_the_light_of(record(), NOBODY)
    assert (verdict.outcome, verdict.reason) == (Outcome.CHOSEN, decision().reason)
    assert in_the_light_of(record(chosen=False), NOBODY).outcome is Outcome.NO_MATCH
    assert in_the_light_of(None, NOBODY).outcome is Outcome.PENDING


def test_a_choice_rejected_since_is_pending() -> None:
    verdict = in_the_light_of(record(), Corrections(track_id=TRACK_ID, rejected={RIGHT: "reported"}))
    assert (verdict.outcome, verdict.chosen) == (Outcome.PENDING, None)
    assert (verdict.runners_up[0].candidate.video_id, verdict.runners_up[0].veto) == (RIGHT, "rejected: reported")


def test_a_pin_since_then_is_the_choice_with_what_was_known_of_it() -> None:
    verdict = in_the_light_of(record(), pinned(SECOND))
    assert verdict.chosen is not None
    assert (verdict.outcome, verdict.chosen.candidate.video_id) == (Outcome.CHOSEN, SECOND)
    assert verdict.chosen.candidate.title == upload().title
    assert verdict.chosen.signals[0].name == "pinned"
    assert len(verdict.chosen.signals) > 1
    assert verdict.runners_up[0].candidate.video_id == RIGHT
    assert verdict.reason == "Chosen by hand; the next download serves it."


def test_a_pin_that_was_obeyed_reads_so_and_is_pending_once_it_is_gone() -> None:
    made = decide(track(), [], pinned(SECOND))
    kept = on_record(made, track(), KEY, NOW, failed={}, chosen=made.chosen)
    verdict = in_the_light_of(kept, pinned(SECOND))
    assert verdict.reason == "Chosen by hand."
    assert verdict.chosen is not None
    assert [signal.name for signal in verdict.chosen.signals] == ["pinned"]
    assert in_the_light_of(kept, NOBODY).outcome is Outcome.PENDING


def test_a_pin_that_nobody_has_seen_yet_is_all_that_is_known() -> None:
    verdict = in_the_light_of(None, pinned(SECOND))
    assert verdict.chosen is not None
    assert (verdict.chosen.candidate.video_id, verdict.chosen.candidate.title) == (SECOND, "")
