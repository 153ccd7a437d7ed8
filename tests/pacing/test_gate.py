"""Turns, and search and extraction behind the gate."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from models.audio import AudioFormat, MediaStream
from models.errors import BotCheck, MusicError, SessionLimited, SourceRateLimited, VideoRemoved
from models.ids import VideoId
from models.job import RetryPolicy
from models.match import Candidate, QueryKind, Shelf
from services.cache.base import Cache
from services.cache.memory import MemoryCache
from services.cache.redis import RedisCache
from services.pacing import Breaker, PacedExtractor, PacedSearch, Turns, YouTubeGate
from tests.pacing.clock import Clock
from tests.support.redis_server import RedisServer

VIDEO = VideoId("bH9BWQFvhsg")
STREAM = MediaStream(
    video_id=VIDEO, url="https://media.example/1", headers={}, extension="m4a", codec="aac", bitrate_bps=128_000,
    size_bytes=1000, duration_s=10.0, title="A", available_at=None, warnings=(),
)  # fmt: skip


class Source:
    """Answers, or fails as scripted; counts what it was asked."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.trouble: dict[str, MusicError] = {}
        self.asked: list[str] = []
        self.at: list[float] = []
        self._clock = clock

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self._clock is not None:
            self.at.append(self._clock())
        if what in self.trouble:
            raise self.trouble[what]

    async def search(self, query: str, shelf: Shelf, kind: QueryKind, limit: int) -> list[Candidate]:
        self._ask(shelf.value)
        return []

    async def extract(self, video_id: VideoId, audio_format: AudioFormat) -> MediaStream:
        self._ask("extract")
        return STREAM


def gate_over(cache: Cache, clock: Clock, interval_s: float = 0.0) -> YouTubeGate:
    return YouTubeGate(
        music=Breaker(name="music", cache=cache, clock=clock, sleep=clock.sleep),
        videos=Breaker(name="videos", cache=cache, clock=clock, sleep=clock.sleep),
        turns=Turns(interval_s=interval_s, cache=cache, key="turn", clock=clock, sleep=clock.sleep),
    )


class House:
    def __init__(self, interval_s: float = 0.0) -> None:
        self.clock = Clock()
        self.cache = MemoryCache(100_000, clock=self.clock)
        self.source = Source(self.clock)
        self.gate = gate_over(self.cache, self.clock, interval_s)
        self._search = PacedSearch(self.source, gate=self.gate)
        self._extractor = PacedExtractor(self.source, gate=self.gate)

    async def search(self, shelf: Shelf) -> list[Candidate]:
        return await self._search.search("a", shelf, QueryKind.TITLE, 5)

    async def extract(self) -> MediaStream:
        return await self._extractor.extract(VIDEO, AudioFormat.M4A)


async def test_answers_and_errors_pass_through() -> None:
    house = House()
    assert await house.search(Shelf.SONGS) == []
    assert await house.extract() is STREAM
    house.source.trouble["extract"] = VideoRemoved()
    with pytest.raises(VideoRemoved):
        await house.extract()
    assert house.source.asked == ["songs", "extract", "extract"]
    assert await house.gate.facts() == {"blocked_until": None, "blocked_by": None}


async def test_a_refused_extraction_stops_extractions_and_every_search() -> None:
    house = House()
    house.source.trouble["extract"] = SessionLimited()
    with pytest.raises(SessionLimited) as caught:
        await house.extract()
    assert caught.value.retry_after_s == 900
    house.source.asked.clear()
    with pytest.raises(SessionLimited):
        await house.extract()
    for shelf in Shelf:
        with pytest.raises(SessionLimited) as told:
            await house.search(shelf)
        assert told.value.stage == "search"
    assert house.source.asked == []
    facts = await house.gate.facts()
    assert facts == {"blocked_until": "2023-11-14T22:28:20+00:00", "blocked_by": "youtube_session_limited"}
    assert house.gate.stats().videos.refused == 1 + len(list(Shelf))


async def test_a_refused_search_for_songs_leaves_the_rest_alone() -> None:
    house = House()
    house.source.trouble["songs"] = SourceRateLimited()
    with pytest.raises(SourceRateLimited):
        await house.search(Shelf.SONGS)
    with pytest.raises(SourceRateLimited):
        await house.search(Shelf.VIDEOS)
    await house.search(Shelf.YOUTUBE)
    await house.extract()
    assert house.source.asked == ["songs", "youtube", "extract"]
    assert (await house.gate.facts())["blocked_by"] == "youtube_rate_limited"


async def test_what_the_gate_says_decides_whether_a_job_waits_or_ends() -> None:
    """A pause that the retry policy can wait for is waited for; a longer one ends the job, and says when."""
    house = House()
    policy = RetryPolicy()
    house.source.trouble["extract"] = BotCheck()
    with pytest.raises(BotCheck) as caught:
        await house.extract()
    decision = policy.decide(caught.value, 1, 0.5)
    assert decision is not None
    assert decision.delay_s >= 300
    house.clock.now += decision.delay_s
    with pytest.raises(BotCheck) as caught:
        await house.extract()
    assert caught.value.retry_after_s == 600
    assert policy.decide(caught.value, 2, 0.5) is None


async def test_extractions_keep_their_distance() -> None:
    house = House(interval_s=2.0)
    await asyncio.gather(*(house.extract() for _ in range(4)))
    begun = house.source.at
    assert [later - earlier for earlier, later in itertools.pairwise(begun)] == [2.0, 2.0, 2.0]
    assert house.gate.stats().waited_s >= 6.0
    # Searches do not wait, nor does the first extraction after a pause.
    house.clock.now += 100
    before = house.clock.now
    await house.search(Shelf.SONGS)
    await house.extract()
    assert house.clock.now == before


async def test_one_who_gives_up_in_the_line_costs_no_turn() -> None:
    house = House(interval_s=2.0)
    await house.extract()
    house.clock.hold()
    leaving = asyncio.create_task(house.extract())
    staying = asyncio.create_task(house.extract())
    for _ in range(10):
        await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    house.clock.let_go()
    await staying
    assert house.source.at[1] - house.source.at[0] == 2.0


async def test_replicas_share_turns_and_refusals_through_a_real_redis(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.start()
    caches = [RedisCache(server.url, prefix="t:", timeout_s=30) for _ in range(2)]
    try:
        sources = [Source(), Source()]
        gates = [YouTubeGate.over(cache, min_interval_s=0.2) for cache in caches]
        extractors = [PacedExtractor(source, gate=gate) for source, gate in zip(sources, gates, strict=True)]
        begun = asyncio.get_running_loop().time()
        await asyncio.gather(*(each.extract(VIDEO, AudioFormat.M4A) for each in extractors * 3))
        assert asyncio.get_running_loop().time() - begun >= 0.2 * 5
        sources[0].trouble["extract"] = SessionLimited()
        with pytest.raises(SessionLimited):
            await extractors[0].extract(VIDEO, AudioFormat.M4A)
        asked = len(sources[1].asked)
        with pytest.raises(SessionLimited):
            await extractors[1].extract(VIDEO, AudioFormat.M4A)
        assert len(sources[1].asked) == asked
        assert (await gates[1].facts())["blocked_by"] == "youtube_session_limited"
        # Redis gone: what is known stays obeyed, and nobody waits for it.
        server.kill()
        with pytest.raises(SessionLimited):
            await extractors[1].extract(VIDEO, AudioFormat.M4A)
    finally:
        for cache in caches:
            await cache.close()
        server.kill()
