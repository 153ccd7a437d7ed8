"""Opens clients and stores as the settings want them; whoever opens puts the closing on the stack."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp

from models.errors import DatabaseUnavailable
from models.settings import Settings
from services.access.base import AccessQueue
from services.access.geo import IpApi
from services.access.locator import Locator
from services.access.log import AccessLog
from services.access.memory_queue import MemoryAccessQueue
from services.access.rabbit_queue import RabbitAccessQueue
from services.access.spool import Spool
from services.acoustid import AcoustIdClient, RecordingCheck
from services.audio.ffmpeg import Ffmpeg
from services.audio.fingerprint import Fingerprinter
from services.broker.base import Broker
from services.broker.memory import MemoryBroker
from services.broker.rabbit import RabbitBroker
from services.bucket.choose import choose_bucket
from services.bucket.keeper import BucketService, home_name
from services.cache.memory import MemoryCache
from services.cache.redis import RedisCache
from services.callers import Callers
from services.keys import KeyRing
from services.library import AudioLibrary
from services.limits.base import LimitBook
from services.limits.memory import MemoryLimitBook
from services.limits.redis import RedisLimitBook
from services.limits.service import CallerLimits
from services.lyrics import LyricsClient
from services.metrics import Board
from services.source.fetch import RangedFetcher
from services.source.pool import ChildPool
from services.storage.local import LocalStorage
from services.store.access import MongoAccessStore
from services.store.bucket_index import MongoBucketIndex
from services.store.bucket_lanes import MongoLanes, MongoPaceBook
from services.store.downloads import MongoDownloadStore
from services.store.embedded import EmbeddedMongo
from services.store.mongo import MongoDatabase
from services.store.outbox import MongoOutbox
from services.store.traces import MongoTraceStore
from services.tickets import Tickets

logger = logging.getLogger(__name__)

PREPARE_PAUSE_S = 2.0
SMALL_CACHE_BYTES = 4 * 1024 * 1024
"""What the in-process cache may hold where no Redis is shared: mostly "not found" and metadata just read."""


async def open_source(settings: Settings, stack: AsyncExitStack) -> tuple[ChildPool, RangedFetcher]:
    """The child processes for yt-dlp and ytmusicapi, and the fetcher of media."""
    pool = ChildPool(settings=settings, size=settings.download_concurrency + 1)
    await pool.start()
    stack.push_async_callback(pool.aclose)
    fetcher = RangedFetcher(settings=settings)
    await fetcher.start()
    stack.push_async_callback(fetcher.aclose)
    return pool, fetcher


async def open_database(settings: Settings, stack: AsyncExitStack) -> MongoDatabase:
    """MongoDB, or the embedded server when no address is given."""
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


async def prepare_database(database: MongoDatabase) -> None:
    """Makes the indexes, however long the database takes to appear: readiness tells of it meanwhile."""
    while True:
        try:
            await database.ensure_indexes()
        except DatabaseUnavailable as error:
            logger.warning("database_not_prepared", extra={"cause": str(error), "facts": error.facts})
            await asyncio.sleep(PREPARE_PAUSE_S)
        else:
            return


async def open_board(folder: Path | None, stack: AsyncExitStack) -> Board:
    """This process's board; `folder` is where the processes of one server share theirs."""
    board = Board()
    if folder is not None:
        try:
            board = await asyncio.to_thread(Board, folder)
        except OSError as error:
            # Worth a word, and no reason not to serve.
            logger.warning("metrics_not_shared", extra={"cause": str(error)})
    stack.callback(board.close)
    return board


async def open_cache(settings: Settings, stack: AsyncExitStack) -> MemoryCache | RedisCache:
    """Redis, or memory."""
    if settings.redis_url is None:
        return MemoryCache(SMALL_CACHE_BYTES)
    cache = RedisCache(settings.redis_url.get_secret_value(), prefix="music_dl:")
    stack.push_async_callback(cache.close)
    return cache


def open_callers(settings: Settings, stack: AsyncExitStack) -> Callers:
    """Keys and limits; these counted in Redis, or in memory."""
    book: LimitBook = MemoryLimitBook()
    if settings.redis_url is not None:
        book = RedisLimitBook(settings.redis_url.get_secret_value())
    stack.push_async_callback(book.close)
    keys = KeyRing(settings.api_keys, settings.admin_api_key)
    return Callers(
        keys=keys,
        tickets=Tickets(keys.signing_secrets(), ttl_s=settings.ticket_ttl_ms / 1000),
        limits=CallerLimits(
            book=book,
            requests_per_minute=settings.rate_limit_per_minute,
            max_sockets=settings.max_sockets_per_caller,
        ),
    )


async def open_broker(settings: Settings, stack: AsyncExitStack) -> Broker:
    """RabbitMQ, or its in-process twin."""
    broker: MemoryBroker | RabbitBroker
    if settings.rabbit_mq_url is None:
        broker = MemoryBroker()
    else:
        broker = RabbitBroker(settings.rabbit_mq_url.get_secret_value())
    await broker.start()
    stack.push_async_callback(broker.close)
    return broker


async def open_storage(settings: Settings) -> LocalStorage:
    """The local files, swept of what dead processes left."""
    storage = LocalStorage(settings.music_dl_home)
    await storage.prepare()
    await storage.sweep()
    return storage


async def open_library(
    settings: Settings,
    stack: AsyncExitStack,
    database: MongoDatabase,
    storage: LocalStorage,
    downloads: MongoDownloadStore,
) -> tuple[AudioLibrary, BucketService | None]:
    """The audio known, and the bucket when one is configured."""
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


async def open_access(
    settings: Settings, database: MongoDatabase, http: aiohttp.ClientSession, stack: AsyncExitStack
) -> AccessLog:
    """The access log with its queue and the look-up of places."""
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


def lyrics(settings: Settings, http: Any) -> LyricsClient | None:
    """LRCLIB, when an address is given."""
    return LyricsClient(http=http, host=settings.lyrics_api_host) if settings.lyrics_api_host else None


def identity(settings: Settings, http: aiohttp.ClientSession, ffmpeg: Ffmpeg) -> RecordingCheck | None:
    """AcoustID, when a key is given."""
    if settings.acoustid_api_key is None:
        return None
    client = AcoustIdClient(http=http, host=settings.acoustid_api_host, key=settings.acoustid_api_key)
    return RecordingCheck(fingerprinter=Fingerprinter(ffmpeg=ffmpeg), client=client)
