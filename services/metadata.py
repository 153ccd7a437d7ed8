"""Answers to "what is behind this link?": ready bytes in front, so that a warm answer costs next to nothing."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.audio import StoredAudio
from models.errors import DatabaseUnavailable
from models.ids import SpotifyId
from models.links import SpotifyRef
from models.music import Album, Kind, Playlist, Resource, Track
from services.counters import UsageCounter
from services.flight import SingleFlight
from services.resources import CacheState, Found, ResourceService
from services.store.base import DownloadStore
from services.tasks import TaskGroup

READY_FOR_S = 30.0
"""A ready answer is built anew after this long even if nothing is known to have changed."""
STALE_READY_FOR_S = 5.0
"""A stale one sooner: fresh metadata is on its way."""
BYTES_PER_TRACK_ID = 120
"""What remembering a track id in an entry costs, roughly."""

Key = tuple[Kind, SpotifyId, str]
Render = Callable[[Resource, Mapping[SpotifyId, StoredAudio]], bytearray]
"""Gives the body, its counts being 0."""


@dataclass(slots=True)
class ReadyAnswer:
    """A body, into which the caller writes the counts of each answer; `etag` covers all but them, so it is weak."""

    kind: Kind
    spotify_id: SpotifyId
    body: bytearray
    etag: str
    state: CacheState
    until: float
    """On the monotonic clock, in seconds."""
    track_ids: frozenset[SpotifyId]
    hits: int
    downloads: int

    @property
    def cost(self) -> int:
        """Bytes it takes in memory, roughly."""
        return len(self.body) + BYTES_PER_TRACK_ID * len(self.track_ids) + 500


class MetadataService:
    """Metadata as bytes ready to be sent, built by the caller's `render` and kept within `max_bytes`."""

    def __init__(
        self,
        *,
        resources: ResourceService,
        downloads: DownloadStore,
        usage: UsageCounter,
        tasks: TaskGroup,
        max_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._resources = resources
        self._downloads = downloads
        self._usage = usage
        self._max_bytes = max_bytes
        self._clock = clock
        self._ready: OrderedDict[Key, ReadyAnswer] = OrderedDict()
        self._keys_of_track: dict[SpotifyId, set[Key]] = {}
        self._flights: SingleFlight[Key, tuple[ReadyAnswer, CacheState]] = SingleFlight(tasks)
        self._bytes = 0
        self._forgets = 0

    async def answer(self, ref: SpotifyRef, variant: str, render: Render) -> tuple[ReadyAnswer, CacheState]:
        """The answer for `ref`, and where it came from. `variant` names what else the bytes depend on.

        Raises a `NotFoundError` or a `CatalogError`.
        """
        key = (ref.kind, ref.id, variant)
        ready = self._ready.get(key)
        if ready is not None and ready.until > self._clock():
            self._ready.move_to_end(key)
            state = ready.state
        else:
            # Shared by all who wait: rendering a long list for each of them would hold everybody up.
            ready, state = await self._flights.run(key, lambda: self._make(key, ref, render))
        ready.hits += 1
        self._usage.hit(ref.kind, ref.id)
        return ready, state

    async def _make(self, key: Key, ref: SpotifyRef, render: Render) -> tuple[ReadyAnswer, CacheState]:
        found = await self._resources.find(ref.kind, ref.id)
        before = self._forgets
        ready = await self._build(ref, found, render)
        if self._forgets == before:
            # Otherwise some audio came or went meanwhile, and this answer may not know of it.
            self._keep(key, ready)
        return ready, found.state

    def forget_track(self, track_id: SpotifyId) -> None:
        """Drops every ready answer that names the track: its audio came or went."""
        self._forgets += 1
        for key in [key for key, ready in self._ready.items() if track_id in ready.track_ids]:
            self._drop(key)

    def count_download(self, track_id: SpotifyId) -> None:
        """Counts one answer with the track's audio."""
        self._usage.downloaded(track_id)
        for key in self._keys_of_track.get(track_id, ()):
            self._ready[key].downloads += 1

    async def _build(self, ref: SpotifyRef, found: Found, render: Render) -> ReadyAnswer:
        track_ids = _track_ids(found.resource)
        stored: Mapping[SpotifyId, StoredAudio] = {}
        until = self._clock() + (STALE_READY_FOR_S if found.state is CacheState.STALE else READY_FOR_S)
        try:
            stored = await self._downloads.by_tracks(track_ids)
        except DatabaseUnavailable:
            # Metadata is still worth answering; what is downloaded will be known again in a moment.
            until = self._clock()
        body = render(found.resource, stored)
        hits, downloads = await self._usage.totals(ref.kind, ref.id)
        fresh_s = (found.fresh_until.timestamp() - time.time()) if found.state is not CacheState.STALE else READY_FOR_S
        return ReadyAnswer(
            kind=ref.kind,
            spotify_id=ref.id,
            body=body,
            etag=f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"',
            state=CacheState.STALE if found.state is CacheState.STALE else CacheState.HIT,
            until=min(until, self._clock() + fresh_s),
            track_ids=track_ids,
            hits=hits,
            downloads=downloads,
        )

    def _keep(self, key: Key, ready: ReadyAnswer) -> None:
        self._drop(key)
        if ready.cost > self._max_bytes:
            return
        self._ready[key] = ready
        self._bytes += ready.cost
        if ready.kind is Kind.TRACK:
            self._keys_of_track.setdefault(ready.spotify_id, set()).add(key)
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._ready)))

    def _drop(self, key: Key) -> None:
        ready = self._ready.pop(key, None)
        if ready is None:
            return
        self._bytes -= ready.cost
        if (keys := self._keys_of_track.get(ready.spotify_id)) is not None:
            keys.discard(key)
            if not keys:
                del self._keys_of_track[ready.spotify_id]


def _track_ids(resource: Resource) -> frozenset[SpotifyId]:
    if isinstance(resource, Track):
        return frozenset({resource.id})
    if isinstance(resource, Album):
        return frozenset(track.id for track in resource.tracks)
    if isinstance(resource, Playlist):
        return frozenset(item.track.id for item in resource.items)
    return frozenset()
