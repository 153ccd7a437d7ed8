"""The contract of `JobStore`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from models.ids import JobId
from models.job import Job, JobError, JobState, Progress, Stage
from services.store.base import JobStore
from services.store.jobs import MongoJobStore
from services.store.mongo import MongoDatabase
from tests.store.values import NOW, Clock, job

ID = job().id
ERROR = JobError(code="no_match", message="No sure match.", retryable=False, stage="search", retry_after_s=1.5)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: MongoDatabase, clock: Clock) -> JobStore:
    return MongoJobStore(database, clock=clock)


async def running(store: JobStore, owner: str = "a", now: datetime = NOW) -> Job:
    await store.ask(job())
    claimed = await store.claim(ID, owner, now + MINUTE, now)
    assert claimed is not None
    return claimed


async def same(store: JobStore, returned: Job | None) -> Job:
    """What a verb returned is what is stored."""
    assert returned is not None
    assert await store.get(returned.id) == returned
    return returned


async def test_the_first_wish_makes_the_job(store: JobStore) -> None:
    made, queued = await store.ask(job(title="T", artists=("A", "B")))
    assert queued
    assert made == job(title="T", artists=("A", "B"))
    await same(store, made)


async def test_dates_are_kept_to_the_millisecond_in_what_is_returned_too(store: JobStore) -> None:
    moment = NOW.replace(microsecond=123_999)
    made, _ = await store.ask(job(created_at=moment, updated_at=moment))
    assert made.created_at == NOW
    await same(store, made)


async def test_an_unknown_job_is_absent(store: JobStore) -> None:
    unknown = JobId("nothing")
    assert await store.get(unknown) is None
    assert await store.claim(unknown, "a", NOW + MINUTE, NOW) is None
    assert await store.cancel(unknown) is None
    assert await store.requeue(unknown) is None
    assert await store.renew(unknown, "a", NOW) is None
    assert await store.finish(unknown, "a", JobState.DONE) is None


async def test_the_same_wish_is_counted_in_every_state_that_needs_no_start(store: JobStore, clock: Clock) -> None:
    await store.ask(job())
    clock.forward(5)
    asked, queued = await store.ask(job())
    assert (queued, asked.state, asked.requested_count, asked.seq) == (False, JobState.QUEUED, 2, 2)
    assert asked.updated_at == clock.now
    await store.claim(ID, "a", NOW + MINUTE, NOW)
    asked, queued = await store.ask(job())
    assert (queued, asked.state, asked.requested_count, asked.seq) == (False, JobState.RUNNING, 3, 4)
    assert asked.lease_owner == "a"
    await store.finish(ID, "a", JobState.DONE, stored_name=job().name)
    asked, queued = await store.ask(job())
    assert (queued, asked.state, asked.requested_count, asked.seq) == (False, JobState.DONE, 4, 6)
    assert asked.stored_name == job().name
    await same(store, asked)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
async def test_a_failed_or_cancelled_job_starts_over(store: JobStore, state: JobState) -> None:
    await running(store)
    await store.cancel(ID)
    await store.finish(ID, "a", state, error=ERROR, progress=Progress(percent=50.0))
    asked, queued = await store.ask(job())
    assert queued
    assert asked == job(seq=5, requested_count=2)
    await same(store, asked)


async def test_a_done_job_is_queued_anew_when_its_file_is_gone(store: JobStore) -> None:
    await running(store)
    assert await store.requeue(ID) is None
    await store.finish(ID, "a", JobState.DONE, stored_name=job().name)
    again = await same(store, await store.requeue(ID))
    assert again == job(seq=4)
    assert await store.requeue(ID) is None


async def test_a_queued_job_is_claimed_once(store: JobStore, clock: Clock) -> None:
    await store.ask(job())
    now = clock.forward(1)
    claimed = await same(store, await store.claim(ID, "a", now + MINUTE, now))
    assert claimed == job(
        state=JobState.RUNNING, seq=2, attempt=1, lease_owner="a", lease_until=now + MINUTE, updated_at=now
    )
    assert await store.claim(ID, "b", now + MINUTE, now) is None
    assert await store.claim(ID, "a", now + MINUTE, now) is None


async def test_a_job_whose_lease_ran_out_is_taken_over(store: JobStore) -> None:
    await running(store)
    almost, after = NOW + MINUTE - timedelta(milliseconds=1), NOW + MINUTE
    assert await store.claim(ID, "b", almost + MINUTE, almost) is None
    taken = await same(store, await store.claim(ID, "b", after + MINUTE, after))
    assert (taken.attempt, taken.lease_owner, taken.seq) == (2, "b", 1003)
    for verdict in (
        await store.renew(ID, "a", after),
        await store.advance(ID, "a", Progress(), seq=99, title=None, artists=()),
        await store.finish(ID, "a", JobState.DONE),
        await store.retry(ID, "a", not_before=after, error=None, counted=True),
    ):
        assert verdict is None
    assert await store.get(ID) == taken


async def test_a_renewed_lease_is_not_taken_over(store: JobStore) -> None:
    claimed = await running(store)
    renewed = await same(store, await store.renew(ID, "a", NOW + 2 * MINUTE))
    assert renewed == replace(claimed, lease_until=NOW + 2 * MINUTE)
    assert await store.claim(ID, "b", NOW + 3 * MINUTE, NOW + MINUTE) is None


async def test_a_delayed_job_is_not_run_before_its_time(store: JobStore) -> None:
    await running(store)
    then = NOW + MINUTE
    delayed = await same(store, await store.retry(ID, "a", not_before=then, error=ERROR, counted=True))
    assert delayed == job(seq=3, attempt=1, not_before=then, error=ERROR)
    assert await store.claim(ID, "b", then + MINUTE, then - timedelta(milliseconds=1)) is None
    claimed = await store.claim(ID, "b", then + MINUTE, then)
    assert claimed is not None
    assert (claimed.attempt, claimed.not_before) == (2, None)


async def test_a_hand_back_gives_the_attempt_back(store: JobStore) -> None:
    await running(store)
    back = await store.retry(ID, "a", not_before=NOW, error=None, counted=False)
    assert back == job(seq=3, attempt=0, not_before=NOW)


async def test_progress_is_written_with_the_workers_number(store: JobStore) -> None:
    await running(store)
    progress = Progress(
        stage=Stage.FETCH, percent=41.5, bytes_done=5, bytes_total=3_000_000_000, speed_bps=1.5, eta_s=2.0, message="m"
    )
    told = await same(store, await store.advance(ID, "a", progress, seq=40, title="T", artists=("A",)))
    assert (told.progress, told.seq, told.title, told.artists) == (progress, 40, "T", ("A",))
    told = await same(store, await store.advance(ID, "a", Progress(percent=60.0), seq=41, title=None, artists=()))
    assert (told.progress.percent, told.seq, told.title, told.artists) == (60.0, 41, "T", ("A",))
    asked, _ = await store.ask(job())
    assert asked.seq == 42
    told = await same(store, await store.advance(ID, "a", Progress(percent=61.0), seq=42, title=None, artists=()))
    assert told.seq == 43, "the number grows though somebody raised it in between"


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
async def test_a_run_ends_the_job(store: JobStore, state: JobState) -> None:
    await running(store)
    last = Progress(stage=Stage.STORE, percent=100.0)
    ended = await same(store, await store.finish(ID, "a", state, error=ERROR, stored_name=job().name, progress=last))
    assert ended == job(state=state, seq=3, attempt=1, error=ERROR, stored_name=job().name, progress=last)
    assert await store.claim(ID, "b", NOW + 9 * MINUTE, NOW + 8 * MINUTE) is None
    assert await store.finish(ID, "a", JobState.DONE) is None
    assert await store.cancel(ID) == ended


async def test_only_a_final_state_ends_a_job(store: JobStore) -> None:
    await running(store)
    with pytest.raises(ValueError, match="ends no job"):
        await store.finish(ID, "a", JobState.QUEUED)


async def test_cancel_ends_a_queued_job_at_once(store: JobStore) -> None:
    await store.ask(job())
    cancelled = await same(store, await store.cancel(ID))
    assert cancelled == job(state=JobState.CANCELLED, seq=2)
    assert await store.cancel(ID) == cancelled
    assert await store.claim(ID, "a", NOW + MINUTE, NOW) is None


async def test_cancel_asks_the_run_to_stop(store: JobStore) -> None:
    claimed = await running(store)
    asked = await same(store, await store.cancel(ID))
    assert asked == replace(claimed, cancel_requested=True, seq=3)
    assert await store.cancel(ID) == asked
    renewed = await store.renew(ID, "a", NOW + MINUTE)
    assert renewed is not None
    assert renewed.cancel_requested


async def test_a_job_to_be_cancelled_is_not_tried_again(store: JobStore) -> None:
    await running(store)
    await store.cancel(ID)
    ended = await same(store, await store.retry(ID, "a", not_before=NOW, error=ERROR, counted=True))
    assert ended.state is JobState.CANCELLED


async def test_waiting_jobs_are_those_that_should_run_and_do_not(store: JobStore) -> None:
    lease = NOW + MINUTE
    for number in range(1, 8):
        await store.ask(job(number, created_at=NOW - timedelta(seconds=number)))
    for number in range(2, 8):
        await store.claim(job(number).id, "a", lease, NOW)
    await store.retry(job(3).id, "a", not_before=NOW + 2 * MINUTE, error=None, counted=True)
    await store.retry(job(4).id, "a", not_before=NOW + 10 * MINUTE, error=None, counted=True)
    await store.finish(job(5).id, "a", JobState.DONE)
    await store.renew(job(6).id, "a", NOW + 10 * MINUTE)
    now = NOW + 3 * MINUTE
    waiting = [7, 3, 2, 1]  # lease ran out, due, lease ran out, never begun; oldest first
    assert [found.id for found in await store.waiting(now, 10)] == [job(number).id for number in waiting]
    assert [found.id for found in await store.waiting(now, 2)] == [job(7).id, job(3).id]
    assert [found.id for found in await store.waiting(NOW, 10)] == [job(1).id]


async def test_a_job_whose_worker_died_is_freed_once(store: JobStore) -> None:
    claimed = await running(store)
    assert await store.free(ID, NOW) is None
    late = claimed.lease_until
    assert late is not None
    freed = await same(store, await store.free(ID, late + MINUTE))
    assert (freed.state, freed.attempt, freed.lease_owner, freed.seq) == (JobState.QUEUED, 1, None, claimed.seq + 1001)
    assert await store.free(ID, late + MINUTE) is None
    assert await store.finish(ID, "a", JobState.DONE) is None
    assert await store.free(job(99).id, NOW) is None


async def test_a_job_to_be_cancelled_ends_when_its_worker_died(store: JobStore) -> None:
    claimed = await running(store)
    await store.cancel(ID)
    assert claimed.lease_until is not None
    freed = await same(store, await store.free(ID, claimed.lease_until + MINUTE))
    assert freed.state is JobState.CANCELLED


async def test_many_wishes_at_once_are_one_job(store: JobStore) -> None:
    answers = await asyncio.gather(*(store.ask(job()) for _ in range(100)))
    assert [queued for _, queued in answers].count(True) == 1
    found = await store.get(ID)
    assert found is not None
    assert (found.requested_count, found.seq) == (100, 100)


async def test_wishes_progress_and_cancel_side_by_side_all_count(store: JobStore) -> None:
    await running(store)
    await asyncio.gather(
        *(store.ask(job()) for _ in range(20)),
        *(store.renew(ID, "a", NOW + MINUTE) for _ in range(20)),
        *(store.advance(ID, "a", Progress(), seq=0, title=None, artists=()) for _ in range(10)),
        store.cancel(ID),
    )
    found = await store.get(ID)
    assert found is not None
    assert (found.requested_count, found.seq, found.cancel_requested) == (21, 2 + 20 + 10 + 1, True)


async def test_of_many_runs_one_holds_the_job(store: JobStore) -> None:
    await store.ask(job())
    claims = await asyncio.gather(*(store.claim(ID, f"run-{n}", NOW + MINUTE, NOW) for n in range(20)))
    winners = [claimed for claimed in claims if claimed is not None]
    assert len(winners) == 1
    assert await store.get(ID) == winners[0]


async def test_documents_read_well(store: JobStore, database: MongoDatabase) -> None:
    await running(store)
    document = await database.collection("jobs").find_one({"_id": ID})
    assert document is not None
    assert (document["state"], document["format"]) == ("running", "m4a")
    assert (document["lease_until"], document["created_at"]) == (NOW + MINUTE, NOW)
    assert document["cancel_requested"] is False
    assert document["progress"]["percent"] == 0.0
