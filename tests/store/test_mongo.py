"""The driver's edge: errors are ours, and the server keeps what the stores rely on."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta

import pytest

from models.audio import AudioFormat
from models.errors import DatabaseUnavailable
from models.music import Kind
from services.store.downloads import MongoDownloadStore
from services.store.indexes import INDEXES
from services.store.jobs import MongoJobStore
from services.store.matches import MongoMatchStore
from services.store.metadata import MongoMetadataStore
from services.store.mongo import MongoDatabase
from tests.store.values import NOW, job, spotify_id, stored, track, video_id

SECOND = timedelta(seconds=1)


async def test_a_server_that_is_not_there_is_told_as_unavailable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = MongoDatabase(f"mongodb://127.0.0.1:{probe.getsockname()[1]}", timeout_ms=50)
        jobs, downloads = MongoJobStore(nobody), MongoDownloadStore(nobody)
        metadata, matches = MongoMetadataStore(nobody), MongoMatchStore(nobody)
        errors = await asyncio.gather(
            nobody.ping(),
            nobody.ensure_indexes(),
            jobs.ask(job()),
            jobs.waiting(NOW, 1),
            downloads.put(stored()),
            downloads.claim(stored().recording_key, AudioFormat.M4A, "a", NOW),
            downloads.by_tracks([spotify_id(1)]),
            metadata.get(Kind.TRACK, spotify_id(1)),
            metadata.put(Kind.TRACK, track(), NOW, NOW),
            metadata.count(Kind.TRACK, {spotify_id(1): 1}),
            matches.reject(spotify_id(1), video_id(1), "reported"),
            nobody.collection("x").aggregate([]),
            return_exceptions=True,
        )
        for error in errors:
            assert isinstance(error, DatabaseUnavailable)
            assert error.__cause__ is not None
            assert "127.0.0.1" not in str(error)
        nobody.close()


async def test_an_address_that_is_none_is_told_as_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        MongoDatabase("mongodb://")


async def test_the_address_may_name_the_database(embedded_uri: str) -> None:
    named = MongoDatabase(embedded_uri.replace("/?", "/elsewhere?"))
    unnamed = MongoDatabase(embedded_uri)
    assert (named.name, unnamed.name) == ("elsewhere", "music_dl")
    named.close()
    unnamed.close()


async def test_a_refused_command_is_told_with_its_cause(database: MongoDatabase) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        await database.collection("x").aggregate([{"$noSuchStage": {}}])
    assert caught.value.facts["cause"]


async def test_indexes_may_be_made_again(database: MongoDatabase) -> None:
    await database.ensure_indexes()
    await database.ensure_indexes(INDEXES[:1])


async def test_documents_go_in_and_come_out(database: MongoDatabase) -> None:
    rows = database.collection("rows")
    assert await rows.insert_new({"_id": "a", "n": 1}) is True
    assert await rows.insert_new({"_id": "a", "n": 2}) is False
    await rows.insert_many([{"_id": "b", "n": 2}, {"_id": "c", "n": 3}])
    await rows.insert_many([])
    await rows.put_many([{"_id": "c", "n": 4}, {"_id": "d", "n": 5}])
    assert await rows.find({"n": {"$gt": 1}}, sort=[("n", -1)], limit=2) == [{"_id": "d", "n": 5}, {"_id": "c", "n": 4}]
    assert await rows.count({}) == 4
    assert await rows.aggregate([{"$group": {"_id": None, "sum": {"$sum": "$n"}}}]) == [{"_id": None, "sum": 12}]
    assert await rows.update({"_id": "nobody"}, {"$set": {"n": 1}}) is False
    assert await rows.delete({"_id": {"$in": ["a", "b", "x"]}}) == 2


async def test_an_update_keeps_types_at_every_depth(database: MongoDatabase) -> None:
    rows = database.collection("rows")
    await rows.insert_new({"_id": "a", "list": []})
    value = {"when": NOW, "yes": True, "none": None, "whole": 1, "part": 1.0, "text": "true", "nested": {"when": NOW}}
    await rows.update({"_id": "a"}, {"$set": value, "$push": {"list": {"when": NOW, "no": False}}})
    found = await rows.find_one({"_id": "a"})
    assert found == {"_id": "a", "list": [{"when": NOW, "no": False}], **value}
    assert found is not None
    assert found["yes"] is True
    assert isinstance(found["part"], float)
    assert isinstance(found["whole"], int)
    assert found["when"].tzinfo is not None


async def test_dates_compare(database: MongoDatabase) -> None:
    rows = database.collection("rows")
    await rows.insert_many([{"_id": str(n), "at": NOW + n * SECOND} for n in range(5)])
    assert await rows.count({"at": {"$lt": NOW + 2 * SECOND}}) == 2
    assert await rows.count({"at": {"$gt": NOW + 2 * SECOND}}) == 2
    assert [row["_id"] for row in await rows.find({}, sort=[("at", -1)], limit=2)] == ["4", "3"]


async def test_or_stands_beside_other_conditions(database: MongoDatabase) -> None:
    rows = database.collection("rows")
    await rows.insert_many([{"_id": "a", "n": 1, "free": True}, {"_id": "b", "n": 2, "free": True}])
    either = {"_id": "a", "$or": [{"n": 1}, {"free": True}]}
    assert [row["_id"] for row in await rows.find(either)] == ["a"]
    assert await rows.update(either, {"$set": {"free": False}})
    assert await rows.count({"free": True}) == 1
    assert await rows.delete({"n": 7, "$or": [{"free": True}, {"free": False}]}) == 0
    assert await rows.count({}) == 2
