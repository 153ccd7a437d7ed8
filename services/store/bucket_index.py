"""Which file lies where in the bucket: three fields of the documents of `downloads`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.audio import StoredAudio
from services.bucket.base import Placed
from services.store.documents import parsed
from services.store.mongo import Document, MongoDatabase
from services.store.versioned import change

NOWHERE: Document = {"bucket_key": None, "bucket_version": None, "bucket_url": None}


class MongoBucketIndex:
    """Implements `BucketIndex`."""

    def __init__(self, db: MongoDatabase) -> None:
        self._downloads = db.collection("downloads")

    async def unplaced(self, after: str, limit: int) -> Sequence[tuple[str, StoredAudio]]:
        """Files that no bucket holds, with their ids, by id, from the one after `after`."""
        return await self._page({"bucket_key": {"$eq": None}}, after, limit)

    async def placed(self, after: str, limit: int) -> Sequence[tuple[str, StoredAudio]]:
        """Files that a bucket holds, with their ids, by id, from the one after `after`."""
        return await self._page({"bucket_key": {"$gt": ""}}, after, limit)

    async def place(self, audio_id: str, sha256: str, placed: Placed) -> bool:
        """Writes down where the file lies; `False` when it is not known any more, or is another file by now."""

        def decided(document: Document | None) -> Document | None:
            if document is None or document["sha256"] != sha256:
                return None
            return {"bucket_key": placed.key, "bucket_version": placed.version, "bucket_url": placed.url}

        return await change(self._downloads, audio_id, decided) is not None

    async def displace(self, audio_id: str, bucket_key: str) -> bool:
        """Writes down that it does not lie there any more; `False` when that was not believed."""

        def decided(document: Document | None) -> Document | None:
            return NOWHERE if document is not None and document.get("bucket_key") == bucket_key else None

        return await change(self._downloads, audio_id, decided) is not None

    async def uses(self, bucket_key: str) -> bool:
        """Whether any file is believed to lie there."""
        return await self._downloads.find_one({"bucket_key": bucket_key}) is not None

    async def _page(self, query: Mapping[str, Any], after: str, limit: int) -> list[tuple[str, StoredAudio]]:
        found = await self._downloads.find({"_id": {"$gt": after}, **query}, sort=[("_id", 1)], limit=limit)
        return [(document["_id"], parsed(StoredAudio, document)) for document in found]
