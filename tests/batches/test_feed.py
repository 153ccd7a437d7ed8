"""Batches from the wish to the end, over a real database, queue and worker."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models.audio import AudioFormat, job_id
from models.errors import SourceUnreachable
from models.job import JobState
from models.progress import MessageType
from services.store.mongo import MongoDatabase
from tests.support.batches import Plant, no_match, open_plant, sound, spotify_id
from tests.support.wait import wait_for


async def test_partial_failure_stays_partial(plant: Plant) -> None:
    plant.pipeline.failing[spotify_id(3)] = no_match()
    ended = await plant.ended(await plant.ask(*range(10)))
    assert ended.state is JobState.DONE
    assert (ended.tracks.total, ended.tracks.done, ended.tracks.failed) == (10, 9, 1)
    assert ended.error is None
    [failure] = ended.failures
    assert (failure.track_id, failure.position, failure.code) == (spotify_id(3), 3, "no_match")
    assert not failure.retryable
    assert failure.title == "Title 3"
    assert ended.progress.percent == 100.0
    for number in (0, 9):
        opened = await plant.storage.open((await plant.put(number)).name)
        assert opened is not None
        assert b"".join([chunk async for chunk in opened.read()]) == sound(spotify_id(number))
        opened.close()


async def test_failed_only_if_nothing_succeeded(plant: Plant) -> None:
    plant.pipeline.failing = {spotify_id(number): SourceUnreachable() for number in (1, 2)}
    ended = await plant.ended(await plant.ask(1, 2))
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert (ended.error.code, ended.error.retryable) == ("batch_failed", True)
    assert [failure.code for failure in ended.failures] == ["youtube_unreachable"] * 2
    assert len(plant.pipeline.started) == 4, "each was tried twice, by the worker's own rules"


async def test_a_window_at_a_time(database: MongoDatabase, tmp_path: Path) -> None:
    async with open_plant(database, tmp_path, window=3, concurrency=10) as plant:
        plant.pipeline.hold(*range(20))
        batch_id = await plant.ask(*range(20))
        await wait_for(lambda: len(plant.pipeline.started) == 3)
        batch = await plant.told(batch_id, running=3)
        assert (batch.tracks.queued, batch.tracks.done) == (17, 0)
        assert set(batch.under_way) == {job_id(spotify_id(number), AudioFormat.M4A) for number in range(3)}
        made = await plant.jobs.get_many(job_id(spotify_id(number), AudioFormat.M4A) for number in range(20))
        assert len(made) == 3, "no more jobs than fit the window"
        plant.pipeline.let_go()
        ended = await plant.ended(batch_id)
        assert ended.tracks.done == 20
        assert ended.under_way == ()
        assert plant.pipeline.most_at_once == 3


async def test_known_audio_counts_at_once_and_needs_no_job(plant: Plant) -> None:
    for number in (1, 2, 3):
        await plant.put(number)
    plant.pipeline.hold(4)
    batch_id = await plant.ask(1, 2, 3, 4)
    batch = await plant.told(batch_id, running=1)
    assert batch.tracks.done == 3
    assert batch.progress.bytes_done >= sum(len(sound(spotify_id(number))) for number in (1, 2, 3))
    plant.pipeline.let_go()
    assert (await plant.ended(batch_id)).tracks.done == 4
    assert plant.pipeline.started == [spotify_id(4)]
    assert await plant.state_of(1) is None


async def test_audio_of_another_format_is_not_this_one(plant: Plant) -> None:
    await plant.put(1, AudioFormat.OPUS)
    ended = await plant.ended(await plant.ask(1))
    assert ended.state is JobState.DONE
    assert plant.pipeline.started == [spotify_id(1)]


async def test_a_job_is_shared_by_all_who_wish(plant: Plant) -> None:
    plant.pipeline.hold(1, 2, 3)
    first, second = await asyncio.gather(plant.ask(1, 2), plant.ask(2, 3))
    await wait_for(lambda: len(plant.pipeline.started) == 3)
    waiting = asyncio.create_task(plant.downloads.track(spotify_id(2), AudioFormat.M4A, 60))
    plant.pipeline.let_go()
    assert (await plant.ended(first)).tracks.done == 2
    assert (await plant.ended(second)).tracks.done == 2
    await waiting
    assert sorted(plant.pipeline.started) == [spotify_id(number) for number in (1, 2, 3)]


async def test_the_same_wish_is_the_same_batch_while_it_runs(plant: Plant) -> None:
    plant.pipeline.hold(1)
    first, again, other_format = await asyncio.gather(
        plant.ask(1, 2), plant.ask(1, 2, 2), plant.ask(1, 2, audio_format=AudioFormat.OPUS)
    )
    assert first != again, "a list that names a track twice is another list"
    assert await plant.ask(1, 2) == first
    assert first.startswith("batch-")
    assert other_format != first
    assert (await plant.batch(first)).requested_count == 2
    plant.pipeline.let_go()
    await plant.ended(first)
    await plant.ended(again)


async def test_a_track_named_twice_is_fetched_once(plant: Plant) -> None:
    ended = await plant.ended(await plant.ask(1, 2, 1, 1))
    assert (ended.tracks.total, ended.tracks.done) == (2, 2)
    assert sorted(plant.pipeline.started) == [spotify_id(1), spotify_id(2)]


async def test_asked_again_after_its_end_it_tries_what_failed(plant: Plant) -> None:
    plant.pipeline.failing[spotify_id(2)] = SourceUnreachable()
    first = await plant.ended(await plant.ask(1, 2))
    assert first.tracks.failed == 1
    plant.pipeline.failing.clear()
    second = await plant.ended(await plant.ask(1, 2))
    assert second.id == first.id
    assert (second.tracks.done, second.failures) == (2, ())
    assert second.seq > first.seq
    assert second.created_at == first.created_at
    assert plant.pipeline.started.count(spotify_id(1)) == 1


async def test_a_fresh_refusal_is_not_tried_again(plant: Plant) -> None:
    plant.pipeline.failing[spotify_id(2)] = no_match()
    await plant.ended(await plant.ask(1, 2))
    assert (await plant.ended(await plant.ask(2, 1))).failures[0].code == "no_match"
    assert plant.pipeline.started.count(spotify_id(2)) == 1


async def test_a_file_that_was_deleted_is_fetched_again(plant: Plant) -> None:
    batch_id = await plant.ask(1, 2)
    await plant.ended(batch_id)
    await plant.storage.delete((await plant.put(1)).name)
    ended = await plant.ended(await plant.ask(1, 2))
    assert ended.tracks.done == 2
    assert plant.pipeline.started.count(spotify_id(1)) == 2
    assert plant.pipeline.started.count(spotify_id(2)) == 1


async def test_the_sum_is_told_to_listeners(plant: Plant) -> None:
    plant.pipeline.hold(1)
    batch_id = await plant.ask(1, 2, 3)
    kinds: list[MessageType] = []
    seqs: list[int] = []
    totals: list[dict[str, int]] = []
    with plant.hub.subscribe() as reader:
        await reader.add(batch_id)
        while not kinds or kinds[-1] is not MessageType.END:
            update = await reader.next(30)
            assert update is not None
            assert update.event is not None
            kinds.append(update.kind)
            seqs.append(update.event.seq)
            body = update.event.body(update.kind, None)
            assert body["track_id"] is None
            assert body["job_id"] == batch_id
            totals.append(body["tracks"])
            if body["tracks"]["done"] == 2:
                plant.pipeline.let_go()
    assert kinds[0] is MessageType.SNAPSHOT
    assert seqs == sorted(seqs)
    assert all(sum(each.values()) == 2 * each["total"] == 6 for each in totals), totals
    assert totals[-1] == {"total": 3, "done": 3, "failed": 0, "cancelled": 0, "running": 0, "queued": 0}


async def test_a_job_that_vanishes_is_asked_for_again(plant: Plant) -> None:
    plant.pipeline.hold(1)
    batch_id = await plant.ask(1, 2)
    await wait_for(lambda: spotify_id(1) in plant.pipeline.started)
    await plant.database.collection("jobs").delete({"_id": job_id(spotify_id(1), AudioFormat.M4A)})
    plant.pipeline.let_go()
    assert (await plant.ended(batch_id)).tracks.done == 2


async def test_another_process_goes_on_when_the_first_one_stops(database: MongoDatabase, tmp_path: Path) -> None:
    async with open_plant(database, tmp_path, feeds=False) as second:
        async with open_plant(database, tmp_path, works=False, window=2) as first:
            batch_id = await first.ask(*range(6))
            await first.fed(batch_id)
        stopped = await second.batch(batch_id)
        assert (stopped.state, stopped.lease_owner) == (JobState.RUNNING, None)
        second.feeder.start()
        assert (await second.ended(batch_id)).tracks.done == 6


async def test_two_processes_feed_each_batch_once(database: MongoDatabase, tmp_path: Path) -> None:
    async with open_plant(database, tmp_path) as one, open_plant(database, tmp_path) as two:
        ids = [await (one, two)[number % 2].ask(number, number + 100) for number in range(8)]
        for batch_id in ids:
            assert (await one.ended(batch_id)).tracks.done == 2
        started = one.pipeline.started + two.pipeline.started
        assert len(started) == len(set(started)) == 16


async def test_a_feed_that_lost_its_lease_stops(database: MongoDatabase, tmp_path: Path) -> None:
    async with open_plant(database, tmp_path, works=False) as plant:
        batch_id = await plant.ask(1, 2)
        await plant.fed(batch_id)
        taken = database.collection("batches")
        await taken.update({"_id": batch_id}, {"$set": {"lease_owner": "somebody else", "revision": "x"}})
        await wait_for(lambda: plant.feeder.feeding == 0)
        assert (await plant.batch(batch_id)).lease_owner == "somebody else"
