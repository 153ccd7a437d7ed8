"""Metadata from the nearest place that has it: shared cache, database, catalog; stale while it is read anew."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
import ujson

from models.errors import (
    DatabaseUnavailable,
    MusicError,
    NotFoundError,
    TrackNotFound,
    error_from_code,
)
from models.ids import SpotifyId
from models.music import Kind, Resource, Track, from_document, to_document
from models.settings import Settings
from services.cache.base import Cache
from services.catalog.base import Catalog
from services.flight import SingleFlight
from services.store.base import MetadataStore
from services.tasks import TaskGroup

logger = logging.getLogger(__name__)

INCOMPLETE_FRESH = timedelta(seconds=60)
KEEP_WITHIN_S = 10.0
"""How long a stop waits for lists to be kept."""
ANSWER_FIRST_S = 0.25
"""Keeping a list begins so much later: it takes the processor from the answer otherwise."""
REFRESH_PAUSE_S = 15.0
"""After a refresh in the background failed, stale metadata is served this long before the next try."""


class CacheState(StrEnum):
    """Where an answer came from, as told in `X-Cache`."""

    HIT = "hit"
    STALE = "stale"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Found:
    """A resource, how it was come by, and until when it is fresh (aware, UTC)."""

    resource: Resource
    state: CacheState
    fresh_until: datetime


@dataclass(frozen=True, slots=True)
class _Kept:
    resource: Resource
    fetched_at: datetime


class ResourceService:
    """Reads tracks, albums, playlists and artists through the caches.

    "Not found" is remembered for a short while; that something could not be learnt is never remembered. With the
    database gone, answers still come from the shared cache and the catalog.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        store: MetadataStore,
        cache: Cache,
        settings: Settings,
        tasks: TaskGroup,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._cache = cache
        self._tasks = tasks
        self._keeping = TaskGroup("metadata-keeping")
        self._unkept: dict[tuple[Kind, SpotifyId], _Kept] = {}
        self._clock = clock
        self._flights: SingleFlight[tuple[Kind, SpotifyId], Found] = SingleFlight(tasks)
        self._refresh_after: dict[tuple[Kind, SpotifyId], float] = {}
        self._read: dict[Kind, Callable[[SpotifyId], Awaitable[Resource]]] = {
            Kind.TRACK: catalog.track,
            Kind.ALBUM: catalog.album,
            Kind.PLAYLIST: catalog.playlist,
            Kind.ARTIST: catalog.artist,
        }
        self._fresh_for: dict[Kind, timedelta] = {
            Kind.TRACK: timedelta(milliseconds=settings.spotify_track_cache_ttl_duration_ms),
            Kind.ALBUM: timedelta(milliseconds=settings.spotify_album_cache_ttl_duration_ms),
            Kind.PLAYLIST: timedelta(milliseconds=settings.spotify_playlist_cache_ttl_duration_ms),
            Kind.ARTIST: timedelta(milliseconds=settings.spotify_artist_cache_ttl_duration_ms),
        }
        self._stale_for = timedelta(milliseconds=settings.metadata_stale_ms)
        self._not_found_s = settings.not_found_cache_ms / 1000

    async def close(self) -> None:
        """Waits, within a few seconds, until all that was read is kept."""
        await self._keeping.drain(KEEP_WITHIN_S)
        await self._keeping.close()

    async def track(self, track_id: SpotifyId) -> Track:
        """The full track; raises `TrackNotFound` or a `CatalogError`."""
        found = await self.find(Kind.TRACK, track_id)
        if not isinstance(found.resource, Track):
            raise TrackNotFound
        return found.resource

    async def find(self, kind: Kind, spotify_id: SpotifyId) -> Found:
        """The resource; one flight per id. Raises a `NotFoundError` or a `CatalogError`."""
        return await self._flights.run((kind, spotify_id), lambda: self._find(kind, spotify_id))

    async def _find(self, kind: Kind, spotify_id: SpotifyId) -> Found:
        kept = self._unkept.get((kind, spotify_id))
        if kept is None:
            kept = await self._from_cache(kind, spotify_id) or await self._from_store(kind, spotify_id)
        now = self._clock()
        if kept is not None:
            fresh_until = kept.fetched_at + self._fresh(kind, kept.resource)
            if fresh_until > now:
                return Found(kept.resource, CacheState.HIT, fresh_until)
            if fresh_until + self._stale_for > now:
                self._refresh(kind, spotify_id)
                return Found(kept.resource, CacheState.STALE, fresh_until)
        return await self._from_catalog(kind, spotify_id)

    async def _from_catalog(self, kind: Kind, spotify_id: SpotifyId) -> Found:
        if (remembered := await self._cache.get(_absent_key(kind, spotify_id))) is not None:
            code, message = ujson.loads(remembered)
            raise error_from_code(code, message, stage="resolve")
        try:
            resource = await self._read[kind](spotify_id)
        except NotFoundError as error:
            await self._cache.set(
                _absent_key(kind, spotify_id), ujson.dumps([error.code, error.message]).encode(), self._not_found_s
            )
            raise
        fetched_at = self._clock()
        if isinstance(resource, Track):
            await self._keep(kind, resource, fetched_at)
        else:
            # To keep a long list takes longer than to read it, and nobody is to wait for that.
            self._keeping.start(f"{kind.value}:{spotify_id}", self._keep_behind(kind, resource, fetched_at))
        return Found(resource, CacheState.MISS, fetched_at + self._fresh(kind, resource))

    def _fresh(self, kind: Kind, resource: Resource) -> timedelta:
        """How long the resource is fresh: a list that could not be read in full only for a moment."""
        complete = isinstance(resource, Track) or resource.complete
        return self._fresh_for[kind] if complete else min(self._fresh_for[kind], INCOMPLETE_FRESH)

    async def _keep_behind(self, kind: Kind, resource: Resource, fetched_at: datetime) -> None:
        """Keeps a list behind its answer; meanwhile this process answers from its memory.

        A process that is killed in this moment costs one more reading, no more.
        """
        key, kept = (kind, resource.id), _Kept(resource, fetched_at)
        self._unkept[key] = kept
        try:
            await asyncio.sleep(ANSWER_FIRST_S)
            await self._keep(kind, resource, fetched_at)
        finally:
            if self._unkept.get(key) is kept:
                del self._unkept[key]

    async def _keep(self, kind: Kind, resource: Resource, fetched_at: datetime) -> None:
        keep_for = self._fresh_for[kind] + self._stale_for
        entry = await asyncio.to_thread(_entry, resource, fetched_at)
        await self._cache.set(_key(kind, resource.id), entry, keep_for.total_seconds())
        try:
            await self._store.put(kind, resource, fetched_at, fetched_at + keep_for)
        except DatabaseUnavailable as error:
            # The answer is known and right; only the next process will have to ask again.
            logger.warning("metadata_not_kept", extra={"kind": kind.value, "id": resource.id, "cause": str(error)})

    async def _from_cache(self, kind: Kind, spotify_id: SpotifyId) -> _Kept | None:
        value = await self._cache.get(_key(kind, spotify_id))
        if value is None:
            return None
        try:
            entry: dict[str, Any] = ujson.loads(value)
            return _Kept(from_document(kind, entry["document"]), datetime.fromisoformat(entry["fetched_at"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("cache_entry_unreadable", extra={"kind": kind.value, "id": spotify_id, "cause": str(error)})
            return None

    async def _from_store(self, kind: Kind, spotify_id: SpotifyId) -> _Kept | None:
        try:
            fetched = await self._store.get(kind, spotify_id)
        except DatabaseUnavailable as error:
            logger.warning("metadata_not_read", extra={"kind": kind.value, "id": spotify_id, "cause": str(error)})
            return None
        return None if fetched is None else _Kept(fetched.resource, fetched.fetched_at)

    def _refresh(self, kind: Kind, spotify_id: SpotifyId) -> None:
        """Reads the resource anew in the background, unless that failed a moment ago."""
        key = (kind, spotify_id)
        now = time.monotonic()
        if self._refresh_after.get(key, 0.0) > now:
            return
        self._refresh_after[key] = now + REFRESH_PAUSE_S
        self._tasks.start(f"refresh:{kind.value}:{spotify_id}", self._refreshed(kind, spotify_id))

    async def _refreshed(self, kind: Kind, spotify_id: SpotifyId) -> None:
        try:
            await self._from_catalog(kind, spotify_id)
        except MusicError as error:
            # Stale metadata outlives even a withdrawal until its own end; the reason is on record.
            logger.warning("refresh_failed", extra={"kind": kind.value, "id": spotify_id, "code": error.code})
            self._forget_old_pauses()
        else:
            self._refresh_after.pop((kind, spotify_id), None)

    def _forget_old_pauses(self) -> None:
        now = time.monotonic()
        self._refresh_after = {key: until for key, until in self._refresh_after.items() if until > now}


def _entry(resource: Resource, fetched_at: datetime) -> bytes:
    return orjson.dumps({"fetched_at": fetched_at.isoformat(), "document": to_document(resource)})


def _key(kind: Kind, spotify_id: SpotifyId) -> str:
    return f"metadata:{kind.value}:{spotify_id}"


def _absent_key(kind: Kind, spotify_id: SpotifyId) -> str:
    return f"absent:{kind.value}:{spotify_id}"
