"""The composition root: the only place that picks implementations, from the settings, and closes them again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

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
from services.health import HealthService
from services.http import open_session
from services.keys import AdminGate, KeyRing
from services.limits.jobs import JobLimit
from services.limits.service import CallerLimits
from services.links import LinkResolver
from services.matches import MatchService
from services.media import MediaService
from services.metadata import MetadataService
from services.metrics import MetricsService, StageMeter, TrafficMeter
from services.opening import (
    identity,
    lyrics,
    open_access,
    open_board,
    open_broker,
    open_cache,
    open_callers,
    open_database,
    open_library,
    open_source,
    open_storage,
    prepare_database,
)
from services.operators import Downloading, Operators, Parts
from services.pacing import PacedExtractor, PacedSearch, YouTubeGate
from services.pipeline import DownloadPipeline
from services.probes import limit_numbers
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
    urls: MediaUrls
    usage: UsageCounter
    access: AccessLog
    gate: AdminGate
    callers: Callers
    traffic: TrafficMeter
    operators: Operators
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
            HealthService: self.operators.health,
            MediaUrls: self.urls,
            AccessLog: self.access,
            AdminGate: self.gate,
            KeyRing: self.callers.keys,
            Tickets: self.callers.tickets,
            CallerLimits: self.callers.limits,
            StatsService: self.operators.stats,
            MetricsService: self.operators.metrics,
        }

    def start(self) -> None:
        """Begins what runs beside the requests."""
        self.tasks.start("usage", self.usage.run())
        self.tasks.start("finished", self._follow_finished())
        self.tasks.start("limits", self.callers.limits.run())
        self.tasks.start("operators", self.operators.run())
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
async def open_services(
    settings: Settings, *, sockets: Callable[[], int], counts: Path | None = None
) -> AsyncIterator[Services]:
    """Opens every client and service of this process, and closes them in the opposite order.

    `sockets` tells how many WebSockets are open; `counts` is the folder where the processes of this server share their
    numbers.
    """
    async with AsyncExitStack() as stack:
        board = await open_board(counts, stack)
        storage = await open_storage(settings)
        database = await open_database(settings, stack)
        cache = await open_cache(settings, stack)
        broker = await open_broker(settings, stack)
        callers = open_callers(settings, stack)
        http = await stack.enter_async_context(open_session())
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
        stack.push_async_callback(resources.close)
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
        downloading = None
        if settings.music_dl_role != "web":
            pool, fetcher = await open_source(settings, stack)
            ffmpeg = Ffmpeg()
            words, recordings = lyrics(settings, http), identity(settings, http, ffmpeg)
            fulfilment = Fulfilment(
                extractor=PacedExtractor(YtDlpExtractor(pool=pool, settings=settings), gate=youtube),
                fetcher=fetcher,
                arrivals=Arrivals(ffmpeg=ffmpeg),
                extras=ExtrasService(resources=resources, http=http, lyrics=words),
                live=live,
                storage=storage,
                library=library,
                identity=recordings,
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
                meter=StageMeter(board),
            )
            downloading = Downloading(
                worker=worker,
                pool=pool,
                ffmpeg=ffmpeg,
                lyrics=words,
                recordings=recordings,
            )
        operators = Operators(
            Parts(
                settings=settings,
                database=database,
                cache=cache,
                broker=broker,
                access=access,
                limits=limit_numbers(callers, job_limit),
                catalog=catalog,
                youtube=youtube,
                hub=hub,
                bucket=bucket,
                downloading=downloading,
                board=board,
                sockets=sockets,
            )
        )
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
            urls=MediaUrls(callers.tickets if callers.keys.needed else None),
            usage=usage,
            access=access,
            gate=AdminGate(settings.admin_api_key),
            callers=callers,
            traffic=TrafficMeter(board),
            operators=operators,
            worker=downloading.worker if downloading else None,
            bucket=bucket,
            feeder=feeder,
            tasks=tasks,
        )
