"""A correction that comes at the worst moment of a run: what it rules out is not served.

Real stores and storage; in place of YouTube and ffmpeg stands a fulfilment that writes a tiny file, and calls the test
at the moment it asks for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.audio import AudioFormat, MediaStream, StoredAudio, job_id, media_name
from models.errors import AudioSilent, AudioWrongLength, MusicError, NoMatch, VideoPrivate
from models.ids import DurationMs, RecordingKey, VideoId
from models.job import Job, JobState
from models.match import Candidate, Corrections, QueryKind, ScoredCandidate, Shelf
from models.music import Track
from services.broker.memory import MemoryBroker
from services.fulfil import BeforeStoring
from services.library import AudioLibrary
from services.reporter import JobReporter
from services.storage.local import LocalStorage
from services.store.downloads import MongoDownloadStore
from services.store.jobs import MongoJobStore
from services.store.matches import MongoMatchStore
from services.store.mongo import MongoDatabase
from services.trial import CandidateTrial, Overruled
from tests.matching.support import TRACK_ID, song, track, upload

BEST, SECOND, THIRD = (VideoId(f"video{number:06d}") for number in range(3))
TRACK = track(isrc="GBAAA0000001")
KEY = RecordingKey("isrc-GBAAA0000001")
Moment = Callable[[], Awaitable[None]]


class Shelves:
    """A `CandidateSearch` that shows the same three candidates everywhere."""

    def __init__(self, *candidates: Candidate) -> None:
        self._candidates = candidates

    async def search(self, query: str, shelf: Shelf, kind: QueryKind, limit: int) -> list[Candidate]:
        return list(self._candidates) if shelf is Shelf.SONGS else []


@dataclass
class TinyFulfilment:
    """Stands where `Fulfilment` does."""

    library: AudioLibrary
    folder: Path
    failing: dict[VideoId, MusicError] = field(default_factory=dict)
    fetching: Moment | None = None
    """Awaited while the first candidate is being fetched."""
    stored: Moment | None = None
    """Awaited when the first candidate has just been stored."""
    tried: list[VideoId] = field(default_factory=list)

    async def fulfil(
        self,
        job: Job,
        track: Track,
        recording: RecordingKey,
        scored: ScoredCandidate,
        report: JobReporter,
        *,
        pinned: bool,
        before_storing: BeforeStoring,
    ) -> StoredAudio:
        video_id = scored.candidate.video_id
        self.tried.append(video_id)
        if self.fetching is not None:
            moment, self.fetching = self.fetching, None
            await moment()
        if video_id in self.failing:
            raise self.failing[video_id]
        await before_storing(
            MediaStream(video_id=video_id, url="https://media.example/x", extension="m4a", codec="aac", title="Seen")
        )
        part = self.folder / "part"
        part.write_bytes(video_id.encode())
        audio = StoredAudio(
            recording_key=recording,
            format=job.format,
            name=job.name,
            track_id=track.id,
            track_ids=(track.id,),
            video_id=video_id,
            size_bytes=11,
            sha256="0" * 64,
            duration_ms=DurationMs(200_000),
            codec="aac",
            bitrate_bps=128_000,
            transcoded=False,
            match_score=scored.score,
            match_confidence=scored.confidence,
            title=track.name,
            artists=(),
            created_at=datetime.now(UTC),
            job_id=job.id,
        )
        await self.library.keep(part, audio)
        if self.stored is not None:
            moment, self.stored = self.stored, None
            await moment()
        return audio


@dataclass
class Bench:
    matches: MongoMatchStore
    library: AudioLibrary
    fulfilment: TinyFulfilment
    report: JobReporter
    job: Job

    async def run(self, *candidates: Candidate) -> StoredAudio:
        """One run, as the pipeline starts it."""
        shown = candidates or (
            song(video_id=BEST),
            song(video_id=SECOND, album="Another"),
            upload(video_id=THIRD, channel="Ada Holm"),
        )
        return await CandidateTrial(
            job=self.job,
            track=TRACK,
            recording=KEY,
            corrections=await self.matches.corrections(TRACK.id, KEY),
            matches=self.matches,
            library=self.library,
            search=Shelves(*shown),
            fulfilment=self.fulfilment,  # type: ignore[arg-type]
            report=self.report,
        ).run()

    async def kept(self) -> StoredAudio | None:
        return await self.library.by_track(TRACK_ID, AudioFormat.M4A)


@pytest.fixture
async def bench(database: MongoDatabase, tmp_path: Path) -> Bench:
    storage = LocalStorage(tmp_path / "home")
    await storage.prepare()
    library = AudioLibrary(downloads=MongoDownloadStore(database), storage=storage)
    now = datetime.now(UTC)
    job = Job(
        id=job_id(TRACK_ID, AudioFormat.M4A),
        track_id=TRACK_ID,
        format=AudioFormat.M4A,
        name=media_name(TRACK_ID, AudioFormat.M4A),
        state=JobState.RUNNING,
        seq=1,
        created_at=now,
        updated_at=now,
    )
    report = JobReporter(job, owner="test", jobs=MongoJobStore(database), broker=MemoryBroker())
    return Bench(
        matches=MongoMatchStore(database),
        library=library,
        fulfilment=TinyFulfilment(library, tmp_path),
        report=report,
        job=job,
    )


@pytest.mark.parametrize("moment", ["fetching", "stored"])
@pytest.mark.parametrize("said", ["reported", "reported for the recording", "another pinned"])
async def test_a_correction_at_the_worst_moment_is_obeyed(bench: Bench, moment: str, said: str) -> None:
    async def correct() -> None:
        if said == "another pinned":
            await bench.matches.pin(TRACK_ID, THIRD)
        elif said == "reported":
            await bench.matches.reject(TRACK_ID, BEST, "reported")
        else:
            await bench.matches.reject_recording(KEY, BEST, "reported")

    setattr(bench.fulfilment, moment, correct)
    with pytest.raises(Overruled):
        await bench.run()
    assert await bench.kept() is None
    audio = await bench.run()
    assert audio.video_id == (THIRD if said == "another pinned" else SECOND)
    kept = await bench.kept()
    assert kept is not None
    assert kept.video_id == audio.video_id


async def test_an_unpinned_video_is_not_served_for_having_been_pinned(bench: Bench) -> None:
    await bench.matches.pin(TRACK_ID, THIRD)

    async def unpin() -> None:
        await bench.matches.unpin(TRACK_ID)

    bench.fulfilment.fetching = unpin
    with pytest.raises(Overruled):
        await bench.run()
    assert (await bench.run()).video_id == BEST


async def test_a_correction_of_another_video_disturbs_nobody(bench: Bench) -> None:
    async def correct() -> None:
        await bench.matches.reject(TRACK_ID, SECOND, "reported")

    bench.fulfilment.fetching = correct
    assert (await bench.run()).video_id == BEST


async def test_what_verification_finds_is_remembered_for_ever(bench: Bench) -> None:
    bench.fulfilment.failing = {BEST: AudioWrongLength(), SECOND: VideoPrivate()}
    assert (await bench.run()).video_id == THIRD
    known = await bench.matches.explanation(TRACK_ID)
    assert known.corrections.rejected == {BEST: "audio_wrong_length"}
    assert known.decision is not None
    assert known.decision.chosen is not None
    assert known.decision.chosen.candidate.video_id == THIRD
    assert {other.candidate.video_id: other.veto for other in known.decision.runners_up} == {
        BEST: "tried in vain: audio_wrong_length",
        SECOND: "tried in vain: video_private",
    }
    bench.fulfilment.tried.clear()
    bench.fulfilment.failing = {}
    assert (await bench.run()).video_id == SECOND
    assert bench.fulfilment.tried == [SECOND]


async def test_a_pinned_video_that_fails_stays_pinned_and_nothing_else_is_tried(bench: Bench) -> None:
    await bench.matches.pin(TRACK_ID, BEST)
    bench.fulfilment.failing = {BEST: AudioSilent()}
    with pytest.raises(AudioSilent):
        await bench.run()
    assert bench.fulfilment.tried == [BEST]
    known = await bench.matches.explanation(TRACK_ID)
    assert (known.corrections.pinned, known.corrections.rejected) == (BEST, {})
    assert known.decision is not None
    assert known.decision.chosen is None
    assert "silence" in known.decision.reason


async def test_a_pinned_video_that_no_search_showed_gets_its_name_from_youtube(bench: Bench) -> None:
    await bench.matches.pin(TRACK_ID, BEST)
    await bench.run()
    known = await bench.matches.explanation(TRACK_ID)
    assert known.decision is not None
    assert known.decision.chosen is not None
    assert known.decision.chosen.candidate.title == "Seen"


async def test_a_refusal_is_on_record_with_its_runners_up(bench: Bench) -> None:
    with pytest.raises(NoMatch):
        await bench.run(song("Something Else", video_id=BEST))
    known = await bench.matches.explanation(TRACK_ID)
    assert known.decision is not None
    assert (known.decision.chosen, len(known.decision.runners_up)) == (None, 1)


async def test_empty_shelves_leave_a_record_that_says_so(bench: Bench) -> None:
    with pytest.raises(NoMatch) as raised:
        await CandidateTrial(
            job=bench.job,
            track=TRACK,
            recording=KEY,
            corrections=Corrections(track_id=TRACK_ID),
            matches=bench.matches,
            library=bench.library,
            search=Shelves(),
            fulfilment=bench.fulfilment,  # type: ignore[arg-type]
            report=bench.report,
        ).run()
    assert raised.value.retryable
    known = await bench.matches.explanation(TRACK_ID)
    assert known.decision is not None
    assert known.decision.reason == "YouTube's search found nothing at all."
