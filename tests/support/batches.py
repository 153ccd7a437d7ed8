"""Everything that batches need, over a real database, with a small pipeline in place of YouTube."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.audio import AudioFormat, StoredAudio, job_id
from models.batch import Batch
from models.errors import (
    AlbumNotFound,
    ArtistNotFound,
    MusicError,
    NoMatch,
    PlaylistNotFound,
    TrackNotFound,
)
from models.ids import DurationMs, JobId, RecordingKey, SpotifyId, VideoId
from models.job import Job, JobState, RetryPolicy, Stage
from models.music import Album, Artist, ArtistRef, Playlist, Resource, ResourceT, Track
from models.settings import Settings
from services.batches.contents import BatchContents
from services.batches.feeder import BatchFeeder
from services.batches.lists import TrackLists
from services.batches.service import BatchService
from services.batches.withdraw import Withdrawal
from services.broker.memory import MemoryBroker
from services.cache.memory import MemoryCache
from services.downloads import DownloadService
from services.http import open_session
from services.library import AudioLibrary
from services.limits.jobs import JobLimit
from services.links import LinkResolver
from services.progress import ProgressHub
from services.reporter import JobReporter
from services.resources import ResourceService
from services.storage.local import LocalStorage
from services.store.base import DownloadStore
from services.store.batches import MongoBatchStore
from services.store.downloads import MongoDownloadStore
from services.store.jobs import MongoJobStore
from services.store.metadata import MongoMetadataStore
from services.store.mongo import MongoDatabase
from services.tasks import TaskGroup
from services.worker import Worker
from tests.support.wait import wait_for


def spotify_id(number: int) -> SpotifyId:
    return SpotifyId(f"{number:022d}")


def sound(track_id: SpotifyId) -> bytes:
    """What the pipeline writes for the track."""
    return f"the sound of {track_id} ".encode() * (10 + int(track_id) % 7)


@dataclass
class TinyPipeline:
    """Writes a tiny file for each track; fails, or waits until it is let go, for those it is told to."""

    storage: LocalStorage
    downloads: DownloadStore
    failing: dict[SpotifyId, MusicError] = field(default_factory=dict)
    held: dict[SpotifyId, asyncio.Event] = field(default_factory=dict)
    started: list[SpotifyId] = field(default_factory=list)
    ended: list[SpotifyId] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def hold(self, *numbers: int) -> None:
        """These tracks run until they are let go."""
        for number in numbers:
            self.held[spotify_id(number)] = asyncio.Event()

    def let_go(self) -> None:
        """Everything that is held goes on."""
        for event in self.held.values():
            event.set()

    async def run(self, job: Job, owner: str, report: JobReporter) -> StoredAudio:
        """See `Pipeline`."""
        self.started.append(job.track_id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._make(job, report)
        finally:
            self.at_once -= 1
            self.ended.append(job.track_id)

    async def _make(self, job: Job, report: JobReporter) -> StoredAudio:
        report.describe(f"Title {int(job.track_id)}", ("An Artist",))
        report.stage(Stage.SEARCH)
        if job.track_id in self.held:
            report.stage(Stage.FETCH)
            await self.held[job.track_id].wait()
        if job.track_id in self.failing:
            raise self.failing[job.track_id]
        folder = await self.storage.work_folder(job.id)
        part = folder / job.name
        data = sound(job.track_id)
        part.write_bytes(data)
        await self.storage.keep(part, job.name)
        await self.storage.discard(folder)
        audio = stored(job.track_id, job.format, data)
        await self.downloads.put(audio)
        return audio


def stored(track_id: SpotifyId, audio_format: AudioFormat, data: bytes, **changes: Any) -> StoredAudio:
    """The document of a file with these bytes."""
    values: dict[str, Any] = {
        "recording_key": RecordingKey(f"track-{track_id}"),
        "format": audio_format,
        "name": f"{track_id}.{audio_format.value}",
        "track_id": track_id,
        "track_ids": (track_id,),
        "video_id": VideoId("dQw4w9WgXcQ"),
        "size_bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "duration_ms": DurationMs(200_400),
        "codec": "aac",
        "bitrate_bps": 128_000,
        "transcoded": False,
        "match_score": 100.0,
        "match_confidence": 0.99,
        "title": f"Title {int(track_id)}",
        "artists": ("An Artist",),
        "created_at": datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
        "job_id": job_id(track_id, audio_format),
    }
    return StoredAudio(**{**values, **changes})


def song(number: int, **changes: Any) -> Track:
    """A track as a list names it."""
    artists = (ArtistRef(id=None, name="Björk"), ArtistRef(id=None, name="椎名林檎"))
    values: dict[str, Any] = {
        "id": spotify_id(number),
        "name": f"Song {number}",
        "duration_ms": DurationMs(200_000),
        "artists": artists,
    }
    return Track(**{**values, **changes})


@dataclass
class TinyCatalog:
    """Knows the lists it was given."""

    known: dict[SpotifyId, Resource] = field(default_factory=dict)

    def add(self, resource: Resource) -> str:
        """Knows this one too; its link."""
        self.known[resource.id] = resource
        return f"https://open.spotify.com/{type(resource).__name__.lower()}/{resource.id}"

    async def track(self, track_id: SpotifyId) -> Track:
        return self._of(Track, track_id, TrackNotFound)

    async def album(self, album_id: SpotifyId) -> Album:
        return self._of(Album, album_id, AlbumNotFound)

    async def playlist(self, playlist_id: SpotifyId) -> Playlist:
        return self._of(Playlist, playlist_id, PlaylistNotFound)

    async def artist(self, artist_id: SpotifyId) -> Artist:
        return self._of(Artist, artist_id, ArtistNotFound)

    def _of(self, kind: type[ResourceT], wanted: SpotifyId, missing: type[MusicError]) -> ResourceT:
        found = self.known.get(wanted)
        if not isinstance(found, kind):
            raise missing
        return found


@dataclass(kw_only=True)
class Plant:
    """One process's parts. `ask` makes a batch of tracks by their numbers."""

    service: BatchService
    catalog: TinyCatalog

    database: MongoDatabase
    broker: MemoryBroker
    storage: LocalStorage
    jobs: MongoJobStore
    stored: MongoDownloadStore
    batches: MongoBatchStore
    downloads: DownloadService
    hub: ProgressHub
    feeder: BatchFeeder
    withdrawal: Withdrawal
    contents: BatchContents
    pipeline: TinyPipeline
    worker: Worker

    async def ask(self, *numbers: int, audio_format: AudioFormat = AudioFormat.M4A) -> JobId:
        """Wishes for a list of ids; the batch's id."""
        batch = await self.service.of_tracks([spotify_id(number) for number in numbers], audio_format)
        return batch.id

    async def batch(self, batch_id: JobId) -> Batch:
        """The batch now."""
        batch = await self.batches.get(batch_id)
        assert batch is not None
        return batch

    async def ended(self, batch_id: JobId) -> Batch:
        """The batch once it has ended."""

        async def has_ended() -> bool:
            return (await self.batch(batch_id)).state.is_final

        await wait_for(has_ended, deadline_s=60, what=f"{batch_id} ends")
        return await self.batch(batch_id)

    async def told(self, batch_id: JobId, *, running: int) -> Batch:
        """The batch once it says that so many tracks run."""

        async def is_told() -> bool:
            return (await self.batch(batch_id)).tracks.running == running

        await wait_for(is_told, deadline_s=60, what=f"{running} tracks of {batch_id} run")
        return await self.batch(batch_id)

    async def fed(self, batch_id: JobId) -> Batch:
        """The batch once somebody feeds it."""

        async def is_fed() -> bool:
            return (await self.batch(batch_id)).lease_owner is not None

        await wait_for(is_fed, deadline_s=60, what=f"{batch_id} is fed")
        return await self.batch(batch_id)

    async def state_of(self, number: int) -> JobState | None:
        """The state of the track's m4a job."""
        job = await self.jobs.get(job_id(spotify_id(number), AudioFormat.M4A))
        return None if job is None else job.state

    async def put(self, number: int, audio_format: AudioFormat = AudioFormat.M4A) -> StoredAudio:
        """Audio that is there already, with no job."""
        track_id = spotify_id(number)
        data = sound(track_id)
        folder = await self.storage.work_folder("put")
        part = folder / "part"
        part.write_bytes(data)
        audio = stored(track_id, audio_format, data)
        await self.storage.keep(part, audio.name)
        await self.storage.discard(folder)
        await self.stored.put(audio)
        return audio


def no_match() -> NoMatch:
    """A failure that is not tried again."""
    return NoMatch()


@asynccontextmanager
async def open_plant(
    database: MongoDatabase,
    home: Path,
    *,
    window: int = 4,
    concurrency: int = 4,
    lease_s: float = 10.0,
    feeds: bool = True,
    works: bool = True,
    retry: RetryPolicy | None = None,
    max_tracks: int = 100,
    max_jobs: int = 0,
) -> AsyncIterator[Plant]:
    """Opens the parts, and closes them in the server's order."""
    storage = LocalStorage(home)
    await storage.prepare()
    broker = MemoryBroker()
    jobs, downloads, batches = MongoJobStore(database), MongoDownloadStore(database), MongoBatchStore(database)
    library = AudioLibrary(downloads=downloads, storage=storage)
    hub = ProgressHub(jobs=jobs, batches=batches, broker=broker)
    limit = JobLimit(jobs=jobs, max_jobs=max_jobs, anonymize=False)
    service = DownloadService(jobs=jobs, library=library, broker=broker, waiter=hub, limit=limit)
    withdrawal = Withdrawal(batches=batches, jobs=jobs, downloads=service)
    feeder = BatchFeeder(
        batches=batches,
        library=library,
        downloads=service,
        withdrawal=withdrawal,
        hub=hub,
        broker=broker,
        window=window,
        lease_s=lease_s,
        look_every_s=0.2,
    )
    pipeline = TinyPipeline(storage, downloads)
    worker = Worker(
        pipeline=pipeline,
        jobs=jobs,
        broker=broker,
        concurrency=concurrency,
        deadline_s=60,
        retry=retry or RetryPolicy(base_delay_s=0.05, max_attempts=2),
    )
    contents = BatchContents(batches=batches, library=library)
    catalog = TinyCatalog()
    tasks = TaskGroup("plant")
    resources = ResourceService(
        catalog=catalog,
        store=MongoMetadataStore(database),
        cache=MemoryCache(1_000_000),
        settings=Settings.from_env({}),
        tasks=tasks,
    )
    async with AsyncExitStack() as stack:
        http = open_session()
        stack.push_async_callback(http.close)
        stack.push_async_callback(tasks.close)
        stack.push_async_callback(resources.close)
        await broker.start()
        stack.push_async_callback(broker.close)
        await hub.start()
        stack.push_async_callback(hub.close)
        stack.push_async_callback(worker.stop, 0.0)
        stack.push_async_callback(feeder.stop)
        if works:
            worker.start()
        if feeds:
            feeder.start()
        yield Plant(
            service=BatchService(
                links=LinkResolver(http=http, public_host=None, timeout_s=5),
                lists=TrackLists(resources=resources, max_tracks=max_tracks),
                batches=batches,
                feeder=feeder,
                withdrawal=withdrawal,
                contents=contents,
                broker=broker,
                limit=limit,
            ),
            catalog=catalog,
            database=database,
            broker=broker,
            storage=storage,
            jobs=jobs,
            stored=downloads,
            batches=batches,
            downloads=service,
            hub=hub,
            feeder=feeder,
            withdrawal=withdrawal,
            contents=contents,
            pipeline=pipeline,
            worker=worker,
        )
