"""The composition root: the only place that picks implementations, from the settings, and closes them again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from models.errors import BucketError, BucketRateLimited, DatabaseUnavailable, QueueUnavailable
from models.job import JobState
from models.settings import Settings
from services.access.base import AccessQueue
from services.access.geo import IpApi
from services.access.locator import Locator
from services.access.log import AccessLog
from services.access.memory_queue import MemoryAccessQueue
from services.access.rabbit_queue import RabbitAccessQueue
from services.access.spool import Spool
from services.acoustid import AcoustIdClient, RecordingCheck
from services.audio.convert import Converter
from services.audio.ffmpeg import Ffmpeg
from services.audio.fingerprint import Fingerprinter
from services.audio.verify import Verifier
from services.batches.contents import BatchContents
from services.batches.feeder import BatchFeeder
from services.batches.lists import TrackLists
from services.batches.service import BatchService
from services.batches.withdraw import Withdrawal
from services.broker.base import Broker
from services.broker.memory import MemoryBroker
from services.broker.rabbit import RabbitBroker
from services.bucket.choose import choose_bucket
from services.bucket.keeper import BucketService, home_name
from services.cache.base import Cache
from services.cache.memory import MemoryCache
from services.cache.redis import RedisCache
from services.catalog.spotify import SpotifyCatalog
from services.counters import UsageCounter
from services.downloads import DownloadService
from services.extras import ExtrasService
from services.fulfil import Fulfilment
from services.health import HealthService, Probe
from services.http import open_session
from services.keys import AdminGate
from services.library import AudioLibrary
from services.links import LinkResolver
from services.lyrics import LyricsClient
from services.matches import MatchService
from services.media import MediaService
from services.metadata import MetadataService
from services.pacing import PacedExtractor, PacedSearch, YouTubeGate
from services.pipeline import DownloadPipeline
from services.progress import ProgressHub
from services.resources import ResourceService
from services.source.extract import YtDlpExtractor
from services.source.fetch import RangedFetcher
from services.source.live import LiveDirectory
from services.source.pool import ChildPool
from services.source.search import YouTubeSearch
from services.stats import StatsService, Upstream
from services.storage.local import LocalStorage
from services.store.access import MongoAccessStore
from services.store.batches import MongoBatchStore
from services.store.bucket_index import MongoBucketIndex
from services.store.bucket_lanes import MongoLanes, MongoPaceBook
from services.store.downloads import MongoDownloadStore
from services.store.embedded import EmbeddedMongo
from services.store.jobs import MongoJobStore
from services.store.matches import MongoMatchStore
from services.store.metadata import MongoMetadataStore
from services.store.mongo import MongoDatabase
from services.store.outbox import MongoOutbox
from services.store.stats import MongoStatsStore
from services.store.traces import MongoTraceStore
from services.tasks import TaskGroup
from services.urls import MediaUrls
from services.worker import Worker

logger = logging.getLogger(__name__)

PREPARE_PAUSE_S = 2.0
SMALL_CACHE_BYTES = 4 * 1024 * 1024
"""What the in-process cache may hold where no Redis is shared: mostly "not found" and metadata just read."""


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
            StatsService: self.stats,
        }

    def start(self) -> None:
        """Begins what runs beside the requests."""
        self.tasks.start("usage", self.usage.run())
        self.tasks.start("finished", self._follow_finished())
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
        async for event in self.broker.events():
            if event.state is JobState.DONE and event.track_id is not None:
                self.metadata.forget_track(event.track_id)
                self.downloads.forget(event.job_id)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Opens every client and service of this process, and closes them in the opposite order."""
    async with AsyncExitStack() as stack:
        storage = await _open_storage(settings)
        database = await _open_database(settings, stack)
        cache = await _open_cache(settings, stack)
        broker = await _open_broker(settings, stack)
        http = open_session()
        stack.push_async_callback(http.close)
        tasks = TaskGroup("services")
        stack.push_async_callback(tasks.close)

        tasks.start("indexes", _prepare_database(database))
        access = await _open_access(settings, database, http, stack)
        jobs = MongoJobStore(database)
        batch_store = MongoBatchStore(database)
        downloads = MongoDownloadStore(database)
        metadata_store = MongoMetadataStore(database)
        catalog = SpotifyCatalog(http=http, settings=settings, cache=cache)
        stack.push_async_callback(catalog.close)
        usage = UsageCounter(metadata_store)
        stack.push_async_callback(usage.flush)
        resources = ResourceService(catalog=catalog, store=metadata_store, cache=cache, settings=settings, tasks=tasks)
        library, bucket = await _open_library(settings, stack, database, storage, downloads)
        live = LiveDirectory(settings.music_dl_home / "live")
        await asyncio.to_thread(live.sweep)
        hub = ProgressHub(jobs=jobs, batches=batch_store, broker=broker)
        await hub.start()
        stack.push_async_callback(hub.close)
        matches = MongoMatchStore(database)
        download_service = DownloadService(jobs=jobs, library=library, broker=broker, waiter=hub, matches=matches)
        metadata = MetadataService(
            resources=resources, downloads=downloads, usage=usage, max_bytes=settings.memory_cache_max_bytes
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
            "database": (_database_probe(database), True),
            "queue": (_queue_probe(broker), True),
            "spotify": (_spotify_probe(catalog, settings), False),
            "youtube": (youtube.facts, False),
        }
        if bucket is not None:
            probes["bucket"] = (_bucket_probe(bucket), False)
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
            pool, fetcher = await _open_source(settings, stack)
            ffmpeg = Ffmpeg()
            fulfilment = Fulfilment(
                extractor=PacedExtractor(YtDlpExtractor(pool=pool, settings=settings), gate=youtube),
                fetcher=fetcher,
                verifier=Verifier(ffmpeg=ffmpeg),
                converter=Converter(ffmpeg=ffmpeg),
                extras=ExtrasService(resources=resources, http=http, lyrics=_lyrics(settings, http)),
                live=live,
                storage=storage,
                library=library,
                identity=_identity(settings, http, ffmpeg),
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
            probes["youtube"] = (_youtube_probe(pool, youtube), False)
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
            urls=MediaUrls(),
            usage=usage,
            access=access,
            gate=AdminGate(settings.admin_api_key),
            stats=StatsService(
                store=MongoStatsStore(database),
                broker=broker,
                access=access,
                upstreams={"spotify": _spotify_numbers(catalog), "ip_api": access.geo_stats, **_bucket_numbers(bucket)},
                home=settings.music_dl_home,
                retention_days=settings.access_log_retention_days,
            ),
            worker=worker,
            bucket=bucket,
            feeder=feeder,
            tasks=tasks,
        )


async def _open_source(settings: Settings, stack: AsyncExitStack) -> tuple[ChildPool, RangedFetcher]:
    pool = ChildPool(settings=settings, size=settings.download_concurrency + 1)
    await pool.start()
    stack.push_async_callback(pool.aclose)
    fetcher = RangedFetcher(settings=settings)
    await fetcher.start()
    stack.push_async_callback(fetcher.aclose)
    return pool, fetcher


async def _open_database(settings: Settings, stack: AsyncExitStack) -> MongoDatabase:
    if settings.music_dl_primary_db is not None:
        uri = settings.music_dl_primary_db.get_secret_value()
    else:
        embedded = EmbeddedMongo(settings.music_dl_home)
        await embedded.start()
        stack.push_async_callback(embedded.stop)
        uri = embedded.uri
    database = MongoDatabase(uri)
    stack.callback(database.close)
    return database


async def _prepare_database(database: MongoDatabase) -> None:
    """Makes the indexes, however long the database takes to appear: readiness tells of it meanwhile."""
    while True:
        try:
            await database.ensure_indexes()
        except DatabaseUnavailable as error:
            logger.warning("database_not_prepared", extra={"cause": str(error), "facts": error.facts})
            await asyncio.sleep(PREPARE_PAUSE_S)
        else:
            return


async def _open_cache(settings: Settings, stack: AsyncExitStack) -> Cache:
    if settings.redis_url is None:
        return MemoryCache(SMALL_CACHE_BYTES)
    cache = RedisCache(settings.redis_url.get_secret_value(), prefix="music_dl:")
    stack.push_async_callback(cache.close)
    return cache


async def _open_broker(settings: Settings, stack: AsyncExitStack) -> Broker:
    broker: MemoryBroker | RabbitBroker
    if settings.rabbit_mq_url is None:
        broker = MemoryBroker()
    else:
        broker = RabbitBroker(settings.rabbit_mq_url.get_secret_value())
    await broker.start()
    stack.push_async_callback(broker.close)
    return broker


async def _open_storage(settings: Settings) -> LocalStorage:
    storage = LocalStorage(settings.music_dl_home)
    await storage.prepare()
    await storage.sweep()
    return storage


async def _open_library(
    settings: Settings,
    stack: AsyncExitStack,
    database: MongoDatabase,
    storage: LocalStorage,
    downloads: MongoDownloadStore,
) -> tuple[AudioLibrary, BucketService | None]:
    bucket = choose_bucket(settings, MongoPaceBook(database))
    if bucket is None:
        return AudioLibrary(downloads=downloads, storage=storage), None
    service = BucketService(
        bucket=bucket,
        outbox=MongoOutbox(database),
        index=MongoBucketIndex(database),
        lanes=MongoLanes(database),
        downloads=downloads,
        storage=storage,
        home=await home_name(settings.music_dl_home),
        max_bytes=settings.local_cache_max_bytes,
    )
    stack.push_async_callback(service.close)
    return AudioLibrary(downloads=downloads, storage=storage, bucket=service), service


def _bucket_numbers(bucket: BucketService | None) -> Mapping[str, Upstream]:
    return {} if bucket is None else {"bucket": bucket.stats}


def _bucket_probe(bucket: BucketService) -> Probe:
    async def probe() -> Mapping[str, Any]:
        stats = bucket.stats()
        if stats["state"] == "paused" and stats["reason"] != BucketRateLimited.code:
            raise BucketError(reason=stats["reason"])
        return {name: stats[name] for name in ("kind", "state", "paused_until")}

    return probe


async def _open_access(
    settings: Settings, database: MongoDatabase, http: aiohttp.ClientSession, stack: AsyncExitStack
) -> AccessLog:
    spool = Spool(settings.music_dl_home)
    queue: AccessQueue = MemoryAccessQueue(spool=spool)
    if settings.rabbit_mq_url is not None:
        queue = RabbitAccessQueue(settings.rabbit_mq_url.get_secret_value(), name=settings.ip_tracker_queue)
    api = IpApi(http=http, base_url=settings.ip_info_api_base_url)
    access = AccessLog(
        spool=spool,
        queue=queue,
        store=MongoAccessStore(database, retention_days=settings.access_log_retention_days),
        locator=Locator(api=api, store=MongoTraceStore(database)) if settings.ip_info_lookup else None,
        recording=settings.ip_tracking_running_status == "running",
        storing=settings.music_dl_role != "web",
        anonymize=settings.anonymize_ip,
    )
    stack.push_async_callback(access.close)
    await access.start()
    return access


def _lyrics(settings: Settings, http: Any) -> LyricsClient | None:
    return LyricsClient(http=http, host=settings.lyrics_api_host) if settings.lyrics_api_host else None


def _identity(settings: Settings, http: aiohttp.ClientSession, ffmpeg: Ffmpeg) -> RecordingCheck | None:
    if settings.acoustid_api_key is None:
        return None
    client = AcoustIdClient(http=http, host=settings.acoustid_api_host, key=settings.acoustid_api_key)
    return RecordingCheck(fingerprinter=Fingerprinter(ffmpeg=ffmpeg), client=client)


def _spotify_numbers(catalog: SpotifyCatalog) -> Upstream:
    def numbers() -> Mapping[str, Any]:
        return {**catalog.stats(), "banned_until": catalog.ban.until()}

    return numbers


def _database_probe(database: MongoDatabase) -> Probe:
    async def probe() -> Mapping[str, Any]:
        await database.ping()
        return {}

    return probe


def _queue_probe(broker: Broker) -> Probe:
    async def probe() -> Mapping[str, Any]:
        depth = await broker.depth()
        if depth is None:
            raise QueueUnavailable
        return {"waiting": depth}

    return probe


def _spotify_probe(catalog: SpotifyCatalog, settings: Settings) -> Probe:
    async def probe() -> Mapping[str, Any]:
        until = catalog.ban.until()
        return {
            "credentials": settings.has_spotify_credentials,
            "banned_until": until.isoformat(timespec="seconds") if until else None,
        }

    return probe


def _youtube_probe(pool: ChildPool, gate: YouTubeGate) -> Probe:
    async def probe() -> Mapping[str, Any]:
        versions = pool.versions()
        return {
            "yt_dlp": versions.get("yt_dlp"),
            "yt_dlp_age_days": versions.get("yt_dlp_age_days"),
            "js_runtime": versions.get("deno"),
            **await gate.facts(),
        }

    return probe
