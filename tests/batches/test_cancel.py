"""A cancelled batch stops the work that nobody else wants, and no other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.audio import AudioFormat, job_id
from models.errors import JobNotFound
from models.ids import JobId
from models.job import JobState
from services.store.mongo import MongoDatabase
from tests.support.batches import Plant, open_plant, spotify_id
from tests.support.wait import wait_for


async def settled(plant: Plant, number: int, state: JobState) -> None:
    async def is_so() -> bool:
        return await plant.state_of(number) is state

    await wait_for(is_so, what=f"job {number} is {state}")


async def test_queued_and_running_jobs_end(database: MongoDatabase, tmp_path: Path) -> None:
    async with open_plant(database, tmp_path, window=4, concurrency=2) as plant:
        plant.pipeline.hold(1, 2, 3, 4, 5)
        batch_id = await plant.ask(0, 1, 2, 3, 4, 5)
        await wait_for(lambda: {spotify_id(1), spotify_id(2)} <= set(plant.pipeline.started))
        asked = await plant.service.cancel(batch_id)
        assert asked.cancel_requested
        ended = await plant.ended(batch_id)
        assert ended.state is JobState.CANCELLED
        assert (ended.tracks.done, ended.tracks.cancelled, ended.tracks.running, ended.tracks.queued) == (1, 5, 0, 0)
        for number in (1, 2, 3, 4):
            await settled(plant, number, JobState.CANCELLED)
        await wait_for(lambda: plant.pipeline.at_once == 0, what="the work has stopped")
        assert await plant.state_of(5) is None, "it was never asked for"
        assert await plant.state_of(0) is JobState.DONE
        assert (await plant.service.cancel(batch_id)) == ended, "an ended batch is left as it is"


async def test_what_another_living_batch_wants_goes_on(plant: Plant) -> None:
    plant.pipeline.hold(1, 2, 3)
    mine, other = await plant.ask(1, 2), await plant.ask(2, 3)
    await wait_for(lambda: len(plant.pipeline.started) == 3)
    await plant.service.cancel(mine)
    await plant.ended(mine)
    await settled(plant, 1, JobState.CANCELLED)
    assert await plant.state_of(2) is JobState.RUNNING
    # With the last batch that wanted it, the shared job ends too.
    await plant.service.cancel(other)
    await plant.ended(other)
    await settled(plant, 2, JobState.CANCELLED)
    await settled(plant, 3, JobState.CANCELLED)


async def test_what_another_batch_has_not_reached_yet_goes_on_too(database: MongoDatabase, tmp_path: Path) -> None:
    async with open_plant(database, tmp_path, window=1) as plant:
        plant.pipeline.hold(1, 2)
        other, mine = await plant.ask(1, 2), await plant.ask(2)
        await wait_for(lambda: len(plant.pipeline.started) == 2)
        await plant.service.cancel(mine)
        assert (await plant.ended(mine)).state is JobState.CANCELLED
        assert await plant.state_of(2) is JobState.RUNNING
        plant.pipeline.let_go()
        assert (await plant.ended(other)).tracks.done == 2
        assert plant.pipeline.started.count(spotify_id(2)) == 1


@pytest.mark.parametrize("single_first", [True, False])
async def test_a_wish_for_the_track_by_itself_stands(plant: Plant, single_first: bool) -> None:
    plant.pipeline.hold(1, 2)
    wish = asyncio.create_task(plant.downloads.track(spotify_id(1), AudioFormat.M4A, 60)) if single_first else None
    if single_first:
        await wait_for(lambda: spotify_id(1) in plant.pipeline.started)
    batch_id = await plant.ask(1, 2)
    await wait_for(lambda: len(plant.pipeline.started) == 2)
    if wish is None:
        wish = asyncio.create_task(plant.downloads.track(spotify_id(1), AudioFormat.M4A, 60))
        await wait_for(lambda: _wished_singly(plant, 1))
    await plant.service.cancel(batch_id)
    await plant.ended(batch_id)
    await settled(plant, 2, JobState.CANCELLED)
    assert await plant.state_of(1) is JobState.RUNNING
    plant.pipeline.let_go()
    await wish
    assert await plant.state_of(1) is JobState.DONE


async def _wished_singly(plant: Plant, number: int) -> bool:
    job = await plant.jobs.get(job_id(spotify_id(number), AudioFormat.M4A))
    return job is not None and job.wished_singly


async def test_an_old_single_wish_that_ended_holds_nothing(plant: Plant) -> None:
    plant.pipeline.hold(1)
    await plant.downloads.track(spotify_id(1), AudioFormat.M4A, 0)
    await plant.downloads.cancel(job_id(spotify_id(1), AudioFormat.M4A))
    await settled(plant, 1, JobState.CANCELLED)
    batch_id = await plant.ask(1)
    await settled(plant, 1, JobState.RUNNING)
    await plant.service.cancel(batch_id)
    await plant.ended(batch_id)
    await settled(plant, 1, JobState.CANCELLED)


async def test_a_job_cancelled_by_itself_is_one_track_less(plant: Plant) -> None:
    plant.pipeline.hold(1)
    batch_id = await plant.ask(1, 2)
    await settled(plant, 1, JobState.RUNNING)
    await plant.downloads.cancel(job_id(spotify_id(1), AudioFormat.M4A))
    ended = await plant.ended(batch_id)
    assert ended.state is JobState.DONE
    assert (ended.tracks.done, ended.tracks.cancelled, ended.tracks.failed) == (1, 1, 0)
    assert [failure.code for failure in ended.failures] == ["job_cancelled"]


async def test_all_jobs_cancelled_one_by_one(plant: Plant) -> None:
    plant.pipeline.hold(1)
    batch_id = await plant.ask(1)
    await settled(plant, 1, JobState.RUNNING)
    await plant.downloads.cancel(job_id(spotify_id(1), AudioFormat.M4A))
    assert (await plant.ended(batch_id)).state is JobState.CANCELLED


async def test_asked_for_again_while_its_cancel_is_under_way(plant: Plant) -> None:
    plant.pipeline.hold(1, 2)
    batch_id = await plant.ask(1, 2)
    await wait_for(lambda: len(plant.pipeline.started) == 2)
    cancelling = asyncio.create_task(plant.service.cancel(batch_id))
    await wait_for(lambda: _cancel_requested(plant, batch_id))
    assert await plant.ask(1, 2) == batch_id
    await cancelling
    plant.pipeline.let_go()
    ended = await plant.ended(batch_id)
    assert (ended.state, ended.tracks.done) == (JobState.DONE, 2)


async def test_asked_for_again_right_after_the_cancel(plant: Plant) -> None:
    plant.pipeline.hold(1, 2)
    batch_id = await plant.ask(1, 2)
    await wait_for(lambda: len(plant.pipeline.started) == 2)
    await plant.service.cancel(batch_id)
    assert await plant.ask(1, 2) == batch_id
    await wait_for(lambda: len(plant.pipeline.started) == 4, what="both were stopped, and both run again")
    plant.pipeline.let_go()
    ended = await plant.ended(batch_id)
    assert (ended.state, ended.tracks.done, ended.tracks.cancelled) == (JobState.DONE, 2, 0)


async def _cancel_requested(plant: Plant, batch_id: JobId) -> bool:
    batch = await plant.batch(batch_id)
    return batch.cancel_requested or batch.state is JobState.CANCELLED


async def test_a_batch_that_nobody_feeds_yet_can_be_cancelled(database: MongoDatabase, tmp_path: Path) -> None:
    async with open_plant(database, tmp_path, feeds=False) as plant:
        batch_id = await plant.ask(1, 2)
        assert (await plant.service.cancel(batch_id)).state is JobState.QUEUED
        plant.feeder.start()
        assert (await plant.ended(batch_id)).state is JobState.CANCELLED
        assert plant.pipeline.started == []


async def test_an_unknown_batch(plant: Plant) -> None:
    with pytest.raises(JobNotFound):
        await plant.service.cancel(JobId("batch-0"))
    with pytest.raises(JobNotFound):
        await plant.service.get(JobId("batch-0"))
