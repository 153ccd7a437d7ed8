"""Counting hits and downloads without making anybody wait: collected in memory, written once a second."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict

from models.errors import DatabaseUnavailable
from models.ids import SpotifyId
from models.music import Kind
from services.store.base import MetadataStore

logger = logging.getLogger(__name__)

FLUSH_EVERY_S = 1.0


class UsageCounter:
    """`music_dl_hit` and `music_dl_download_count`. At most one second of counts is lost when the process is killed."""

    def __init__(self, store: MetadataStore) -> None:
        self._store = store
        self._hits: dict[Kind, Counter[SpotifyId]] = defaultdict(Counter)
        self._downloads: Counter[SpotifyId] = Counter()

    def hit(self, kind: Kind, spotify_id: SpotifyId) -> None:
        """Counts one answer with this resource's metadata."""
        self._hits[kind][spotify_id] += 1

    def downloaded(self, track_id: SpotifyId) -> None:
        """Counts one answer with this track's audio."""
        self._downloads[track_id] += 1

    async def totals(self, kind: Kind, spotify_id: SpotifyId) -> tuple[int, int]:
        """(hits, downloads) so far, what is not yet written included; what is written counts 0 with no database."""
        try:
            hits, downloads = await self._store.counts(kind, spotify_id)
        except DatabaseUnavailable as error:
            logger.warning("counts_not_read", extra={"kind": kind.value, "id": spotify_id, "cause": str(error)})
            hits = downloads = 0
        if kind is Kind.TRACK:
            downloads += self._downloads[spotify_id]
        return hits + self._hits[kind][spotify_id], downloads

    async def run(self) -> None:
        """Writes once a second until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Writes what was collected; what cannot be written is kept for the next time."""
        hits, self._hits = self._hits, defaultdict(Counter)
        downloads, self._downloads = self._downloads, Counter()
        for kind, counts in hits.items():
            if not counts:
                continue
            try:
                await self._store.count(kind, counts)
            except DatabaseUnavailable as error:
                self._hits[kind].update(counts)
                logger.warning("counts_not_written", extra={"kind": kind.value, "cause": str(error)})
        if downloads:
            try:
                await self._store.count_downloads(downloads)
            except DatabaseUnavailable as error:
                self._downloads.update(downloads)
                logger.warning("counts_not_written", extra={"kind": "downloads", "cause": str(error)})
