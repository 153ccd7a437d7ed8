"""One job from a track id to a finished file: resolve, search, then candidate by candidate until one is right."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.audio import AudioFormat, StoredAudio
from models.errors import (
    AudioError,
    AudioSilent,
    AudioWrongLength,
    DatabaseUnavailable,
    MediaRefused,
    NoMatch,
    SourceError,
    TrackTooLong,
    VideoError,
)
from models.ids import RecordingKey, SpotifyId, VideoId
from models.job import Job, Stage
from models.match import Corrections, MatchDecision, ScoredCandidate
from models.music import Track
from services.fulfil import Fulfilment
from services.library import AudioLibrary
from services.matching.once import OnceAsked
from services.matching.search import find
from services.reporter import JobReporter
from services.resources import ResourceService
from services.run import LEASE_S, RecordingBusy
from services.source.base import CandidateSearch
from services.store.base import DownloadStore, MatchStore

logger = logging.getLogger(__name__)

TRIES = 4
"""Candidates that are tried before the job gives up."""
SAME_RECORDING_MS = 3_000
"""One ISRC, two lengths further apart than this: the label made a mistake, and they are two recordings."""


class DownloadPipeline:
    """Finds, fetches and keeps the audio of a job's track."""

    def __init__(
        self,
        *,
        resources: ResourceService,
        downloads: DownloadStore,
        matches: MatchStore,
        library: AudioLibrary,
        search: CandidateSearch,
        fulfilment: Fulfilment,
        max_duration_ms: int,
    ) -> None:
        self._resources = resources
        self._downloads = downloads
        self._matches = matches
        self._library = library
        self._search = search
        self._fulfilment = fulfilment
        self._max_duration_ms = max_duration_ms

    async def run(self, job: Job, owner: str, report: JobReporter) -> StoredAudio:
        """The finished audio; safe to repeat after a death at any point."""
        report.stage(Stage.RESOLVE)
        known = await self._library.by_track(job.track_id, job.format)
        if known is not None:
            report.describe(known.title, known.artists)
            return known
        track = await self._resources.track(job.track_id)
        report.describe(track.name, tuple(artist.name for artist in track.artists))
        if track.duration_ms > self._max_duration_ms:
            raise TrackTooLong
        recording = await self._recording_of(track, job.format)
        async with self._claimed(recording, job.format, owner):
            shared = await self._library.by_recording(recording, job.format)
            if shared is not None:
                await self._downloads.add_track(shared, track.id)
                return shared
            return await self._make(job, track, recording, report)

    async def _make(self, job: Job, track: Track, recording: RecordingKey, report: JobReporter) -> StoredAudio:
        report.stage(Stage.SEARCH)
        corrections = await self._matches.corrections(track.id)
        asked = OnceAsked(self._search)
        tried: dict[VideoId, str] = {}
        first_trouble: SourceError | AudioError | None = None
        while len(tried) < TRIES:
            # What was tried in vain counts as rejected for this run: the search goes on where it had stopped.
            decision = await self._decide(track, asked, with_rejected(corrections, tried), first_trouble)
            if decision is None:
                break
            for scored in worth_trying(decision)[: TRIES - len(tried)]:
                video_id = scored.candidate.video_id
                try:
                    return await self._fulfilment.fulfil(
                        job, track, recording, scored, report, pinned=video_id == corrections.pinned
                    )
                except (VideoError, MediaRefused, AudioError) as error:
                    first_trouble = first_trouble or error
                    tried[video_id] = error.code
                    await self._learn(track.id, scored, error)
            if corrections.pinned is not None:
                # Somebody asked for this video and no other.
                break
            report.stage(Stage.SEARCH)
        raise first_trouble or NoMatch()

    async def _decide(
        self, track: Track, search: CandidateSearch, corrections: Corrections, trouble: SourceError | AudioError | None
    ) -> MatchDecision | None:
        """A decision with something to try; `None` when nothing is left and `trouble` tells why. Raises `NoMatch`."""
        try:
            decision = await find(track, search, corrections)
        except SourceError:
            if trouble is None:
                raise
            return None
        if decision.chosen is None:
            if trouble is None:
                raise NoMatch(decision.reason, candidates=len(decision.ranked))
            return None
        return decision

    async def _learn(self, track_id: SpotifyId, scored: ScoredCandidate, error: SourceError | AudioError) -> None:
        """Puts on record why a candidate failed; one whose sound is not the track's is never tried for it again."""
        video_id = scored.candidate.video_id
        logger.warning(
            "candidate_failed",
            extra={"track_id": track_id, "video_id": video_id, "code": error.code, "facts": error.facts},
        )
        if isinstance(error, AudioWrongLength | AudioSilent):
            await self._matches.reject(track_id, video_id, error.code)

    async def _recording_of(self, track: Track, audio_format: AudioFormat) -> RecordingKey:
        """The key under which the recording is kept; a file of another length under the same ISRC is not shared."""
        shared = await self._downloads.by_recording(track.recording_key, audio_format)
        if shared is not None and abs(shared.duration_ms - track.duration_ms) > SAME_RECORDING_MS:
            logger.warning("isrc_of_two_recordings", extra={"isrc": track.isrc, "track_id": track.id})
            return RecordingKey(f"track-{track.id}")
        return track.recording_key

    @asynccontextmanager
    async def _claimed(self, recording: RecordingKey, audio_format: AudioFormat, owner: str) -> AsyncIterator[None]:
        """Makes this run the only one that fetches the recording; raises `RecordingBusy` when another does."""
        if not await self._downloads.claim(recording, audio_format, owner, _claim_end()):
            raise RecordingBusy
        keeper = asyncio.create_task(self._keep_claim(recording, audio_format, owner), name=f"claim:{recording}")
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await self._downloads.release(recording, audio_format, owner)

    async def _keep_claim(self, recording: RecordingKey, audio_format: AudioFormat, owner: str) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 4)
            try:
                await self._downloads.claim(recording, audio_format, owner, _claim_end())
            except DatabaseUnavailable as error:
                logger.warning("claim_not_renewed", extra={"recording": recording, "cause": str(error)})


def worth_trying(decision: MatchDecision) -> list[ScoredCandidate]:
    """The chosen candidate, then those that would have been chosen without it."""
    return [scored for scored in decision.ranked if scored.veto is None][:TRIES]


def with_rejected(corrections: Corrections, tried: Mapping[VideoId, str]) -> Corrections:
    """The corrections with more videos rejected."""
    return replace(corrections, rejected={**corrections.rejected, **tried})


def _claim_end() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=LEASE_S)
