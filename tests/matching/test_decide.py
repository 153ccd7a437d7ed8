"""Choosing, refusing, pins and rejections."""

from __future__ import annotations

from models.ids import VideoId
from models.match import Corrections
from services.matching.choose import MIN_CONFIDENCE, decide
from tests.matching.support import TRACK_ID, song, track, upload

RIGHT = VideoId("rightrightr")
OTHER = VideoId("otherotherr")
PINNED = VideoId("pinnedpinne")


def test_the_best_candidate_is_chosen_and_explained() -> None:
    decision = decide(track(), [upload(), song(video_id=RIGHT), song("Northern Lights (Live)", video_id=OTHER)])
    assert decision.chosen is not None
    assert decision.chosen.candidate.video_id == RIGHT
    assert "Northern Lights" in decision.reason
    assert [scored.veto is None for scored in decision.ranked] == [True, True, False]


def test_it_refuses_rather_than_guesses() -> None:
    decision = decide(
        track(), [song("Northern Lights (Live)"), song("Northern Lights", "Boyce Avenue", video_id=OTHER)]
    )
    assert decision.chosen is None
    assert len(decision.ranked) == 2
    assert all(scored.veto and scored.confidence < MIN_CONFIDENCE for scored in decision.ranked)
    assert "nearest" in decision.reason


def test_no_candidates() -> None:
    assert decide(track(), []).chosen is None


def test_a_pin_wins_over_every_score_and_needs_no_search() -> None:
    corrections = Corrections(track_id=TRACK_ID, pinned=PINNED)
    unseen = decide(track(), [song(video_id=RIGHT)], corrections)
    assert unseen.chosen is not None
    assert unseen.chosen.candidate.video_id == PINNED
    assert unseen.ranked[0] is unseen.chosen
    assert [scored.candidate.video_id for scored in unseen.ranked] == [PINNED, RIGHT]
    seen = decide(track(), [song(video_id=RIGHT), song("Something Else", video_id=PINNED)], corrections)
    assert seen.chosen is not None
    assert seen.chosen.candidate.title == "Something Else"
    assert seen.chosen.veto is None


def test_a_pin_wins_over_an_older_rejection() -> None:
    decision = decide(track(), [], Corrections(track_id=TRACK_ID, pinned=PINNED, rejected={PINNED: "reported"}))
    assert decision.chosen is not None
    assert decision.chosen.candidate.video_id == PINNED


def test_a_rejected_video_is_never_chosen() -> None:
    candidates = [song(video_id=RIGHT), upload(video_id=OTHER)]
    decision = decide(track(), candidates, Corrections(track_id=TRACK_ID, rejected={RIGHT: "reported"}))
    assert decision.chosen is not None
    assert decision.chosen.candidate.video_id == OTHER
    assert decision.ranked[-1].veto == "rejected: reported"


def test_what_is_not_available_is_not_chosen() -> None:
    decision = decide(track(), [song(available=False)])
    assert decision.chosen is None
    assert decision.ranked[0].veto == "not available"


def test_a_translated_title_is_known_by_its_album_and_length() -> None:
    wanted = track("사건의 지평선", "윤하", album="END THEORY", seconds=300)
    right = song("Event Horizon", "YOUNHA", album="END THEORY", seconds=300, video_id=RIGHT)
    elsewhere = song("Another Sky", "YOUNHA", album="Another Sky", seconds=300, video_id=OTHER)
    decision = decide(wanted, [elsewhere, right])
    assert decision.chosen is not None
    assert decision.chosen.candidate.video_id == RIGHT


def test_two_songs_of_that_length_on_the_album_name_nothing() -> None:
    wanted = track("사건의 지평선", "윤하", album="END THEORY", seconds=300)
    first = song("Event Horizon", "YOUNHA", album="END THEORY", seconds=300, video_id=RIGHT)
    second = song("Black Hole", "YOUNHA", album="END THEORY", seconds=301, video_id=OTHER)
    assert decide(wanted, [first, second]).chosen is None


def test_an_album_named_after_its_song_names_nothing() -> None:
    wanted = track("사건의 지평선", "윤하", album="사건의 지평선", seconds=300)
    assert decide(wanted, [song("Event Horizon", "YOUNHA", album="사건의 지평선", seconds=300)]).chosen is None


def test_a_live_take_on_the_album_is_not_named_by_it() -> None:
    wanted = track("사건의 지평선", "윤하", album="END THEORY", seconds=300)
    assert decide(wanted, [song("Event Horizon (Live)", "YOUNHA", album="END THEORY", seconds=300)]).chosen is None


def test_between_equals_the_one_that_claims_no_remaster() -> None:
    plain = song(video_id=RIGHT, views=10)
    remaster = song("Northern Lights (2018 Remaster)", video_id=OTHER, views=900_000_000)
    decision = decide(track(), [remaster, plain])
    assert decision.chosen is not None
    assert decision.chosen.candidate.video_id == RIGHT
    alone = decide(track(), [remaster])
    assert alone.chosen is not None


def test_initials_are_a_possible_name() -> None:
    wanted = track("Evil Skies", "Electric Lantern Orchestra", album="Out of Town")
    decision = decide(wanted, [song("Evil Skies", "ELO", album="Out of Town", video_id=RIGHT)])
    assert decision.chosen is not None
    assert decide(wanted, [song("Evil Skies", "ELP", album="Out of Town", seconds=214)]).chosen is None


def test_an_artist_known_abroad_by_another_name() -> None:
    decision = decide(track("晴天", "周杰倫", album="葉惠美"), [song("晴天", "Jay Chou", album="Yeh Hui-Mei")])
    assert decision.chosen is not None
    assert "main artist" in {signal.name: signal.reason for signal in decision.chosen.signals}["artists"]
