"""What is still to be done to the bucket, in MongoDB: one document each in `outbox`."""

from __future__ import annotations

from datetime import datetime

from services.bucket.books import ANY_HOME, OutboxEntry
from services.store.documents import parsed, plain, to_ms
from services.store.mongo import Document, MongoDatabase


class MongoOutbox:
    """Implements `Outbox`."""

    def __init__(self, db: MongoDatabase) -> None:
        self._outbox = db.collection("outbox")

    async def add(self, entry: OutboxEntry) -> None:
        """Keeps the entry, replacing the one with its id."""
        document: Document = plain(entry)
        document["_id"] = document.pop("id")
        await self._outbox.put_many([document])

    async def due(self, home: str, now: datetime, limit: int) -> list[OutboxEntry]:
        """Entries that this home may work on now, those due longest first."""
        found: list[Document] = []
        for whose in (home, ANY_HOME):
            # The date is compared here: the embedded server compares whole seconds.
            found += await self._outbox.find({"home": whose}, sort=[("not_before", 1)], limit=limit)
        found.sort(key=lambda document: document["not_before"])
        return [_entry(document) for document in found if document["not_before"] <= now][:limit]

    async def get(self, entry_id: str) -> OutboxEntry | None:
        """The entry with this id."""
        document = await self._outbox.find_one({"_id": entry_id})
        return None if document is None else _entry(document)

    async def done(self, entry: OutboxEntry) -> None:
        """Removes the entry, unless a newer one took its place."""
        await self._outbox.delete({"_id": entry.id, "sha256": entry.sha256})

    async def postpone(self, entry: OutboxEntry, not_before: datetime, error: str) -> None:
        """Counts a failed attempt, unless a newer entry took its place."""
        await self._outbox.update(
            {"_id": entry.id, "sha256": entry.sha256},
            {"$set": {"not_before": to_ms(not_before), "attempt": entry.attempt + 1, "error": error}},
        )

    async def waiting(self) -> int:
        """How many entries there are."""
        return await self._outbox.count({})


def _entry(document: Document) -> OutboxEntry:
    return parsed(OutboxEntry, {**document, "id": document["_id"]})
