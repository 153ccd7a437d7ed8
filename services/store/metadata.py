"""Metadata in MongoDB: `tracks albums playlists artists`, `list_parts` for long lists, `counters` for what is counted.

A document has the resource's fields, without those that hold nothing, and `fetched_at`, `expires_at`. MongoDB takes at
most 16 MB a document, and a playlist of 10,000 rows may be longer. So rows beyond the first thousand lie in
`list_parts`, a thousand each, under `<kind>:<id>:<revision>:<number>`; the main document names the `revision` and is
written last, so that a reader sees the old list or the new one, never a mixture.

`counters` (`_id`: `<kind>:<id>`) lives apart, since counts survive the metadata's expiry.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.ids import SpotifyId
from models.music import Fetched, Kind, Resource, from_document, to_document
from services.store.documents import Clock, to_ms, utc_now, without_blanks
from services.store.mongo import Document, MongoDatabase
from services.store.versioned import new_revision

logger = logging.getLogger(__name__)

ROWS_PER_DOCUMENT = 1000
_COLLECTIONS = {Kind.TRACK: "tracks", Kind.ALBUM: "albums", Kind.PLAYLIST: "playlists", Kind.ARTIST: "artists"}
_LISTS = {Kind.ALBUM: "tracks", Kind.PLAYLIST: "items", Kind.ARTIST: "albums"}


class MongoMetadataStore:
    """Implements `MetadataStore`."""

    def __init__(self, db: MongoDatabase, *, clock: Clock = utc_now) -> None:
        self._collections = {kind: db.collection(name) for kind, name in _COLLECTIONS.items()}
        self._parts = db.collection("list_parts")
        self._counters = db.collection("counters")
        self._clock = clock

    async def get(self, kind: Kind, spotify_id: SpotifyId) -> Fetched | None:
        """What was kept and has not passed its `expires_at`; raises `DatabaseUnavailable`."""
        document = await self._read(kind, spotify_id)
        # The server removes expired documents only once a minute.
        if document is None or document["expires_at"] <= self._clock():
            return None
        try:
            if kind in _LISTS:
                resource = await asyncio.to_thread(from_document, kind, document)
            else:
                resource = from_document(kind, document)
        except ValueError as error:
            # Written by another version of the server: to be read from Spotify anew.
            logger.warning("metadata_unreadable", extra={"kind": kind.value, "id": spotify_id, "cause": str(error)})
            return None
        return Fetched(resource=resource, fetched_at=document["fetched_at"])

    async def put(self, kind: Kind, resource: Resource, fetched_at: datetime, expires_at: datetime) -> None:
        """Keeps the resource; a list that is longer than a document may be is kept in parts."""
        collection = self._collections[kind]
        dates = {"fetched_at": to_ms(fetched_at), "expires_at": to_ms(expires_at)}
        if kind not in _LISTS:
            await collection.put_many([without_blanks(to_document(resource)) | dates])
            return
        revision = new_revision()
        before = await collection.find_one({"_id": resource.id})
        main, parts = await asyncio.to_thread(_split, kind, resource, revision)
        for part in parts:
            await self._parts.put_many([part | {"expires_at": dates["expires_at"]}])
        await collection.put_many([main | dates])
        if before is not None and before.get("parts", 1) > 1:
            await self._parts.delete({"_id": {"$in": _part_ids(kind, before)}})

    async def count(self, kind: Kind, hits: Mapping[SpotifyId, int]) -> None:
        """Adds to `music_dl_hit` of each resource."""
        await self._add(kind, "music_dl_hit", hits)

    async def count_downloads(self, downloads: Mapping[SpotifyId, int]) -> None:
        """Adds to `music_dl_download_count` of each track."""
        await self._add(Kind.TRACK, "music_dl_download_count", downloads)

    async def counts(self, kind: Kind, spotify_id: SpotifyId) -> tuple[int, int]:
        """(`music_dl_hit`, `music_dl_download_count`) so far."""
        document = await self._counters.find_one({"_id": f"{kind.value}:{spotify_id}"}) or {}
        return document.get("music_dl_hit", 0), document.get("music_dl_download_count", 0)

    async def _add(self, kind: Kind, field: str, amounts: Mapping[SpotifyId, int]) -> None:
        await self._counters.upsert_many(
            {
                f"{kind.value}:{spotify_id}": {
                    "$inc": {field: amount},
                    "$set": {"kind": kind.value, "spotify_id": spotify_id},
                }
                for spotify_id, amount in amounts.items()
            }
        )

    async def _read(self, kind: Kind, spotify_id: SpotifyId) -> Document | None:
        # Parts that are gone mean that the list was replaced after its main document was read: so it is read again.
        for _ in range(2):
            document = await self._collections[kind].find_one({"_id": spotify_id})
            if document is None or document.get("parts", 1) == 1 or await self._add_parts(kind, document):
                return document
        return None

    async def _add_parts(self, kind: Kind, document: Document) -> bool:
        """Completes the document's list; `False` when parts are gone."""
        ids = _part_ids(kind, document)
        rows: dict[str, list[Any]] = {}
        for part_id in ids:
            part = await self._parts.find_one({"_id": part_id})
            if part is None:
                return False
            rows[part_id] = part["rows"]
        for part_id in ids:
            document[_LISTS[kind]].extend(rows[part_id])
        return True


def _split(kind: Kind, resource: Resource, revision: str) -> tuple[Document, list[Document]]:
    """The main document and the parts."""
    main: Document = without_blanks(to_document(resource))
    rows: list[Any] = main.get(_LISTS[kind], [])
    if len(rows) <= ROWS_PER_DOCUMENT:
        return main, []
    chunks = [rows[start : start + ROWS_PER_DOCUMENT] for start in range(0, len(rows), ROWS_PER_DOCUMENT)]
    main |= {_LISTS[kind]: chunks[0], "parts": len(chunks), "revision": revision}
    return main, [
        {"_id": part_id, "rows": chunk} for part_id, chunk in zip(_part_ids(kind, main), chunks[1:], strict=True)
    ]


def _part_ids(kind: Kind, main: Document) -> list[str]:
    return [f"{kind.value}:{main['_id']}:{main['revision']}:{number}" for number in range(1, main["parts"])]
