"""From one candidate to a finished file: extract, fetch, verify, tag, store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from models.audio import AudioFacts, AudioFormat, MediaStream, StoredAudio
from models.errors import StorageFailed, VideoFailed
from models.ids import RecordingKey, VideoId
from models.job import Job, Stage
from models.match import ScoredCandidate
from models.music import Track
from services.acoustid import RecordingCheck
from services.audio.arrival import Arrival, Arrivals
from services.audio.digest import digest
from services.audio.tags import write_tags
from services.audio.tagset import TagSet
from services.audio.verify import judge
from services.extras import ExtrasService, TrackExtras
from services.lengths import allowed_ms
from services.library import AudioLibrary
from services.reporter import JobReporter
from services.source.base import Extractor, FetchState, MediaFetcher
from services.source.live import LiveDirectory, LiveWriter
from services.storage.base import AudioStorage

logger = logging.getLogger(__name__)

PINNED_TOLERANCE_MS = 60_000
"""Somebody chose this video by hand: another length is no reason to doubt it, half a song is."""
AVAILABLE_WAIT_S = 60.0
"""The longest wait that a media server's "not yet" is obeyed for (it is the length of an advertisement)."""

BeforeStoring = Callable[[MediaStream], Awaitable[None]]
"""Called with the stream that was fetched and found right, just before the file is stored."""


class Fulfilment:
    """Turns a chosen video into a stored file, with listeners following while it arrives."""

    def __init__(
        self,
        *,
        extractor: Extractor,
        fetcher: MediaFetcher,
        arrivals: Arrivals,
        extras: ExtrasService,
        live: LiveDirectory,
        storage: AudioStorage,
        library: AudioLibrary,
        identity: RecordingCheck | None = None,
    ) -> None:
        self._extractor = extractor
        self._fetcher = fetcher
        self._arrivals = arrivals
        self._extras = extras
        self._live = live
        self._storage = storage
        self._library = library
        self._identity = identity

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
        """The stored file of this candidate; `before_storing` may raise to have it given up.

        Raises a `VideoError`, `MediaRefused` or `AudioError` when another candidate may do, else what went wrong.
        """
        report.stage(Stage.EXTRACT)
        video_id = scored.candidate.video_id
        stream = await self._extractor.extract(video_id, job.format)
        await self._until_available(stream, report)
        extras = asyncio.create_task(self._extras.gather(track), name=f"job:{job.id}:extras")
        work = await self._storage.work_folder(job.id)
        try:
            part, finished = work / f"{video_id}.{stream.extension}", work / job.name
            async with (
                LiveWriter(self._live, job.name) as listeners,
                self._arrivals.follow(part, finished, job.format) as arrival,
            ):
                await self._fetch(stream, job.format, part, report, listeners, arrival)
                report.stage(Stage.VERIFY)
                facts = await arrival.facts()
                judge(facts, track.duration_ms, tolerance_ms=_tolerance_ms(track, scored, pinned=pinned))
                if self._identity is not None and not pinned:
                    await self._identity.check(part, facts, track)
                report.stage(Stage.TAG)
                await arrival.finish()
                await write_tags(finished, job.format, _tags(track, video_id, facts, job.format, await extras))
                report.stage(Stage.STORE)
                await before_storing(stream)
                return await self._store(job, track, recording, scored, facts, finished)
        finally:
            extras.cancel()
            await asyncio.gather(extras, return_exceptions=True)
            await self._storage.discard(work)

    async def _fetch(
        self,
        stream: MediaStream,
        audio_format: AudioFormat,
        part: Path,
        report: JobReporter,
        listeners: LiveWriter,
        arrival: Arrival,
    ) -> None:
        report.stage(Stage.FETCH)
        await listeners.restart(part, stream.content_type)

        def arrived(state: FetchState) -> None:
            report.fetched(state)
            listeners.update(state.head, state.total)
            arrival.reach(state.head)

        async def renew() -> MediaStream:
            return await self._extractor.extract(stream.video_id, audio_format)

        await self._fetcher.fetch(stream, part, renew=renew, on_progress=arrived)
        arrival.end()
        await listeners.finish()

    async def _store(
        self,
        job: Job,
        track: Track,
        recording: RecordingKey,
        scored: ScoredCandidate,
        facts: AudioFacts,
        finished: Path,
    ) -> StoredAudio:
        size_bytes, sha256 = await digest(finished)
        if size_bytes == 0:
            raise StorageFailed(path=str(finished))
        audio = StoredAudio(
            recording_key=recording,
            format=job.format,
            name=job.name,
            track_id=track.id,
            track_ids=(track.id,),
            video_id=scored.candidate.video_id,
            size_bytes=size_bytes,
            sha256=sha256,
            duration_ms=facts.duration_ms,
            codec="mp3" if job.format is AudioFormat.MP3 else facts.codec,
            bitrate_bps=None if job.format.is_transcode else facts.bitrate_bps,
            transcoded=job.format.is_transcode,
            match_score=scored.score,
            match_confidence=scored.confidence,
            title=track.name,
            artists=tuple(artist.name for artist in track.artists),
            created_at=datetime.now(UTC),
            job_id=job.id,
        )
        await self._library.keep(finished, audio)
        return audio

    async def _until_available(self, stream: MediaStream, report: JobReporter) -> None:
        if stream.available_at is None:
            return
        wait_s = (stream.available_at - datetime.now(UTC)).total_seconds()
        if wait_s > AVAILABLE_WAIT_S:
            raise VideoFailed(available_in_s=round(wait_s))
        if wait_s > 0:
            report.stage(Stage.EXTRACT, f"YouTube releases the audio in {wait_s:.0f} s")
            await asyncio.sleep(wait_s)


def _tolerance_ms(track: Track, scored: ScoredCandidate, *, pinned: bool) -> int:
    if pinned:
        return PINNED_TOLERANCE_MS
    announced_s = scored.candidate.duration_s
    return allowed_ms(track.duration_ms, None if announced_s is None else announced_s * 1000)


def _tags(track: Track, video_id: VideoId, facts: AudioFacts, audio_format: AudioFormat, extras: TrackExtras) -> TagSet:
    lyrics = extras.lyrics
    return TagSet.of(
        track,
        video_id=video_id,
        facts=facts,
        audio_format=audio_format,
        album=extras.album,
        cover=extras.cover,
        lyrics=lyrics.plain if lyrics else None,
        synced_lyrics=lyrics.synced if lyrics else None,
    )
