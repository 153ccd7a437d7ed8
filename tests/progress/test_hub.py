"""What a reader hears: a snapshot, then changes, then the end; whatever is lost on the way."""

from __future__ import annotations

import asyncio

import pytest

from models.errors import JobNotFound, ServerStopping
from models.job import JobState
from models.progress import MessageType
from services.broker.memory import MemoryBroker
from services.progress import ProgressHub, Subscription, Update
from services.store.jobs import MongoJobStore
from services.store.mongo import MongoDatabase
from tests.progress.conftest import NewRun
from tests.support.progress import event, job
from tests.support.wait import wait_for


async def heard(reader: Subscription) -> Update:
    """The next message, which must come."""
    update = await reader.next(30)
    assert update is not None
    return update


async def nothing(reader: Subscription) -> bool:
    """Whether there is nothing to hear just now."""
    return await reader.next(0) is None


def facts(update: Update) -> tuple[str, int]:
    assert update.event is not None
    return update.kind.value, update.event.seq


class TestOneJob:
    async def test_snapshot_then_changes_then_end(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.queue()
        with hub.subscribe() as reader:
            await reader.add(run.id)
            assert facts(await heard(reader)) == ("snapshot", 1)
            await run.begin()
            begun = await heard(reader)
            while begun.event is not None and begun.event.state is JobState.QUEUED:
                # The wish's own event may come as late as this on a busy machine.
                begun = await heard(reader)
            assert begun.kind is MessageType.PROGRESS
            assert begun.event is not None
            assert begun.event.state is JobState.RUNNING
            await run.advance(50)
            halfway = await heard(reader)
            assert halfway.event is not None
            assert halfway.event.progress.percent == 50
            done = await run.finish()
            assert facts(await heard(reader)) == ("end", done.seq)
            assert len(reader) == 0
            assert await nothing(reader)

    async def test_a_finished_job_has_a_snapshot_and_an_end(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        failed = await run.finish(JobState.FAILED)
        with hub.subscribe() as reader:
            await reader.add(run.id)
            snapshot, end = await heard(reader), await heard(reader)
        assert [facts(snapshot), facts(end)] == [("snapshot", failed.seq), ("end", failed.seq)]
        assert end.event is not None
        assert end.event.error == failed.error

    async def test_steps_told_and_not_yet_written_are_in_the_snapshot(
        self, hub: ProgressHub, broker: MemoryBroker, new_run: NewRun
    ) -> None:
        run = new_run(1)
        await run.begin()
        await broker.publish_event(event(1, 30, percent=33.0))
        with hub.subscribe() as first, hub.subscribe() as second:
            await first.add(run.id)
            while facts(await heard(first))[1] != 30:
                pass
            await second.add(run.id)
            assert facts(await heard(second)) == ("snapshot", 30)

    async def test_an_unknown_job_is_said_to_be_unknown_and_leaves_nothing(self, hub: ProgressHub) -> None:
        with hub.subscribe() as reader:
            with pytest.raises(JobNotFound):
                await reader.add(job(404))
            assert hub.stats().jobs_watched == 0

    async def test_a_job_asked_for_again_begins_again(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        await run.finish(JobState.FAILED)
        again = await run.queue()
        with hub.subscribe() as reader:
            await reader.add(run.id)
            assert facts(await heard(reader)) == ("snapshot", again.seq)
            assert await nothing(reader), "the end of the former wish is not the end of this one"

    async def test_a_slow_reader_hears_the_newest_only(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        with hub.subscribe() as reader:
            await reader.add(run.id)
            await heard(reader)
            for percent in range(1, 40):
                last = await run.advance(percent)
            await wait_for(lambda: hub.stats().events_heard == 40)
            assert facts(await heard(reader)) == ("progress", last.seq)
            assert await nothing(reader)

    async def test_changes_are_told_at_a_bounded_rate_and_the_end_at_once(
        self, jobs: MongoJobStore, broker: MemoryBroker, new_run: NewRun
    ) -> None:
        hub = ProgressHub(jobs=jobs, broker=broker, message_interval_s=3600)
        await hub.start()
        await wait_for(lambda: broker.stats().listeners == 1)
        run = new_run(1)
        await run.begin()
        await wait_for(lambda: hub.stats().events_heard == 1)
        with hub.subscribe() as reader:
            await reader.add(run.id)
            assert facts(await heard(reader))[0] == "snapshot"
            await run.advance(10)
            await run.advance(20)
            await wait_for(lambda: hub.stats().events_heard == 3)
            assert await nothing(reader), "within the interval"
            done = await run.finish()
            assert facts(await heard(reader)) == ("end", done.seq)
        await hub.close()


class TestComingBack:
    async def test_nothing_new_means_no_snapshot(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        begun = await run.begin()
        with hub.subscribe() as reader:
            await reader.add(run.id, since=begun.seq)
            assert await nothing(reader)
            step = await run.advance(10)
            assert facts(await heard(reader)) == ("progress", step.seq)

    async def test_something_new_comes_as_a_snapshot(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        begun = await run.begin()
        step = await run.advance(10)
        with hub.subscribe() as reader:
            await reader.add(run.id, since=begun.seq)
            assert facts(await heard(reader)) == ("snapshot", step.seq)

    async def test_the_end_is_said_even_if_it_was_heard(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        done = await run.finish()
        with hub.subscribe() as reader:
            await reader.add(run.id, since=done.seq)
            assert facts(await heard(reader)) == ("end", done.seq)

    async def test_a_number_from_nowhere_hides_nothing(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        begun = await run.begin()
        with hub.subscribe() as reader:
            await reader.add(run.id, since=10_000)
            assert facts(await heard(reader)) == ("snapshot", begun.seq)
            step = await run.advance(10)
            assert facts(await heard(reader)) == ("progress", step.seq)

    async def test_reading_with_pauses_in_between_misses_no_end(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        seq: int | None = None
        await run.begin()
        steps = [lambda p=percent: run.advance(p) for percent in (10, 20, 30, 40)]
        kinds = []
        for step in [*steps, run.finish]:
            with hub.subscribe() as reader:
                await reader.add(run.id, since=seq)
                while (update := await reader.next(0)) is not None:
                    kinds.append(update.kind.value)
                    assert update.event is not None
                    assert seq is None or update.event.seq >= seq
                    seq = update.event.seq
            await step()
        with hub.subscribe() as reader:
            await reader.add(run.id, since=seq)
            kinds += [(await heard(reader)).kind.value, (await heard(reader)).kind.value]
        assert kinds == ["snapshot"] * 6 + ["end"]


class TestManyJobs:
    async def test_jobs_are_added_and_dropped_while_reading(self, hub: ProgressHub, new_run: NewRun) -> None:
        first, second = new_run(1), new_run(2)
        await first.begin()
        await second.begin()
        with hub.subscribe() as reader:
            await reader.add(first.id)
            assert (await heard(reader)).job_id == first.id
            await reader.add(second.id)
            assert (await heard(reader)).job_id == second.id
            reader.drop(first.id)
            await first.advance(50)
            await second.advance(60)
            assert (await heard(reader)).job_id == second.id
            await wait_for(lambda: hub.stats().events_heard == 4)
            assert await nothing(reader)
            assert hub.stats().jobs_watched == 1

    async def test_a_reader_hears_no_job_it_did_not_name(self, hub: ProgressHub, new_run: NewRun) -> None:
        mine, other = new_run(1), new_run(2)
        await mine.begin()
        await other.begin()
        with hub.subscribe() as reader:
            await reader.add(mine.id)
            await heard(reader)
            await other.advance(10)
            await other.finish()
            await wait_for(lambda: hub.stats().events_heard == 4)
            assert await nothing(reader)

    async def test_a_busy_job_does_not_hide_another(self, hub: ProgressHub, new_run: NewRun) -> None:
        busy, calm = new_run(1), new_run(2)
        await busy.begin()
        await calm.begin()
        with hub.subscribe() as reader:
            for run in (busy, calm):
                await reader.add(run.id)
            assert {(await heard(reader)).job_id for _ in range(2)} == {busy.id, calm.id}
            await calm.advance(1)
            told = []
            for percent in range(1, 5):
                await busy.advance(percent)
                told.append((await heard(reader)).job_id)
            assert calm.id in told[:2]

    async def test_a_thousand_readers_come_and_go_without_a_trace(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        await wait_for(lambda: hub.stats().events_heard == 1)
        readers = [hub.subscribe() for _ in range(1000)]
        for reader in readers:
            await reader.add(run.id)
        assert hub.stats().readers == 1000
        await run.advance(10)
        await asyncio.gather(*(reader.next(30) for reader in readers))
        for reader in readers[:500]:
            reader.close()
        await run.finish()
        await asyncio.gather(*(self._to_the_end(reader) for reader in readers[500:]))
        assert hub.stats().jobs_watched == 0
        for reader in readers[500:]:
            reader.close()
        assert hub.stats().readers == 0

    @staticmethod
    async def _to_the_end(reader: Subscription) -> None:
        while (await heard(reader)).kind is not MessageType.END:
            pass


class TestLostEvents:
    async def test_a_lost_change_and_a_lost_end_are_read_from_the_database(
        self, hub: ProgressHub, new_run: NewRun
    ) -> None:
        run = new_run(1)
        await run.begin()
        with hub.subscribe() as reader:
            await reader.add(run.id)
            await heard(reader)
            step = await run.advance(70, tell=False)
            assert facts(await heard(reader)) == ("progress", step.seq)
            done = await run.finish(tell=False)
            assert facts(await heard(reader)) == ("end", done.seq)
        assert hub.stats().repairs == 2

    async def test_an_end_counts_even_below_what_a_dead_worker_told(
        self, hub: ProgressHub, broker: MemoryBroker, new_run: NewRun
    ) -> None:
        run = new_run(1)
        await run.begin()
        with hub.subscribe() as reader:
            await reader.add(run.id)
            await heard(reader)
            await broker.publish_event(event(1, 500))
            assert facts(await heard(reader)) == ("progress", 500)
            done = await run.finish()
            assert done.seq < 500
            assert facts(await heard(reader)) == ("end", done.seq)

    async def test_a_job_that_vanishes_is_said_to_have(
        self, hub: ProgressHub, database: MongoDatabase, new_run: NewRun
    ) -> None:
        run = new_run(1)
        await run.begin()
        with hub.subscribe() as reader:
            await reader.add(run.id)
            await heard(reader)
            await database.collection("jobs").delete({"_id": run.id})
            vanished = await heard(reader)
        assert (vanished.kind, vanished.job_id, vanished.event) == (MessageType.ERROR, run.id, None)
        assert hub.stats().jobs_watched == 0


class TestWaiting:
    async def test_waits_for_the_end(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        waiting = [asyncio.create_task(hub.wait(run.id, 60)) for _ in range(20)]
        await wait_for(lambda: hub.stats().readers == 20)
        await run.advance(50)
        done = await run.finish()
        assert await asyncio.gather(*waiting) == [done] * 20
        assert hub.stats().readers == 0

    async def test_gives_the_job_as_it_is_when_the_time_is_over(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        begun = await run.begin()
        assert await hub.wait(run.id, 0.05) == begun
        assert await hub.wait(run.id, 0) == begun
        with pytest.raises(JobNotFound):
            await hub.wait(job(404), 1)


class TestStopping:
    async def test_every_reader_is_told(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        with hub.subscribe() as reader:
            await reader.add(run.id)
            await heard(reader)
            waiting = asyncio.create_task(reader.next())
            longer = asyncio.create_task(hub.wait(run.id, 60))
            await wait_for(lambda: hub.stats().readers == 2)
            await hub.close()
            for task in (waiting, longer):
                with pytest.raises(ServerStopping):
                    await task
        with pytest.raises(ServerStopping):
            hub.subscribe()
