"""One job from a track id to a finished file: resolve, share what is there, else search and fetch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from models.audio import AudioFormat, StoredAudio
from models.errors import DatabaseUnavailable, TrackTooLong
from models.ids import RecordingKey, own_key
from models.job import Job, Stage
from models.match import Corrections
from models.music import Track
from services.fulfil import Fulfilment
from services.library import AudioLibrary
from services.matching.once import OnceAsked
from services.reporter import JobReporter
from services.resources import ResourceService
from services.run import LEASE_S, RecordingBusy
from services.source.base import CandidateSearch
from services.store.base import DownloadStore, MatchStore
from services.trial import CandidateTrial, Overruled

logger = logging.getLogger(__name__)

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
        search = OnceAsked(self._search)
        while True:
            try:
                return await self._run(job, owner, report, search)
            except Overruled:
                logger.info("decided_anew", extra={"track_id": job.track_id, "job_id": job.id})

    async def _run(self, job: Job, owner: str, report: JobReporter, search: CandidateSearch) -> StoredAudio:
        known = await self._library.by_track(job.track_id, job.format)
        if known is not None:
            if (await self._matches.corrections(job.track_id)).allows(known.video_id):
                report.describe(known.title, known.artists)
                return known
            # Whoever corrected it died before the file was removed.
            await self._library.release(known, job.track_id)
        track = await self._resources.track(job.track_id)
        report.describe(track.name, tuple(artist.name for artist in track.artists))
        if track.duration_ms > self._max_duration_ms:
            raise TrackTooLong
        corrections = await self._matches.corrections(track.id, track.recording_key)
        recording = await self._recording_of(track, job.format, corrections)
        async with self._claimed(recording, job.format, owner):
            shared = await self._library.by_recording(recording, job.format)
            if shared is not None and corrections.allows(shared.video_id):
                await self._downloads.add_track(shared, track.id)
                return shared
            if shared is not None:
                if recording != own_key(track.id):
                    # It came in between, and is right for other tracks of the recording: this one takes its own key.
                    raise Overruled
                await self._library.forget(shared)
            trial = CandidateTrial(
                job=job,
                track=track,
                recording=recording,
                corrections=corrections,
                matches=self._matches,
                library=self._library,
                search=search,
                fulfilment=self._fulfilment,
                report=report,
            )
            return await trial.run()

    async def _recording_of(self, track: Track, audio_format: AudioFormat, corrections: Corrections) -> RecordingKey:
        """The key under which the recording is kept.

        A track with a pinned video has a file of its own, and so has one that may not be served the file of its
        recording, or whose ISRC stands for another one as well.
        """
        own = own_key(track.id)
        if corrections.pinned is not None or own == track.recording_key:
            return own
        shared = await self._downloads.by_recording(track.recording_key, audio_format)
        if shared is not None and abs(shared.duration_ms - track.duration_ms) > SAME_RECORDING_MS:
            logger.warning("isrc_of_two_recordings", extra={"isrc": track.isrc, "track_id": track.id})
            return own
        return own if shared is not None and not corrections.allows(shared.video_id) else track.recording_key

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


def _claim_end() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=LEASE_S)
