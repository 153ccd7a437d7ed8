"""The composition root: the only place that picks implementations, from the settings, and closes them again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass

from models.job import JobState
from models.settings import Settings
from services.access.log import AccessLog
from services.audio.arrival import Arrivals
from services.audio.ffmpeg import Ffmpeg
from services.batches.contents import BatchContents
from services.batches.feeder import BatchFeeder
from services.batches.lists import TrackLists
from services.batches.service import BatchService
from services.batches.withdraw import Withdrawal
from services.broker.base import Broker
from services.bucket.keeper import BucketService
from services.callers import Callers
from services.catalog.spotify import SpotifyCatalog
from services.counters import UsageCounter
from services.downloads import DownloadService
from services.extras import ExtrasService
from services.fulfil import Fulfilment
from services.health import HealthService, Probe
from services.http import open_session
from services.keys import AdminGate, KeyRing
from services.limits.jobs import JobLimit
from services.limits.service import CallerLimits
from services.links import LinkResolver
from services.matches import MatchService
from services.media import MediaService
from services.metadata import MetadataService
from services.opening import (
    identity,
    lyrics,
    open_access,
    open_broker,
    open_cache,
    open_callers,
    open_database,
    open_library,
    open_source,
    open_storage,
    prepare_database,
)
from services.pacing import PacedExtractor, PacedSearch, YouTubeGate
from services.pipeline import DownloadPipeline
from services.probes import (
    bucket_numbers,
    bucket_probe,
    database_probe,
    limit_numbers,
    queue_probe,
    spotify_numbers,
    spotify_probe,
    youtube_probe,
)
from services.progress import ProgressHub
from services.resources import ResourceService
from services.source.extract import YtDlpExtractor
from services.source.live import LiveDirectory
from services.source.search import YouTubeSearch
from services.stats import StatsService
from services.store.batches import MongoBatchStore
from services.store.downloads import MongoDownloadStore
from services.store.jobs import MongoJobStore
from services.store.matches import MongoMatchStore
from services.store.metadata import MongoMetadataStore
from services.store.stats import MongoStatsStore
from services.tasks import TaskGroup
from services.tickets import Tickets
from services.urls import MediaUrls
from services.worker import Worker

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything one process needs, open."""

    settings: Settings
    broker: Broker
    links: LinkResolver
    metadata: MetadataService
    downloads: DownloadService
    batches: BatchService
    matches: MatchService
    media: MediaService
    hub: ProgressHub
    health: HealthService
    urls: MediaUrls
    usage: UsageCounter
    access: AccessLog
    gate: AdminGate
    callers: Callers
    stats: StatsService
    worker: Worker | None
    bucket: BucketService | None
    feeder: BatchFeeder
    tasks: TaskGroup

    def injectable(self) -> Mapping[type, object]:
        """What handlers may ask for by type."""
        return {
            Settings: self.settings,
            LinkResolver: self.links,
            MetadataService: self.metadata,
            DownloadService: self.downloads,
            BatchService: self.batches,
            MatchService: self.matches,
            MediaService: self.media,
            ProgressHub: self.hub,
            HealthService: self.health,
            MediaUrls: self.urls,
            AccessLog: self.access,
            AdminGate: self.gate,
            KeyRing: self.callers.keys,
            Tickets: self.callers.tickets,
            CallerLimits: self.callers.limits,
            StatsService: self.stats,
        }

    def start(self) -> None:
        """Begins what runs beside the requests."""
        self.tasks.start("usage", self.usage.run())
        self.tasks.start("finished", self._follow_finished())
        self.tasks.start("limits", self.callers.limits.run())
        self.feeder.start()
        if self.bucket is not None:
            self.bucket.start()
        if self.worker is not None:
            self.worker.start()

    async def drain(self, grace_s: float) -> None:
        """Ends what runs beside the requests; requests under way still find everything open."""
        await self.feeder.stop()
        if self.worker is not None:
            await self.worker.stop(grace_s)
        await self.hub.close()

    async def _follow_finished(self) -> None:
        """Lets this process's ready answers learn of files that any process has finished, or evicted."""
        async with aclosing(self.broker.events()) as events:
            async for event in events:
                if event.state is JobState.DONE and event.track_id is not None:
                    self.metadata.forget_track(event.track_id)
                    self.downloads.forget(event.job_id)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Opens every client and service of this process, and closes them in the opposite order."""
    async with AsyncExitStack() as stack:
        storage = await open_storage(settings)
        database = await open_database(settings, stack)
        cache = await open_cache(settings, stack)
        broker = await open_broker(settings, stack)
        callers = open_callers(settings, stack)
        http = open_session()
        stack.push_async_callback(http.close)
        tasks = TaskGroup("services")
        stack.push_async_callback(tasks.close)

        tasks.start("indexes", prepare_database(database))
        access = await open_access(settings, database, http, stack)
        jobs = MongoJobStore(database)
        job_limit = JobLimit(jobs=jobs, max_jobs=settings.max_jobs_per_caller, anonymize=settings.anonymize_ip)
        batch_store = MongoBatchStore(database)
        downloads = MongoDownloadStore(database)
        metadata_store = MongoMetadataStore(database)
        catalog = SpotifyCatalog(http=http, settings=settings, cache=cache)
        stack.push_async_callback(catalog.close)
        usage = UsageCounter(metadata_store)
        stack.push_async_callback(usage.flush)
        resources = ResourceService(catalog=catalog, store=metadata_store, cache=cache, settings=settings, tasks=tasks)
        library, bucket = await open_library(settings, stack, database, storage, downloads)
        live = LiveDirectory(settings.music_dl_home / "live")
        await asyncio.to_thread(live.sweep)
        hub = ProgressHub(jobs=jobs, batches=batch_store, broker=broker)
        await hub.start()
        stack.push_async_callback(hub.close)
        matches = MongoMatchStore(database)
        download_service = DownloadService(
            jobs=jobs, library=library, broker=broker, waiter=hub, matches=matches, limit=job_limit
        )
        metadata = MetadataService(
            resources=resources,
            downloads=downloads,
            usage=usage,
            tasks=tasks,
            max_bytes=settings.memory_cache_max_bytes,
        )
        media = MediaService(
            library=library,
            storage=storage,
            live=live,
            pending=download_service.is_under_way,
            wait_s=settings.media_wait_ms / 1000,
        )
        stack.push_async_callback(media.close)
        youtube = YouTubeGate.over(cache, min_interval_s=settings.youtube_min_interval_ms / 1000)
        probes: dict[str, tuple[Probe, bool]] = {
            "database": (database_probe(database), True),
            "queue": (queue_probe(broker), True),
            "spotify": (spotify_probe(catalog, settings), False),
            "youtube": (youtube.facts, False),
        }
        if bucket is not None:
            probes["bucket"] = (bucket_probe(bucket), False)
        links = LinkResolver(
            http=http,
            public_host=settings.spotify_public_host,
            timeout_s=settings.spotify_api_timeout_ms / 1000,
            cache=cache,
        )
        withdrawal = Withdrawal(batches=batch_store, jobs=jobs, downloads=download_service)
        feeder = BatchFeeder(
            batches=batch_store,
            library=library,
            downloads=download_service,
            withdrawal=withdrawal,
            hub=hub,
            broker=broker,
            window=settings.batch_window,
        )
        worker = None
        if settings.music_dl_role != "web":
            pool, fetcher = await open_source(settings, stack)
            ffmpeg = Ffmpeg()
            fulfilment = Fulfilment(
                extractor=PacedExtractor(YtDlpExtractor(pool=pool, settings=settings), gate=youtube),
                fetcher=fetcher,
                arrivals=Arrivals(ffmpeg=ffmpeg),
                extras=ExtrasService(resources=resources, http=http, lyrics=lyrics(settings, http)),
                live=live,
                storage=storage,
                library=library,
                identity=identity(settings, http, ffmpeg),
            )
            pipeline = DownloadPipeline(
                resources=resources,
                downloads=downloads,
                matches=matches,
                library=library,
                search=PacedSearch(YouTubeSearch(pool=pool, settings=settings), gate=youtube),
                fulfilment=fulfilment,
                max_duration_ms=settings.music_max_duration_ms,
            )
            worker = Worker(
                pipeline=pipeline,
                jobs=jobs,
                broker=broker,
                concurrency=settings.download_concurrency,
                deadline_s=settings.download_deadline_ms / 1000,
            )
            probes["youtube"] = (youtube_probe(pool, youtube), False)
        yield Services(
            settings=settings,
            broker=broker,
            links=links,
            metadata=metadata,
            downloads=download_service,
            batches=BatchService(
                links=links,
                lists=TrackLists(resources=resources, max_tracks=settings.max_track_allowed_for_playlist),
                batches=batch_store,
                feeder=feeder,
                withdrawal=withdrawal,
                contents=BatchContents(batches=batch_store, library=library),
                broker=broker,
                limit=job_limit,
            ),
            matches=MatchService(
                matches=matches,
                library=library,
                jobs=jobs,
                broker=broker,
                downloads=download_service,
                metadata=metadata,
            ),
            media=media,
            hub=hub,
            health=HealthService(probes),
            urls=MediaUrls(callers.tickets if callers.keys.needed else None),
            usage=usage,
            access=access,
            gate=AdminGate(settings.admin_api_key),
            callers=callers,
            stats=StatsService(
                store=MongoStatsStore(database),
                broker=broker,
                access=access,
                upstreams={"spotify": spotify_numbers(catalog), "ip_api": access.geo_stats, **bucket_numbers(bucket)},
                limits=limit_numbers(callers, job_limit),
                home=settings.music_dl_home,
                retention_days=settings.access_log_retention_days,
            ),
            worker=worker,
            bucket=bucket,
            feeder=feeder,
            tasks=tasks,
        )
