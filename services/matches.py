"""Why this video, and what people say of it: explanations, pins, reports."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from models.audio import AudioFormat, StoredAudio, job_id
from models.errors import MatchUnknown, NoAlternative
from models.ids import RecordingKey, SpotifyId, VideoId, own_key
from models.job import JobState
from models.match import Candidate, Corrections, DecisionRecord, ScoredCandidate
from models.progress import ProgressEvent
from services.broker.base import Broker
from services.downloads import DownloadService
from services.library import AudioLibrary
from services.matching.record import Verdict, in_the_light_of
from services.metadata import MetadataService
from services.store.base import JobStore, MatchStore

logger = logging.getLogger(__name__)

REPORTED = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackMatch:
    """How the matter of a track's video stands."""

    track_id: SpotifyId
    verdict: Verdict
    decision: DecisionRecord | None
    """The decision that the verdict is about; that of another track of the recording when its file is shared."""
    corrections: Corrections
    files: tuple[StoredAudio, ...]
    """What serves the track now, one for each format."""


class MatchService:
    """Explains and corrects.

    A correction is on record before anything is evicted, and whoever stores a file looks at the record afterwards: what
    a person has ruled out is not served, whatever runs meanwhile.
    """

    def __init__(
        self,
        *,
        matches: MatchStore,
        library: AudioLibrary,
        jobs: JobStore,
        broker: Broker,
        downloads: DownloadService,
        metadata: MetadataService,
    ) -> None:
        self._matches = matches
        self._library = library
        self._jobs = jobs
        self._broker = broker
        self._downloads = downloads
        self._metadata = metadata

    async def explain(self, track_id: SpotifyId) -> TrackMatch:
        """The last decision in the light of what was said since. Raises `MatchUnknown` when there is nothing at all."""
        known = await self._matches.explanation(track_id)
        files = await self._files(track_id)
        decision = known.decision
        if files and not any(_is_of(decision, audio) for audio in files):
            decision = await self._decision_of(files[0])
        said = known.corrections
        if decision is None and said.pinned is None and not said.rejected:
            raise MatchUnknown
        return TrackMatch(
            track_id=track_id,
            verdict=in_the_light_of(decision, said),
            decision=decision,
            corrections=said,
            files=files,
        )

    async def pin(self, track_id: SpotifyId, video_id: VideoId) -> TrackMatch:
        """Makes this video serve the track, and no other; audio of another one is evicted. May be repeated safely.

        Other tracks of the recording keep their file: a pin is somebody's wish for this track.
        """
        await self._matches.pin(track_id, video_id)
        files = await self._files(track_id)
        await self._release(track_id, [audio for audio in files if audio.video_id != video_id])
        logger.info("video_pinned", extra={"track_id": track_id, "video_id": video_id})
        return await self.explain(track_id)

    async def unpin(self, track_id: SpotifyId) -> TrackMatch:
        """Leaves the choice to the server again; the pinned video's audio is evicted.

        Raises `NoAlternative` when there is no pin.
        """
        if not await self._matches.unpin(track_id):
            raise NoAlternative("No video is pinned for this track.")
        files = await self._files(track_id)
        await self._release(track_id, [audio for audio in files if audio.recording_key == own_key(track_id)])
        logger.info("video_unpinned", extra={"track_id": track_id})
        return await self.explain(track_id)

    async def report(self, track_id: SpotifyId, reason: str | None) -> TrackMatch:
        """Never again the video that serves the track now, or that is chosen to; its audio is evicted.

        It is the recording that is wrong: the same holds for every track that shares the file or its ISRC, but for one
        that the video is pinned for. Raises `NoAlternative` when there is no such video.
        """
        known = await self._matches.explanation(track_id)
        files = await self._files(track_id)
        videos = {audio.video_id for audio in files}
        recordings = {audio.recording_key for audio in files}
        if not files:
            chosen = in_the_light_of(known.decision, known.corrections).chosen
            if chosen is None:
                raise NoAlternative("There is no video to report for this track.")
            videos = {chosen.candidate.video_id}
        if known.decision is not None:
            recordings.add(known.decision.recording_key)
        wrong = await self._files_of(recordings, videos)
        why = f"{REPORTED}: {reason}" if reason else REPORTED
        for video_id in videos:
            await self._matches.reject(track_id, video_id, why)
            for recording in recordings:
                if recording.startswith("isrc-"):
                    await self._matches.reject_recording(recording, video_id, why)
        for audio in wrong:
            for sibling in audio.track_ids:
                if sibling != track_id and (await self._matches.corrections(sibling)).pinned != audio.video_id:
                    await self._matches.reject(sibling, audio.video_id, why)
        for audio in wrong:
            await self._library.forget(audio)
        await self._tell({track_id, *(sibling for audio in wrong for sibling in audio.track_ids)})
        logger.info("video_reported", extra={"track_id": track_id, "video_ids": sorted(videos), "reason": reason})
        return await self.explain(track_id)

    async def _files(self, track_id: SpotifyId) -> tuple[StoredAudio, ...]:
        found = [await self._library.by_track(track_id, audio_format) for audio_format in AudioFormat]
        return tuple(audio for audio in found if audio is not None)

    async def _files_of(self, recordings: Iterable[RecordingKey], videos: set[VideoId]) -> list[StoredAudio]:
        """Every file of the recordings that came from one of the videos."""
        found = [
            await self._library.by_recording(recording, audio_format)
            for recording in recordings
            for audio_format in AudioFormat
        ]
        return [audio for audio in found if audio is not None and audio.video_id in videos]

    async def _decision_of(self, audio: StoredAudio) -> DecisionRecord:
        """The decision that led to this file."""
        known = (await self._matches.explanation(audio.track_id)).decision
        if known is not None and _is_of(known, audio):
            return known
        chosen = ScoredCandidate(
            candidate=Candidate(video_id=audio.video_id, title=""),
            score=audio.match_score,
            confidence=audio.match_confidence,
            signals=(),
        )
        return DecisionRecord(
            chosen=chosen,
            runners_up=(),
            reason="It was chosen earlier; the reasons are not on record any more.",
            track_id=audio.track_id,
            recording_key=audio.recording_key,
            decided_at=audio.created_at,
        )

    async def _release(self, track_id: SpotifyId, files: Iterable[StoredAudio]) -> None:
        """Lets these files serve the track no more."""
        affected = {track_id}
        for audio in files:
            affected.update(await self._library.release(audio, track_id))
        await self._tell(affected)

    async def _tell(self, track_ids: set[SpotifyId]) -> None:
        """Lets every process forget what it holds ready of these tracks: their jobs' ends are told once more."""
        job_ids = [job_id(track_id, audio_format) for track_id in track_ids for audio_format in AudioFormat]
        for wish in job_ids:
            self._downloads.forget(wish)
        for track_id in track_ids:
            self._metadata.forget_track(track_id)
        for job in await self._jobs.get_many(job_ids):
            if job.state is JobState.DONE:
                await self._broker.publish_event(ProgressEvent.of(job))


def _is_of(decision: DecisionRecord | None, audio: StoredAudio) -> bool:
    chosen = decision.chosen if decision is not None else None
    return chosen is not None and chosen.candidate.video_id == audio.video_id
