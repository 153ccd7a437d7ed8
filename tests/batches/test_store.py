"""The contract of `BatchStore`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.audio import AudioFormat
from models.batch import Batch, BatchFailure, BatchKind, BatchRow, BatchSource, TrackCounts, batch_id
from models.errors import DatabaseUnavailable
from models.ids import DurationMs, JobId
from models.job import JobError, JobState, Progress
from services.store.base import BatchStore
from services.store.batches import ROWS_PER_DOCUMENT, MongoBatchStore
from services.store.mongo import MongoDatabase
from tests.store.values import NOW, Clock, spotify_id

MINUTE = timedelta(minutes=1)
SOURCE = BatchSource(kind=BatchKind.ALBUM, id=spotify_id(800), name="Début ♥")
FAILURE = BatchFailure(position=1, track_id=spotify_id(1), code="no_match", message="No.", retryable=False, title="T")
COUNTS = TrackCounts(total=3, done=1, failed=1, running=1)


def rows(count: int) -> list[BatchRow]:
    return [
        BatchRow(
            track_id=spotify_id(number),
            positions=(number, number + count),
            title=f"Title {number}",
            artists=("Björk", "椎名林檎"),
            duration_ms=DurationMs(1000 + number),
        )
        for number in range(count)
    ]


def made(count: int = 3, **changes: Any) -> Batch:
    values: dict[str, Any] = {
        "id": batch_id(SOURCE, AudioFormat.M4A, rows(count)),
        "source": SOURCE,
        "format": AudioFormat.M4A,
        "row_count": count,
        "complete": True,
        "state": JobState.QUEUED,
        "seq": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "tracks": TrackCounts(total=count, queued=count),
    }
    return Batch(**{**values, **changes})


ID = made().id


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: MongoDatabase, clock: Clock) -> BatchStore:
    return MongoBatchStore(database, clock=clock)


async def claimed(store: BatchStore, owner: str = "a") -> Batch:
    await store.ask(made(), rows(3))
    batch = await store.claim(ID, owner, NOW + MINUTE, NOW)
    assert batch is not None
    return batch


async def advance(store: BatchStore, owner: str = "a") -> Batch | None:
    return await store.advance(
        ID, owner, NOW + 2 * MINUTE, tracks=COUNTS, progress=Progress(percent=50.0), failures=[FAILURE]
    )


async def finish(store: BatchStore, state: JobState, owner: str = "a", error: JobError | None = None) -> Batch | None:
    return await store.finish(
        ID, owner, state, tracks=COUNTS, progress=Progress(percent=100.0), failures=[FAILURE], error=error
    )


def test_the_id_says_what_was_asked_for() -> None:
    ids = {
        batch_id(SOURCE, AudioFormat.M4A, rows(3)),
        batch_id(SOURCE, AudioFormat.OPUS, rows(3)),
        batch_id(replace(SOURCE, id=spotify_id(801)), AudioFormat.M4A, rows(3)),
        batch_id(replace(SOURCE, kind=BatchKind.PLAYLIST), AudioFormat.M4A, rows(3)),
        batch_id(SOURCE, AudioFormat.M4A, rows(4)),
        batch_id(SOURCE, AudioFormat.M4A, rows(3)[::-1]),
    }
    assert len(ids) == 6
    assert batch_id(replace(SOURCE, name="Renamed"), AudioFormat.M4A, rows(3)) == ID
    assert batch_id(SOURCE, AudioFormat.M4A, [replace(row, title="Renamed") for row in rows(3)]) == ID


async def test_the_first_wish_makes_the_batch(store: BatchStore) -> None:
    assert await store.ask(made(failures=(FAILURE,)), rows(3)) == (made(failures=(FAILURE,)), True)
    assert await store.get(ID) == made(failures=(FAILURE,))
    assert await store.rows(made()) == rows(3)


async def test_no_such_batch(store: BatchStore) -> None:
    assert await store.get(JobId("batch-0")) is None
    assert await store.cancel(JobId("batch-0")) is None
    assert await store.claim(JobId("batch-0"), "a", NOW, NOW) is None
    await store.release(JobId("batch-0"), "a")


@pytest.mark.parametrize("count", [0, 1, ROWS_PER_DOCUMENT, 2 * ROWS_PER_DOCUMENT + 1])
async def test_rows_by_the_thousand(store: BatchStore, count: int) -> None:
    await store.ask(made(count), rows(count))
    assert await store.rows(made(count)) == rows(count)


async def test_lost_rows_do_not_pass_for_a_short_list(store: BatchStore, database: MongoDatabase) -> None:
    await store.ask(made(), rows(3))
    await database.collection("batch_rows").delete({"_id": f"{ID}-0000"})
    with pytest.raises(DatabaseUnavailable):
        await store.rows(made())


async def test_the_same_wish_is_counted(store: BatchStore) -> None:
    await claimed(store)
    again, to_be_fed = await store.ask(made(), rows(3))
    assert not to_be_fed
    assert (again.state, again.requested_count, again.seq, again.lease_owner) == (JobState.RUNNING, 2, 3, "a")


async def test_many_wishes_at_once(store: BatchStore) -> None:
    answers = await asyncio.gather(*(store.ask(made(), rows(3)) for _ in range(8)))
    assert sum(to_be_fed for _, to_be_fed in answers) == 1
    batch = await store.get(ID)
    assert batch is not None
    assert (batch.requested_count, batch.seq) == (8, 8)


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
async def test_a_wish_after_the_end_starts_over(store: BatchStore, clock: Clock, state: JobState) -> None:
    await claimed(store)
    await finish(store, state, error=JobError(code="batch_failed", message="None.", retryable=True))
    clock.forward(5)
    again, to_be_fed = await store.ask(made(complete=False), rows(3))
    assert to_be_fed
    assert again == made(complete=False, seq=4, updated_at=clock.now, requested_count=2)


async def test_a_wish_during_a_cancel_starts_over(store: BatchStore) -> None:
    await claimed(store)
    await store.cancel(ID)
    again, to_be_fed = await store.ask(made(), rows(3))
    assert to_be_fed
    assert (again.state, again.cancel_requested, again.lease_owner) == (JobState.QUEUED, False, None)
    assert await finish(store, JobState.CANCELLED) is None, "the feed of before has lost it"


async def test_one_feeds_it_at_a_time(store: BatchStore) -> None:
    batch = await claimed(store)
    assert (batch.state, batch.lease_owner, batch.seq) == (JobState.RUNNING, "a", 2)
    assert await store.claim(ID, "b", NOW + MINUTE, NOW) is None
    later = NOW + MINUTE + timedelta(seconds=1)
    taken = await store.claim(ID, "b", later + MINUTE, later)
    assert taken is not None
    assert taken.lease_owner == "b"
    assert await advance(store) is None
    assert await finish(store, JobState.DONE) is None
    await store.release(ID, "a")
    assert await store.get(ID) == taken


async def test_progress_is_written_and_the_lease_kept(store: BatchStore) -> None:
    await claimed(store)
    batch = await advance(store)
    assert batch is not None
    assert (batch.seq, batch.tracks, batch.failures) == (3, COUNTS, (FAILURE,))
    assert (batch.progress.percent, batch.lease_until) == (50.0, NOW + 2 * MINUTE)
    assert await store.get(ID) == batch


async def test_the_end(store: BatchStore) -> None:
    await claimed(store)
    batch = await finish(store, JobState.DONE)
    assert batch is not None
    assert (batch.state, batch.lease_owner, batch.lease_until, batch.seq) == (JobState.DONE, None, None, 3)
    assert await advance(store) is None
    assert await store.claim(ID, "b", NOW + MINUTE, NOW) is None
    assert await store.cancel(ID) == batch
    with pytest.raises(ValueError, match="ends no batch"):
        await finish(store, JobState.RUNNING)


async def test_a_released_batch_can_be_taken_at_once(store: BatchStore) -> None:
    batch = await claimed(store)
    await store.release(ID, "a")
    assert await store.get(ID) == replace(batch, lease_owner=None, lease_until=None)
    assert [each.id for each in await store.unfed(NOW, 10)] == [ID]
    assert await store.claim(ID, "b", NOW + MINUTE, NOW) is not None


async def test_cancel_is_asked_for_once(store: BatchStore) -> None:
    await claimed(store)
    asked = await store.cancel(ID)
    assert asked is not None
    assert (asked.cancel_requested, asked.state, asked.seq) == (True, JobState.RUNNING, 3)
    assert await store.cancel(ID) == asked
    assert (await advance(store) or asked).cancel_requested


async def test_the_living_and_the_unfed(store: BatchStore, clock: Clock) -> None:
    fed, lapsed, queued, cancelled, ended = (made(count) for count in range(3, 8))
    for number, batch in enumerate((fed, lapsed, queued, cancelled, ended)):
        await store.ask(replace(batch, created_at=NOW + timedelta(seconds=number)), [])
    await store.claim(fed.id, "a", NOW + timedelta(hours=1), NOW)
    await store.claim(lapsed.id, "a", NOW + MINUTE, NOW)
    await store.cancel(cancelled.id)
    await store.claim(ended.id, "a", NOW + MINUTE, NOW)
    await store.finish(ended.id, "a", JobState.DONE, tracks=COUNTS, progress=Progress(), failures=[])
    assert {batch.id for batch in await store.living()} == {fed.id, lapsed.id, queued.id}
    assert [batch.id for batch in await store.unfed(NOW, 10)] == [queued.id, cancelled.id]
    later = NOW + 2 * MINUTE
    assert [batch.id for batch in await store.unfed(later, 10)] == [lapsed.id, queued.id, cancelled.id]
    assert [batch.id for batch in await store.unfed(later, 1)] == [lapsed.id]


async def test_documents_read_well(store: BatchStore, database: MongoDatabase) -> None:
    await claimed(store)
    document = await database.collection("batches").find_one({"_id": ID})
    assert document is not None
    assert (document["state"], document["format"], document["source"]["name"]) == ("running", "m4a", "Début ♥")
    assert (document["created_at"], document["lease_until"]) == (NOW, NOW + MINUTE)
    assert document["cancel_requested"] is False
