"""Candidate by candidate until one is right; what was decided, and what was tried in vain, is put on record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from models.audio import MediaStream, StoredAudio
from models.errors import (
    AudioError,
    AudioMismatch,
    DatabaseUnavailable,
    MediaRefused,
    NoMatch,
    SourceError,
    VideoError,
)
from models.ids import RecordingKey, VideoId
from models.job import Job, Stage
from models.match import Corrections, MatchDecision, ScoredCandidate
from models.music import Track
from services.fulfil import Fulfilment
from services.library import AudioLibrary
from services.matching.record import on_record
from services.matching.search import find
from services.reporter import JobReporter
from services.source.base import CandidateSearch
from services.store.base import MatchStore

logger = logging.getLogger(__name__)

TRIES = 4
"""Candidates that are tried before the job gives up."""
LOOK_EVERY_S = 1.0
"""How often a running fetch looks whether somebody has corrected its video."""


class Overruled(Exception):
    """Somebody has corrected the track's video meanwhile: decide anew."""


class CandidateTrial:
    """One run's tries on one track, on behalf of one job."""

    def __init__(
        self,
        *,
        job: Job,
        track: Track,
        recording: RecordingKey,
        corrections: Corrections,
        matches: MatchStore,
        library: AudioLibrary,
        search: CandidateSearch,
        fulfilment: Fulfilment,
        report: JobReporter,
    ) -> None:
        self._job = job
        self._track = track
        self._recording = recording
        self._corrections = corrections
        self._matches = matches
        self._library = library
        self._search = search
        self._fulfilment = fulfilment
        self._report = report
        self._failed: dict[VideoId, str] = {}
        self._first_trouble: SourceError | AudioError | None = None

    async def run(self) -> StoredAudio:
        """The stored audio of the best candidate that is what it promised.

        Raises `Overruled` when the track is to be decided anew, `NoMatch`, the first candidate's trouble, or whatever
        no other candidate could help.
        """
        while True:
            self._report.stage(Stage.SEARCH)
            decision = await self._decide()
            for scored in worth_trying(decision)[: TRIES - len(self._failed)]:
                audio = await self._try(decision, scored)
                if audio is not None:
                    return audio
            # Of a pinned video somebody has said: this one and no other.
            if self._corrections.pinned is not None or len(self._failed) >= TRIES:
                trouble = self._first_trouble or NoMatch()
                await self._remember(decision, None, f"{decision.reason} It could not be had: {trouble.message}")
                raise trouble

    async def _decide(self) -> MatchDecision:
        """A decision with something to try, put on record; else raises why there is nothing.

        What was tried in vain counts as rejected for this run: the search goes on where it had stopped.
        """
        trouble = self._first_trouble
        try:
            decision = await find(self._track, self._search, with_rejected(self._corrections, self._failed))
        except SourceError as error:
            if trouble is not None:
                raise trouble from None
            if isinstance(error, NoMatch):
                await self._remember(MatchDecision(chosen=None, ranked=(), reason=error.message), None)
            raise
        if decision.chosen is not None:
            await self._remember(decision, decision.chosen)
            return decision
        if trouble is None:
            await self._remember(decision, None)
            raise NoMatch(decision.reason, candidates=len(decision.ranked))
        await self._remember(decision, None, f"{decision.reason} The best one could not be had: {trouble.message}")
        raise trouble

    async def _try(self, decision: MatchDecision, scored: ScoredCandidate) -> StoredAudio | None:
        """The candidate's audio, stored; `None` when another one must do."""
        video_id = scored.candidate.video_id
        try:
            audio, stream = await self._fulfil(scored)
        except (VideoError, MediaRefused, AudioError) as error:
            self._first_trouble = self._first_trouble or error
            self._failed[video_id] = error.code
            await self._learn(video_id, error)
            return None
        if scored is not decision.chosen:
            await self._remember(decision, scored, f"{decision.reason} It could not be had; the next best serves.")
        elif self._failed or not scored.candidate.title:
            await self._remember(decision, _completed(scored, stream))
        return audio

    async def _fulfil(self, scored: ScoredCandidate) -> tuple[StoredAudio, MediaStream | None]:
        """The stored audio and the stream it came from; given up as soon as somebody speaks against the video."""
        seen: MediaStream | None = None

        video_id = scored.candidate.video_id

        async def before_storing(stream: MediaStream) -> None:
            nonlocal seen
            if await self._is_overruled(video_id):
                raise Overruled
            seen = stream

        work = asyncio.create_task(
            self._fulfilment.fulfil(
                self._job,
                self._track,
                self._recording,
                scored,
                self._report,
                pinned=video_id == self._corrections.pinned,
                before_storing=before_storing,
            ),
            name=f"job:{self._job.id}:fulfil",
        )
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=LOOK_EVERY_S)
                # Storing is not interrupted half-way: what it leaves is looked at below.
                if not work.done() and seen is None and await self._seems_overruled(video_id) and seen is None:
                    raise Overruled
            audio = await work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        # A correction evicts what is stored once it is on record: one that came before this look finds this file
        # removed here, a later one removes it itself.
        if await self._is_overruled(video_id):
            await self._library.forget(audio)
            raise Overruled
        return audio, seen

    async def _is_overruled(self, video_id: VideoId) -> bool:
        """Whether the video may not be served any more, or is not the one asked for by hand any more."""
        now = await self._matches.corrections(self._track.id, self._track.recording_key)
        return now.pinned != self._corrections.pinned or not now.allows(video_id)

    async def _seems_overruled(self, video_id: VideoId) -> bool:
        try:
            return await self._is_overruled(video_id)
        except DatabaseUnavailable as error:
            # It is asked again before anything is stored.
            logger.warning("corrections_not_read", extra={"track_id": self._track.id, "cause": str(error)})
            return False

    async def _learn(self, video_id: VideoId, error: SourceError | AudioError) -> None:
        """Puts on record why a candidate failed; one whose sound is not the track's is never tried for it again."""
        logger.warning(
            "candidate_failed",
            extra={"track_id": self._track.id, "video_id": video_id, "code": error.code, "facts": error.facts},
        )
        # A pin is taken off by people only.
        if isinstance(error, AudioMismatch) and video_id != self._corrections.pinned:
            await self._matches.reject(self._track.id, video_id, error.code)

    async def _remember(
        self, decision: MatchDecision, chosen: ScoredCandidate | None, reason: str | None = None
    ) -> None:
        await self._matches.remember(
            on_record(
                decision,
                self._track,
                self._recording,
                datetime.now(UTC),
                failed=self._failed,
                chosen=chosen,
                reason=reason,
            )
        )


def worth_trying(decision: MatchDecision) -> list[ScoredCandidate]:
    """The chosen candidate, then those that would have been chosen without it."""
    return [scored for scored in decision.ranked if scored.veto is None][:TRIES]


def with_rejected(corrections: Corrections, tried: Mapping[VideoId, str]) -> Corrections:
    """The corrections with more videos rejected."""
    return replace(corrections, rejected={**corrections.rejected, **tried})


def _completed(scored: ScoredCandidate, stream: MediaStream | None) -> ScoredCandidate:
    """A pinned video that no search had shown, with what its extraction told."""
    if stream is None or scored.candidate.title:
        return scored
    known = replace(scored.candidate, title=stream.title or "", duration_s=stream.duration_s)
    return replace(scored, candidate=known)
