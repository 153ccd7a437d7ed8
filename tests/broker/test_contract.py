"""What every broker promises: the same tests for the twin and for RabbitMQ."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

from models.ids import JobId
from models.job import JobState
from services.broker.base import Broker, Bury, JobHandler
from tests.broker.conftest import EVENT_CAPACITY, QUICK, OpenBroker
from tests.broker.running import consuming, listening
from tests.support.progress import event, job
from tests.support.wait import wait_for


class TestJobs:
    async def test_every_job_reaches_a_handler(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        wanted = {job(n) for n in range(50)}
        for job_id in wanted:
            await broker.publish_job(job_id)
        seen: list[JobId] = []

        async def handler(job_id: JobId) -> None:
            seen.append(job_id)

        async with consuming(broker, handler):
            await wait_for(lambda: set(seen) >= wanted)
        assert sorted(seen) == sorted(wanted), "nothing failed, so nothing comes twice"
        assert broker.stats().jobs_published == 50
        assert broker.stats().deliveries == 50

    async def test_waiting_jobs_are_counted(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        for n in range(3):
            await broker.publish_job(job(n))

        async def depth_is_three() -> bool:
            return await broker.depth() == 3

        await wait_for(depth_is_three)
        assert await broker.dead_letters() == 0

    async def test_a_handler_that_raises_gets_the_job_again(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        tries: list[float] = []

        async def handler(_: JobId) -> None:
            tries.append(time.monotonic())
            if len(tries) < 3:
                raise RuntimeError("the database is gone")

        async with consuming(broker, handler):
            await broker.publish_job(job(1))
            await wait_for(lambda: len(tries) == 3)
            assert tries[2] - tries[1] >= QUICK.base_delay_s * 2, "the second pause is longer than the first"
            await self._settled(broker)
        assert broker.stats().redeliveries == 2
        assert await broker.dead_letters() == 0

    async def test_a_handler_cancelled_from_inside_gets_the_job_again(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        tries = 0

        async def handler(_: JobId) -> None:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise asyncio.CancelledError

        async with consuming(broker, handler) as consumer:
            await broker.publish_job(job(1))
            await wait_for(lambda: tries == 2)
            assert not consumer.done()

    async def test_a_job_that_always_raises_is_put_aside(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        tries: list[JobId] = []

        async def handler(job_id: JobId) -> None:
            tries.append(job_id)
            if job_id == job(1):
                raise RuntimeError("poison")

        async with consuming(broker, handler):
            await broker.publish_job(job(1))
            await wait_for(lambda: broker.stats().buried == 1)
            await broker.publish_job(job(2))
            await wait_for(lambda: job(2) in tries)
        assert tries.count(job(1)) == QUICK.max_failures
        await wait_for(lambda: self._dead_letters_are(broker, 1))

    async def test_bury_puts_aside_at_once(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        tries: list[JobId] = []

        async def handler(job_id: JobId) -> None:
            tries.append(job_id)
            raise Bury("all attempts were used")

        async with consuming(broker, handler):
            await broker.publish_job(job(1))
            await wait_for(lambda: broker.stats().buried == 1)
            await self._settled(broker)
        assert tries == [job(1)]
        await wait_for(lambda: self._dead_letters_are(broker, 1))

    async def test_a_delay_is_kept_and_a_short_one_passes_a_long_one(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        seen: dict[JobId, float] = {}

        async def handler(job_id: JobId) -> None:
            seen[job_id] = time.monotonic()

        async with consuming(broker, handler):
            await broker.publish_job(job(1), delay_s=3600)
            asked = time.monotonic()
            await broker.publish_job(job(2), delay_s=0.3)
            await wait_for(lambda: job(2) in seen)
        assert seen[job(2)] - asked >= 0.3
        assert job(1) not in seen

    async def test_no_more_handlers_run_than_asked(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        running = most = done = 0
        gate = asyncio.Event()

        async def handler(_: JobId) -> None:
            nonlocal running, most, done
            running += 1
            most = max(most, running)
            await gate.wait()
            running -= 1
            done += 1

        async with consuming(broker, handler, concurrency=2):
            for n in range(8):
                await broker.publish_job(job(n))
            await wait_for(lambda: running == 2)
            gate.set()
            await wait_for(lambda: done == 8)
        assert most == 2

    async def test_a_cancelled_consumer_gives_its_jobs_back(self, open_broker: OpenBroker) -> None:
        first, second = await open_broker(), await open_broker()
        started: list[JobId] = []
        cancelled: list[JobId] = []

        async def stuck(job_id: JobId) -> None:
            started.append(job_id)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await asyncio.sleep(0)  # a last word, which the broker must wait for
                cancelled.append(job_id)
                raise

        async with consuming(first, stuck, concurrency=3):
            for n in range(5):
                await first.publish_job(job(n))
            await wait_for(lambda: len(started) == 3)
        assert sorted(cancelled) == sorted(started)

        seen: set[JobId] = set()

        async def handler(job_id: JobId) -> None:
            seen.add(job_id)

        async with consuming(second, handler):
            await wait_for(lambda: seen == {job(n) for n in range(5)})

    async def test_a_handler_that_ends_while_the_consumer_stops_is_settled(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        started = asyncio.Event()

        async def handler(_: JobId) -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return  # the outcome has been written: nobody needs the delivery any more

        async with consuming(broker, handler):
            await broker.publish_job(job(1))
            await started.wait()

        async def never(_: JobId) -> None:
            raise AssertionError("delivered again")

        async with consuming(broker, never):
            await self._settled(broker)
        assert broker.stats().deliveries == 1

    async def test_two_consumers_share_the_work(self, open_broker: OpenBroker) -> None:
        first, second = await open_broker(), await open_broker()
        seen: dict[str, set[JobId]] = {"first": set(), "second": set()}
        both = asyncio.Event()

        def handler_of(name: str) -> JobHandler:
            async def handler(job_id: JobId) -> None:
                seen[name].add(job_id)
                if all(seen.values()):
                    both.set()
                await both.wait()

            return handler

        async with (
            consuming(first, handler_of("first"), concurrency=2),
            consuming(second, handler_of("second"), concurrency=2),
        ):
            for n in range(8):
                await first.publish_job(job(n))
            await wait_for(lambda: len(seen["first"] | seen["second"]) == 8)

    @staticmethod
    async def _dead_letters_are(broker: Broker, count: int) -> bool:
        return await broker.dead_letters() == count

    @staticmethod
    async def _settled(broker: Broker) -> None:
        async def empty() -> bool:
            return await broker.depth() == 0

        await wait_for(empty)


class TestEvents:
    async def test_every_listener_hears_an_event_as_it_was(self, open_broker: OpenBroker) -> None:
        speaker, other = await open_broker(), await open_broker()
        said = [event(1, 1), event(2, 7, JobState.DONE, percent=100.0), event(3, 9, failed=True)]
        async with listening(speaker) as here, listening(other) as there:
            for each in said:
                await speaker.publish_event(each)
            await wait_for(lambda: len(here) == 3 and len(there) == 3)
        assert sorted(here, key=lambda e: e.seq) == said
        assert sorted(there, key=lambda e: e.seq) == said

    async def test_events_before_the_listener_are_not_heard(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        await broker.publish_event(event(1, 1))
        await wait_for(lambda: broker.stats().events_published == 1)
        async with listening(broker) as heard:
            await broker.publish_event(event(2, 2))
            await wait_for(lambda: bool(heard))
        assert heard == [event(2, 2)]

    async def test_a_slow_listener_gets_the_newest_and_blocks_nobody(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        async with aclosing(broker.events()) as slow, listening(broker) as quick:
            first = asyncio.ensure_future(anext(slow))
            await wait_for(lambda: broker.stats().listeners == 2)
            await broker.publish_event(event(1, 1))
            assert (await first).seq == 1
            for seq in range(2, 501):
                await broker.publish_event(event(1, seq))
                if seq % 100 == 0:
                    await wait_for(lambda seq=seq: bool(quick) and quick[-1].seq == seq)
            await wait_for(lambda: broker.stats().events_received >= len(quick))
            seqs = []
            while not seqs or seqs[-1] < 500:
                seqs.append((await anext(slow)).seq)
        assert seqs == sorted(set(seqs))
        assert len(seqs) < 50, "the slow one was spared what was overtaken"
        assert broker.stats().events_dropped == 0, "an overtaken event is not a lost one"

    async def test_a_listener_that_never_reads_holds_a_bounded_number(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        async with aclosing(broker.events()) as slow, listening(broker) as quick:
            first = asyncio.ensure_future(anext(slow))
            await wait_for(lambda: broker.stats().listeners == 2)
            await broker.publish_event(event(0, 1))
            await first
            for n in range(1, 21):
                await broker.publish_event(event(n, 1))
                await wait_for(lambda n=n: len(quick) == n + 1)
            await wait_for(lambda: broker.stats().events_dropped == 20 - EVENT_CAPACITY)
            kept = [(await anext(slow)).job_id for _ in range(EVENT_CAPACITY)]
        assert kept == [job(n) for n in range(16, 21)]

    async def test_a_listener_that_leaves_is_forgotten(self, open_broker: OpenBroker) -> None:
        broker = await open_broker()
        for _ in range(3):
            async with listening(broker):
                assert broker.stats().listeners == 1
            assert broker.stats().listeners == 0
        await broker.publish_event(event(1, 1))
