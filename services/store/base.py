"""The store seams: metadata, audio known, jobs, corrections.

Every verb raises `DatabaseUnavailable` when the database does not answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from models.audio import AudioFormat, StoredAudio
from models.batch import Batch, BatchFailure, BatchRow, TrackCounts
from models.ids import JobId, MediaName, RecordingKey, SpotifyId, VideoId
from models.job import Job, JobError, JobState, Progress
from models.match import Corrections, DecisionRecord, Explanation
from models.music import Fetched, Kind, Resource


class MetadataStore(Protocol):
    """`tracks albums playlists artists`: `_id` is the Spotify id."""

    async def get(self, kind: Kind, spotify_id: SpotifyId) -> Fetched | None:
        """What was kept and has not passed its `expires_at` (also when the TTL index has not removed it yet)."""
        ...

    async def put(self, kind: Kind, resource: Resource, fetched_at: datetime, expires_at: datetime) -> None:
        """Keeps the resource, replacing what was there; hit and download counts survive."""
        ...

    async def count(self, kind: Kind, hits: Mapping[SpotifyId, int]) -> None:
        """Adds to `music_dl_hit` of each resource."""
        ...

    async def count_downloads(self, downloads: Mapping[SpotifyId, int]) -> None:
        """Adds to `music_dl_download_count` of each track."""
        ...

    async def counts(self, kind: Kind, spotify_id: SpotifyId) -> tuple[int, int]:
        """(`music_dl_hit`, `music_dl_download_count`) so far; (0, 0) when never counted. Survive the TTL."""
        ...


class DownloadStore(Protocol):
    """`downloads`: audio known, one document per recording and format."""

    async def by_track(self, track_id: SpotifyId, audio_format: AudioFormat) -> StoredAudio | None:
        """The file that serves this track."""
        ...

    async def by_tracks(
        self, track_ids: Iterable[SpotifyId], audio_format: AudioFormat | None = None
    ) -> dict[SpotifyId, StoredAudio]:
        """For each track that has one, the file that serves it: of this format, or m4a before opus before mp3."""
        ...

    async def by_recording(self, recording_key: RecordingKey, audio_format: AudioFormat) -> StoredAudio | None:
        """The file of this recording."""
        ...

    async def by_name(self, name: MediaName) -> StoredAudio | None:
        """The file with this name under `/media/`."""
        ...

    async def put(self, audio: StoredAudio) -> None:
        """Keeps the document, replacing the recording's former one of that format and any other of that name.

        Tracks that the former one served are served by the new one.
        """
        ...

    async def add_track(self, audio: StoredAudio, track_id: SpotifyId) -> None:
        """Remembers that this file serves `track_id` too, unless the file was removed meanwhile."""
        ...

    async def drop_track(self, audio: StoredAudio, track_id: SpotifyId) -> None:
        """Lets this file serve `track_id` no more; its other tracks keep it."""
        ...

    async def remove(self, recording_key: RecordingKey, audio_format: AudioFormat) -> None:
        """Forgets the file."""
        ...

    async def claim(self, recording_key: RecordingKey, audio_format: AudioFormat, owner: str, until: datetime) -> bool:
        """Makes `owner` the one that may fetch this recording, unless a living other claim stands. Renews its own."""
        ...

    async def release(self, recording_key: RecordingKey, audio_format: AudioFormat, owner: str) -> None:
        """Gives the claim back, if `owner` still holds it."""
        ...


class JobStore(Protocol):
    """`jobs`: every change is a compare-and-set, raises `seq` by one and returns the job as it then is."""

    async def ask(self, job: Job) -> tuple[Job, bool]:
        """Makes the wish: inserts the job, or finds it and counts the wish; a failed or cancelled one is queued anew.

        Returns the job and whether it was put in the queue by this call (then, and only then, it must be published).
        A done job stays done: see `requeue`.
        """
        ...

    async def get(self, job_id: JobId) -> Job | None:
        """The job now."""
        ...

    async def get_many(self, job_ids: Iterable[JobId]) -> list[Job]:
        """Those of the jobs that there are, in no order."""
        ...

    async def requeue(self, job_id: JobId, *, singly: bool = True, asked_by: str | None = None) -> Job | None:
        """Queues a done job anew because its file is gone; `None` when it is not done any more.

        `singly`: the wish is for this track by itself (see `Job.wished_singly`); `asked_by` as in `Job`.
        """
        ...

    async def claim(self, job_id: JobId, owner: str, lease_until: datetime, now: datetime) -> Job | None:
        """queued → running for `owner`, or takes over a running job whose lease ran out; raises `attempt`.

        A take-over raises `seq` by a thousand: the dead worker may have told more changes than it wrote.

        `None`: somebody else holds it, it is final, or its `not_before` lies ahead.
        """
        ...

    async def renew(self, job_id: JobId, owner: str, lease_until: datetime) -> Job | None:
        """Prolongs the lease without raising `seq`; `None` when `owner` holds it no more."""
        ...

    async def advance(
        self, job_id: JobId, owner: str, progress: Progress, *, seq: int, title: str | None, artists: tuple[str, ...]
    ) -> Job | None:
        """Writes progress with the worker's own `seq`; `None` when the lease is lost.

        When others have raised the stored number meanwhile, it becomes one more: go on from the job returned.
        A title of `None`, or no artists, leave those that are known.
        """
        ...

    async def finish(
        self,
        job_id: JobId,
        owner: str,
        state: JobState,
        *,
        error: JobError | None = None,
        stored_name: MediaName | None = None,
        progress: Progress | None = None,
    ) -> Job | None:
        """running → done, failed or cancelled; drops the lease. `None` when `owner` holds it no more."""
        ...

    async def retry(
        self, job_id: JobId, owner: str, *, not_before: datetime, error: JobError | None, counted: bool
    ) -> Job | None:
        """running → queued, not before that moment; `counted=False` gives the attempt back (hand-back at a stop).

        When a cancel was asked for meanwhile: running → cancelled.
        """
        ...

    async def free(self, job_id: JobId, now: datetime) -> Job | None:
        """A job that runs on a lease that ran out: running → queued, or → cancelled when that was asked for.

        `None` when there is no such job, or somebody holds it.
        """
        ...

    async def cancel(self, job_id: JobId) -> Job | None:
        """queued → cancelled at once; running → `cancel_requested` (its worker sees to it). Final jobs are unchanged.

        `None` when there is no such job.
        """
        ...

    async def withdraw(self, job_id: JobId, requested_count: int) -> Job | None:
        """As `cancel`; a job wished for by itself, or by anybody since that count was read, is unchanged."""
        ...

    async def waiting(self, now: datetime, limit: int) -> list[Job]:
        """Jobs that should be running and are not: queued and due, or running on a lease that ran out. Oldest first."""
        ...

    async def count_asked(self, asked_by: str) -> int:
        """Queued and running jobs that count for this caller (`Job.asked_by`)."""
        ...


class BatchStore(Protocol):
    """`batches` and `batch_rows`: each change is a compare-and-set, raises `seq` and returns the batch then."""

    async def ask(self, batch: Batch, rows: Sequence[BatchRow]) -> tuple[Batch, bool]:
        """Makes the wish: keeps the batch, or finds it and counts the wish; one that has ended, or is to, starts over.

        Returns the batch and whether this call made it one to be fed. `batch` says what it starts with.
        """
        ...

    async def get(self, batch_id: JobId) -> Batch | None:
        """The batch now."""
        ...

    async def rows(self, batch: Batch) -> list[BatchRow]:
        """Its tracks, in the list's order."""
        ...

    async def claim(self, batch_id: JobId, owner: str, lease_until: datetime, now: datetime) -> Batch | None:
        """Makes `owner` the one that feeds the batch; `None` when it has ended or another's lease stands."""
        ...

    async def advance(
        self,
        batch_id: JobId,
        owner: str,
        lease_until: datetime,
        *,
        tracks: TrackCounts,
        progress: Progress,
        failures: Sequence[BatchFailure],
        under_way: Sequence[JobId] = (),
    ) -> Batch | None:
        """Writes how far it is, and prolongs the lease; `None` when `owner` holds it no more."""
        ...

    async def finish(
        self,
        batch_id: JobId,
        owner: str,
        state: JobState,
        *,
        tracks: TrackCounts,
        progress: Progress,
        failures: Sequence[BatchFailure],
        error: JobError | None = None,
    ) -> Batch | None:
        """→ done, failed or cancelled; drops the lease. `None` when `owner` holds it no more."""
        ...

    async def release(self, batch_id: JobId, owner: str) -> None:
        """Gives the lease back, so that another process can go on at once."""
        ...

    async def cancel(self, batch_id: JobId) -> Batch | None:
        """Asks for the cancel, which its feed sees to; one that has ended is unchanged. `None`: no such batch."""
        ...

    async def living(self) -> list[Batch]:
        """Batches that have not ended and are not to be cancelled."""
        ...

    async def unfed(self, now: datetime, limit: int) -> list[Batch]:
        """Batches that have not ended and that nobody feeds, oldest first."""
        ...


class MatchStore(Protocol):
    """`matches`: decisions, pins, reports, videos that failed verification; they survive everything.

    A document's `_id` is a track id, or the key of a recording (`isrc-…`) for what holds for all tracks of it.
    """

    async def corrections(self, track_id: SpotifyId, recording_key: RecordingKey | None = None) -> Corrections:
        """What is known about the track's videos; empty when nothing is.

        With what was rejected for the recording, when its key is given; a video pinned for the track stays its own.
        """
        ...

    async def pin(self, track_id: SpotifyId, video_id: VideoId) -> None:
        """Makes this video win; takes it off the rejected ones."""
        ...

    async def unpin(self, track_id: SpotifyId) -> bool:
        """Removes the pin; whether there was one."""
        ...

    async def reject(self, track_id: SpotifyId, video_id: VideoId, why: str) -> None:
        """Never serve this video for this track again; a pin on it goes."""
        ...

    async def reject_recording(self, recording_key: RecordingKey, video_id: VideoId, why: str) -> None:
        """Never serve this video for any track of this recording, but for one it is pinned for."""
        ...

    async def remember(self, decision: DecisionRecord) -> None:
        """Puts the decision on record for its track, in place of the former one."""
        ...

    async def explanation(self, track_id: SpotifyId) -> Explanation:
        """The track's last decision and its corrections; without either when there is none."""
        ...
