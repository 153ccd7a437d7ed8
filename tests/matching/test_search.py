"""Asking the shelves: only as far as needed, through failures, and merging what they show."""

from __future__ import annotations

import pytest

from models.errors import BotCheck, NoMatch, SourceFailed, SourceTimeout
from models.ids import VideoId
from models.match import Candidate, Corrections, Finding, QueryKind, Shelf
from services.matching.search import find
from tests.matching.support import TRACK_ID, song, track, upload

Key = tuple[Shelf, QueryKind]
SONGS, ISRC = (Shelf.SONGS, QueryKind.TITLE), (Shelf.SONGS, QueryKind.ISRC)
VIDEOS, YOUTUBE = (Shelf.VIDEOS, QueryKind.TITLE), (Shelf.YOUTUBE, QueryKind.TITLE)
ISRC_TRACK = track(isrc="NOABC2100001")


class Shelves:
    """A `CandidateSearch` over prepared answers; an exception among them is raised."""

    def __init__(self, answers: dict[Key, list[Candidate] | Exception]) -> None:
        self.answers = answers
        self.asked: list[Key] = []
        self.queries: list[str] = []

    async def search(self, query: str, shelf: Shelf, kind: QueryKind, limit: int) -> list[Candidate]:
        self.asked.append((shelf, kind))
        self.queries.append(query)
        answer = self.answers.get((shelf, kind), [])
        if isinstance(answer, Exception):
            raise answer
        return answer[:limit]


async def test_a_sure_song_ends_the_search() -> None:
    shelves = Shelves({SONGS: [song()]})
    decision = await find(ISRC_TRACK, shelves)
    assert decision.chosen is not None
    assert sorted(shelves.asked) == sorted([SONGS, ISRC])
    assert "NO ABC2100001" in shelves.queries


async def test_an_unsure_find_is_kept_while_the_search_goes_on() -> None:
    shelves = Shelves({YOUTUBE: [upload()]})
    decision = await find(track(), shelves)
    assert decision.chosen is not None
    assert shelves.asked[:3] == [SONGS, VIDEOS, YOUTUBE]


async def test_each_round_is_announced() -> None:
    rounds: list[list[Shelf]] = []
    await find(
        track(),
        Shelves({VIDEOS: [song(video_id=VideoId("videovideov"))]}),
        on_step=lambda steps: rounds.append([step.shelf for step in steps]),
    )
    assert rounds == [[Shelf.SONGS], [Shelf.VIDEOS]]


async def test_a_failing_shelf_is_survived_and_told() -> None:
    shelves = Shelves({SONGS: SourceTimeout(stage="search"), VIDEOS: [song()]})
    decision = await find(track(), shelves)
    assert decision.chosen is not None
    assert "youtube_timeout" in decision.reason
    assert shelves.asked == [SONGS, VIDEOS]


async def test_a_failing_shelf_is_not_asked_again() -> None:
    shelves = Shelves({SONGS: SourceFailed(), YOUTUBE: [upload("Ada Holm - Northern Lights (Of Home)")]})
    await find(track("Northern Lights (Of Home)"), shelves)
    assert shelves.queries[-1] == "Ada Holm Northern Lights"
    assert shelves.asked.count(SONGS) == 1


async def test_nothing_learnt_is_not_no_match() -> None:
    shelves = Shelves({SONGS: SourceTimeout(), VIDEOS: SourceFailed(), YOUTUBE: SourceFailed()})
    with pytest.raises(SourceTimeout):
        await find(track(), shelves)


async def test_no_match_beside_a_failure_is_the_failure() -> None:
    shelves = Shelves({SONGS: [song("Something Else")], YOUTUBE: SourceTimeout()})
    with pytest.raises(SourceTimeout):
        await find(track(), shelves)


async def test_a_block_ends_the_search_at_once() -> None:
    shelves = Shelves({SONGS: BotCheck()})
    with pytest.raises(BotCheck):
        await find(track(), shelves)
    assert shelves.asked == [SONGS]


async def test_empty_shelves_are_worth_a_retry() -> None:
    with pytest.raises(NoMatch) as raised:
        await find(track(), Shelves({}))
    assert raised.value.retryable


async def test_candidates_that_do_not_fit_are_a_refusal_with_runners_up() -> None:
    decision = await find(track(), Shelves({SONGS: [song("Something Else")]}))
    assert decision.chosen is None
    assert len(decision.ranked) == 1


async def test_a_pin_asks_nothing() -> None:
    shelves = Shelves({SONGS: [song()]})
    decision = await find(track(), shelves, Corrections(track_id=TRACK_ID, pinned=VideoId("pinnedpinne")))
    assert decision.chosen is not None
    assert decision.chosen.candidate.video_id == "pinnedpinne"
    assert shelves.asked == []


async def test_a_rejected_video_makes_it_search_on() -> None:
    shelves = Shelves({SONGS: [song()], VIDEOS: [song(video_id=VideoId("videovideov"), is_song=False)]})
    decision = await find(
        track(), shelves, Corrections(track_id=TRACK_ID, rejected={VideoId("songsongson"): "reported"})
    )
    assert decision.chosen is not None
    assert decision.chosen.candidate.video_id == "videovideov"


async def test_one_video_of_two_shelves_is_one_candidate() -> None:
    by_isrc = Finding(shelf=Shelf.SONGS, query_kind=QueryKind.ISRC, rank=0)
    shelves = Shelves({SONGS: [song(album=None, views=5)], ISRC: [song(views=7, explicit=False, found_in=(by_isrc,))]})
    decision = await find(ISRC_TRACK, shelves)
    assert len(decision.ranked) == 1
    merged = decision.ranked[0].candidate
    assert (merged.album, merged.views, merged.explicit) == ("Aurora", 7, False)
    assert {finding.query_kind for finding in merged.found_in} == {QueryKind.TITLE, QueryKind.ISRC}
