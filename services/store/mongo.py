"""MongoDB through motor: the one place that names the driver.

A real MongoDB and the embedded server are used alike, hence some habits in the stores. Dates in queries are compared
with `$lt` or `$gt`: the embedded server compares whole seconds, so that these are never early, and at most a second
late. `$inc` and `$unset` name top-level fields. `$in` is asked of `_id` alone, for elsewhere it reads the whole
collection. No index stands on an array field. Documents change by compare-and-set (`services.store.versioned`), since
`findAndModify` there answers "nothing found" when it failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from models.errors import DatabaseUnavailable
from services.store.indexes import INDEXES, Index

Document = dict[str, Any]

DUPLICATE_KEY = 11_000
MARKS_KEPT = 50
"""Marks that a document of `upsert_once` remembers."""
SOCKET_TIMEOUT_MS = 20_000
"""A server that took a command and then says nothing for so long is gone."""


@contextmanager
def translated() -> Iterator[None]:
    """The driver's errors as `DatabaseUnavailable`, cause kept."""
    try:
        yield
    except PyMongoError as exc:
        raise DatabaseUnavailable(cause=f"{type(exc).__name__}: {exc}") from exc


def _only_duplicates(error: BulkWriteError) -> list[int]:
    """The numbers of the operations that were refused for their `_id`; raises `error` when there was another reason."""
    refused = (error.details or {}).get("writeErrors", [])
    if any(each["code"] != DUPLICATE_KEY for each in refused) or (error.details or {}).get("writeConcernErrors"):
        raise error
    return [each["index"] for each in refused]


def _once(key: str, change: Mapping[str, Any], mark: str, *, upsert: bool) -> UpdateOne:
    return UpdateOne(
        # `$nin` of one: the embedded server reads `$ne` beside a list as "is not exactly this list".
        {"_id": key, "batches": {"$nin": [mark]}},
        {**change, "$push": {"batches": {"$each": [mark], "$slice": -MARKS_KEPT}}},
        upsert=upsert,
    )


class MongoCollection:
    """One collection. Every verb raises `DatabaseUnavailable` when the server does not answer, or refuses."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    async def find_one(self, query: Mapping[str, Any]) -> Document | None:
        """A document that fits."""
        with translated():
            found: Document | None = await self._collection.find_one(query)
            return found

    async def find(
        self, query: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Document]:
        """The documents that fit; all of them when `limit` is 0."""
        with translated():
            cursor = self._collection.find(query)
            if sort:
                cursor = cursor.sort(list(sort))
            if limit:
                cursor = cursor.limit(limit)
            found: list[Document] = await cursor.to_list(None)
            return found

    async def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """What the pipeline gives."""
        with translated():
            found: list[Document] = await self._collection.aggregate(list(pipeline)).to_list(None)
            return found

    async def count(self, query: Mapping[str, Any]) -> int:
        """How many documents fit."""
        with translated():
            return int(await self._collection.count_documents(query))

    async def insert_new(self, document: Document) -> bool:
        """Inserts the document; `False` when its `_id` is taken."""
        with translated():
            try:
                await self._collection.insert_one(document)
            except DuplicateKeyError:
                return False
            return True

    async def insert_many(self, documents: Sequence[Document]) -> None:
        """Inserts the documents in one round trip."""
        if documents:
            with translated():
                await self._collection.insert_many(documents, ordered=False)

    async def put_many(self, documents: Sequence[Document]) -> None:
        """Inserts or replaces each document by its `_id`, in one round trip; may be repeated safely."""
        if documents:
            with translated():
                await self._collection.bulk_write(
                    [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents],
                    ordered=False,
                )

    async def update(self, query: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
        """Changes one document that fits, atomically; whether there was one."""
        with translated():
            result = await self._collection.update_one(query, change)
            return bool(result.matched_count)

    async def upsert_many(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """For each `_id`, changes its document or makes it, in one round trip."""
        if changes:
            with translated():
                await self._collection.bulk_write(
                    [UpdateOne({"_id": key}, change, upsert=True) for key, change in changes.items()], ordered=False
                )

    async def insert_missing(self, documents: Sequence[Document]) -> None:
        """Inserts the documents whose `_id` is not taken, in one round trip; may be repeated safely."""
        if documents:
            with translated():
                try:
                    await self._collection.insert_many(documents, ordered=False)
                except BulkWriteError as error:
                    _only_duplicates(error)

    async def upsert_once(self, changes: Mapping[str, Mapping[str, Any]], mark: str) -> None:
        """For each `_id`, changes its document or makes it, unless `mark` has changed it before.

        May be repeated safely after any kind of break, `$inc` included: each document keeps its last marks in
        `batches`. A change must not name that field, nor use `$push`.
        """
        if not changes:
            return
        keys = list(changes)
        with translated():
            try:
                await self._collection.bulk_write(
                    [_once(key, changes[key], mark, upsert=True) for key in keys], ordered=False
                )
            except BulkWriteError as error:
                # Either the mark is there already, or somebody made the document at the same moment, and it is not.
                again = [keys[index] for index in _only_duplicates(error)]
                await self._collection.bulk_write(
                    [_once(key, changes[key], mark, upsert=False) for key in again], ordered=False
                )

    async def update_many(self, query: Mapping[str, Any], change: Mapping[str, Any]) -> int:
        """Changes every document that fits; how many there were."""
        with translated():
            result = await self._collection.update_many(query, change)
            return int(result.matched_count)

    async def delete(self, query: Mapping[str, Any]) -> int:
        """Removes the documents that fit; how many there were."""
        with translated():
            result = await self._collection.delete_many(query)
            return int(result.deleted_count)


class MongoDatabase:
    """A database by its address; connects on first use and again after every loss."""

    def __init__(self, uri: str, *, default_database: str = "music_dl", timeout_ms: int = 3000) -> None:
        """`timeout_ms` bounds the wait for a server. An address may name the database and any driver option."""
        with translated():
            self._client: Any = AsyncIOMotorClient(
                uri,
                appname="music-dl-server",
                serverSelectionTimeoutMS=timeout_ms,
                connectTimeoutMS=timeout_ms,
                waitQueueTimeoutMS=timeout_ms,
                socketTimeoutMS=SOCKET_TIMEOUT_MS,
            )
        dates: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._database: Any = self._client.get_default_database(default_database).with_options(codec_options=dates)

    @property
    def name(self) -> str:
        """The database's name."""
        return str(self._database.name)

    def collection(self, name: str) -> MongoCollection:
        """The collection with this name."""
        return MongoCollection(self._database[name])

    async def ping(self) -> None:
        """Returns when the server answers; raises `DatabaseUnavailable`."""
        with translated():
            await self._client.admin.command("ping")

    async def ensure_indexes(self, indexes: Iterable[Index] = INDEXES) -> None:
        """Makes the indexes that are not there yet; may be repeated safely."""
        with translated():
            for index in indexes:
                options = {} if index.expire_after_s is None else {"expireAfterSeconds": index.expire_after_s}
                await self._database[index.collection].create_index([(key, 1) for key in index.keys], **options)

    async def drop(self) -> None:
        """Removes the database and all in it."""
        with translated():
            await self._client.drop_database(self.name)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()
