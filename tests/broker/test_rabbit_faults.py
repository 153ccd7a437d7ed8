"""RabbitMQ killed, cut off, emptied, fed with rubbish: nothing is lost, nothing freezes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiormq
import pytest

from models.errors import QueueUnavailable
from models.ids import JobId
from services.broker.rabbit import RabbitBroker
from services.broker.topology import Topology
from tests.broker.conftest import OpenRabbit
from tests.broker.running import consuming, listening
from tests.support.progress import event, job
from tests.support.rabbit_server import RabbitServer
from tests.support.tcp_proxy import TcpProxy
from tests.support.wait import wait_for

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def proxy(rabbit_server: RabbitServer) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(rabbit_server.port) as proxy:
        yield proxy


@asynccontextmanager
async def raw_channel(server: RabbitServer) -> AsyncIterator[aiormq.abc.AbstractChannel]:
    """What somebody else with access to the same broker may do."""
    connection = await aiormq.connect(server.url)
    try:
        yield await connection.channel()
    finally:
        await connection.close()


class Gate:
    """A handler whose first run of each job waits until the test opens it."""

    def __init__(self) -> None:
        self.runs: list[JobId] = []
        self.ended: list[JobId] = []
        self.open = asyncio.Event()

    async def handler(self, job_id: JobId) -> None:
        self.runs.append(job_id)
        if self.runs.count(job_id) == 1:
            await self.open.wait()
        self.ended.append(job_id)


class TestBrokenLines:
    async def test_a_cut_in_mid_job_lets_the_run_end_and_delivers_again(
        self, open_rabbit: OpenRabbit, proxy: TcpProxy
    ) -> None:
        broker = await open_rabbit(url=f"amqp://guest:guest@127.0.0.1:{proxy.port}/")
        gate = Gate()
        async with consuming(broker, gate.handler), listening(broker) as heard:
            await broker.publish_job(job(1))
            await wait_for(lambda: gate.runs == [job(1)])
            proxy.cut()
            await wait_for(lambda: len(gate.runs) == 2, what="delivered again on the new channel")
            assert gate.ended == [job(1)], "the first run goes on"
            gate.open.set()
            await wait_for(lambda: len(gate.ended) == 2)
            await wait_for(lambda: broker.stats().acks_dropped == 1, what="no ack on the dead channel")

            await broker.publish_job(job(2))
            await wait_for(lambda: job(2) in gate.ended)
            await wait_for(lambda: broker.stats().listeners == 1)
            await broker.publish_event(event(1, 5))
            await wait_for(lambda: bool(heard), what="events flow again")
        assert broker.stats().connects >= 4

    async def test_handlers_that_outlive_their_channel_keep_their_places(
        self, open_rabbit: OpenRabbit, proxy: TcpProxy
    ) -> None:
        broker = await open_rabbit(url=f"amqp://guest:guest@127.0.0.1:{proxy.port}/")
        running = most = 0
        seen: list[JobId] = []
        gate = asyncio.Event()

        async def handler(job_id: JobId) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            seen.append(job_id)
            await gate.wait()
            running -= 1

        async with consuming(broker, handler, concurrency=2):
            for n in range(4):
                await broker.publish_job(job(n))
            await wait_for(lambda: running == 2)
            proxy.cut()
            await wait_for(lambda: broker.stats().consumers == 0)
            await wait_for(lambda: broker.stats().consumers == 1)
            gate.set()
            await wait_for(lambda: set(seen) == {job(n) for n in range(4)} and running == 0)
        assert most == 2

    async def test_a_failure_after_the_cut_is_tried_again(self, open_rabbit: OpenRabbit, proxy: TcpProxy) -> None:
        # The copy that came on the new channel was settled, because the first run still held the lease; then that
        # first run failed.
        broker = await open_rabbit(url=f"amqp://guest:guest@127.0.0.1:{proxy.port}/")
        runs = 0
        gate = asyncio.Event()
        copy_settled = asyncio.Event()

        async def handler(_: JobId) -> None:
            nonlocal runs
            runs += 1
            if runs == 1:
                await gate.wait()
                raise RuntimeError("could not write the outcome")
            copy_settled.set()

        async with consuming(broker, handler):
            await broker.publish_job(job(1))
            await wait_for(lambda: runs == 1)
            proxy.cut()
            await copy_settled.wait()
            gate.set()
            await wait_for(lambda: runs == 3)

    async def test_publishing_waits_for_the_broker_and_gives_up_in_time(
        self, open_rabbit: OpenRabbit, proxy: TcpProxy
    ) -> None:
        url = f"amqp://guest:guest@127.0.0.1:{proxy.port}/"
        impatient = await open_rabbit(url=url, publish_deadline_s=0.3)
        patient = await open_rabbit(url=url)
        proxy.refuse()
        await wait_for(lambda: not impatient.connected and not patient.connected)
        with pytest.raises(QueueUnavailable):
            await impatient.publish_job(job(1))
        assert await self._unknown(impatient)
        waiting = asyncio.create_task(patient.publish_job(job(2)))
        await patient.publish_event(event(1, 1))
        proxy.admit()
        await waiting
        gate = Gate()
        gate.open.set()
        async with consuming(patient, gate.handler):
            await wait_for(lambda: gate.ended == [job(2)])

    async def test_events_said_during_an_outage_are_said_later_the_newest_of_each_job(
        self, open_rabbit: OpenRabbit, proxy: TcpProxy
    ) -> None:
        speaker = await open_rabbit(url=f"amqp://guest:guest@127.0.0.1:{proxy.port}/")
        listener = await open_rabbit()
        async with listening(listener) as heard:
            proxy.refuse()
            await wait_for(lambda: not speaker.connected)
            for seq in range(1, 200):
                await speaker.publish_event(event(1, seq))
            for n in range(2, 9):
                await speaker.publish_event(event(n, 1))
            assert speaker.stats().events_dropped == 3, "eight jobs, room for five"
            proxy.admit()
            await wait_for(lambda: len(heard) == 5)
        assert {each.job_id for each in heard} == {job(n) for n in range(4, 9)}

    async def test_a_peer_that_says_nothing_any_more_is_left(self, open_rabbit: OpenRabbit, proxy: TcpProxy) -> None:
        broker = await open_rabbit(url=f"amqp://guest:guest@127.0.0.1:{proxy.port}/?heartbeat=1")
        gate = Gate()
        async with consuming(broker, gate.handler):
            await broker.publish_job(job(1))
            await wait_for(lambda: gate.runs == [job(1)])
            proxy.freeze()
            await wait_for(lambda: broker.stats().consumers == 0, deadline_s=60, what="the silence is noticed")
            proxy.cut()
            proxy.thaw()
            await wait_for(lambda: len(gate.runs) == 2, deadline_s=60)
            gate.open.set()
            await wait_for(lambda: len(gate.ended) == 2)

    async def test_something_that_is_no_broker_is_asked_again_and_again(self, open_rabbit: OpenRabbit) -> None:
        asked = 0

        async def web_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            asked += 1
            await reader.read(8)
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(web_server, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        broker = RabbitBroker(f"amqp://127.0.0.1:{port}/", publish_deadline_s=0.2)
        await broker.start()
        try:
            await wait_for(lambda: asked >= 4)
            with pytest.raises(QueueUnavailable):
                await broker.publish_job(job(1))
        finally:
            await broker.close()
            server.close()

    @staticmethod
    async def _unknown(broker: RabbitBroker) -> bool:
        async with asyncio.timeout(30):
            task = asyncio.create_task(broker.depth())
            done, _ = await asyncio.wait({task}, timeout=0.2)
            if done:
                return task.result() is None
            task.cancel()
            await asyncio.wait({task})
            return True


class TestBrokerFaults:
    async def test_kill_9_in_mid_job_loses_nothing(
        self, open_rabbit: OpenRabbit, rabbit_server: RabbitServer, prefix: str
    ) -> None:
        broker = await open_rabbit(publish_deadline_s=120)
        gate = Gate()
        async with consuming(broker, gate.handler, concurrency=2), listening(broker) as heard:
            for n in range(6):
                await broker.publish_job(job(n))
            await broker.publish_job(job(6), delay_s=3600.0)
            await wait_for(lambda: len(gate.runs) == 2)
            # The server writes which queues it has only every half second; this test is not about newborn queues.
            await rabbit_server.ctl("eval", "[dets:sync(Table) || Table <- dets:all()].")
            await asyncio.to_thread(rabbit_server.kill)
            await wait_for(lambda: not broker.connected)
            during = asyncio.create_task(broker.publish_job(job(7)))
            await asyncio.to_thread(rabbit_server.start)
            await during
            gate.open.set()
            await wait_for(lambda: set(gate.ended) == {job(n) for n in (0, 1, 2, 3, 4, 5, 7)}, deadline_s=60)
            await wait_for(lambda: broker.stats().listeners == 1, deadline_s=60)
            await broker.publish_event(event(1, 1))
            await wait_for(lambda: bool(heard))

        async def empty() -> bool:
            return await broker.depth() == 0 and await broker.dead_letters() == 0

        await wait_for(empty)
        topology = Topology(prefix)
        async with raw_channel(rabbit_server) as channel:
            assert await topology.count(channel, topology.delay_queue(3600.0)) == 1, "the delayed one still waits"

    async def test_a_channel_closed_for_a_slow_acknowledgement_is_replaced(
        self, open_rabbit: OpenRabbit, rabbit_server: RabbitServer
    ) -> None:
        timeout = (await rabbit_server.ctl("eval", "application:get_env(rabbit, consumer_timeout).")).strip()
        before_ms = timeout.removeprefix("{ok,").removesuffix("}")
        await rabbit_server.ctl("eval", "application:set_env(rabbit, consumer_timeout, 300).")
        try:
            broker = await open_rabbit()
            gate = Gate()
            async with consuming(broker, gate.handler):
                await broker.publish_job(job(1))
                await wait_for(lambda: len(gate.runs) == 2, what="the broker lost patience and delivered again")
                gate.open.set()
                await wait_for(lambda: len(gate.ended) == 2 and broker.stats().acks_dropped == 1)
                assert broker.stats().connects == 2, "the connection was kept"
        finally:
            await rabbit_server.ctl("eval", f"application:set_env(rabbit, consumer_timeout, {before_ms}).")

    async def test_deleted_queues_are_declared_again(
        self, open_rabbit: OpenRabbit, rabbit_server: RabbitServer, prefix: str
    ) -> None:
        broker = await open_rabbit()
        gate = Gate()
        gate.open.set()
        async with consuming(broker, gate.handler):
            await broker.publish_job(job(1))
            await wait_for(lambda: gate.ended == [job(1)])
            async with raw_channel(rabbit_server) as channel:
                await channel.queue_delete(Topology(prefix).jobs)
            await broker.publish_job(job(2))
            await wait_for(lambda: gate.ended == [job(1), job(2)])

    async def test_a_message_that_nothing_takes_is_an_error(
        self, open_rabbit: OpenRabbit, rabbit_server: RabbitServer, prefix: str
    ) -> None:
        # No queue and no way to declare one: the name is taken by a queue of another kind.
        async with raw_channel(rabbit_server) as channel:
            await channel.queue_declare(Topology(prefix).jobs, durable=True)
            broker = await open_rabbit(publish_deadline_s=0.5)
            with pytest.raises(QueueUnavailable):
                await broker.publish_job(job(1))
            await channel.queue_delete(Topology(prefix).jobs)
        broker = await open_rabbit()
        await broker.publish_job(job(1))

    async def test_giving_up_in_the_moment_of_a_break_is_giving_up(
        self, rabbit_server: RabbitServer, prefix: str
    ) -> None:
        # Every channel breaks at once, as the queue's name is taken; sooner or later a deadline, or the close, meets
        # such a break, and neither may be forgotten over it.
        async def try_once(deadline_s: float) -> None:
            broker = RabbitBroker(rabbit_server.url, prefix=prefix, publish_deadline_s=deadline_s)
            await broker.start()
            with pytest.raises(QueueUnavailable):
                await broker.publish_job(job(1))
            await broker.close()

        async with raw_channel(rabbit_server) as channel:
            await channel.queue_declare(Topology(prefix).jobs, durable=True)
            async with asyncio.timeout(120):
                await asyncio.gather(*(try_once(0.1 + number / 100) for number in range(30)))
            await channel.queue_delete(Topology(prefix).jobs)

    async def test_rubbish_goes_to_the_dead_letters_and_freezes_nobody(
        self, open_rabbit: OpenRabbit, rabbit_server: RabbitServer, prefix: str
    ) -> None:
        broker = await open_rabbit()
        gate = Gate()
        gate.open.set()
        rubbish = [b"", b"{", b"[]", b'{"job_id": 3}', b'{"job_id": "a b"}', b"\xff\xfe"]
        async with consuming(broker, gate.handler, concurrency=1):
            async with raw_channel(rabbit_server) as channel:
                for body in rubbish:
                    await channel.basic_publish(body, routing_key=Topology(prefix).jobs)
            await broker.publish_job(job(1))
            await wait_for(lambda: gate.ended == [job(1)])
            await wait_for(lambda: broker.stats().buried == len(rubbish))

        async def all_put_aside() -> bool:
            return await broker.dead_letters() == len(rubbish)

        await wait_for(all_put_aside)
        async with raw_channel(rabbit_server) as channel:
            kept = [await channel.basic_get(Topology(prefix).dead, no_ack=True) for _ in rubbish]
        assert sorted(message.body for message in kept) == sorted(rubbish)
        assert all("not a job" in str(message.header.properties.headers) for message in kept)

    async def test_unreadable_events_are_dropped_and_counted(
        self, open_rabbit: OpenRabbit, rabbit_server: RabbitServer, prefix: str
    ) -> None:
        broker = await open_rabbit()
        async with listening(broker) as heard:
            async with raw_channel(rabbit_server) as channel:
                await channel.basic_publish(b'{"job_id": 1}', exchange=Topology(prefix).progress, routing_key="job.x")
            await broker.publish_event(event(1, 1))
            await wait_for(lambda: heard == [event(1, 1)])
        assert broker.stats().events_dropped == 1


class TestProcesses:
    async def test_two_processes_share_the_work_and_one_killed_loses_nothing(
        self, open_rabbit: OpenRabbit, rabbit_server: RabbitServer, prefix: str
    ) -> None:
        broker = await open_rabbit()
        async with _worker(rabbit_server, prefix) as first, _worker(rabbit_server, prefix) as second:
            for n in range(8):
                await broker.publish_job(job(n))
            # Each takes two and holds them until it is told to go on.
            taken_first = [await first.line() for _ in range(2)]
            taken_second = [await second.line() for _ in range(2)]
            assert not set(taken_first) & set(taken_second)
            first.kill()
            await second.go_on()
            done = set(taken_second)
            while done != {job(n) for n in range(8)}:
                done.add(await second.line())


class _WorkerProcess:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> JobId:
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            text = (await self.process.stdout.readline()).decode().strip()
        assert text, "the worker process ended"
        return JobId(text)

    async def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        await self.process.stdin.drain()

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)


@asynccontextmanager
async def _worker(server: RabbitServer, prefix: str) -> AsyncIterator[_WorkerProcess]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.broker.worker_process",
        server.url,
        prefix,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    worker = _WorkerProcess(process)
    try:
        yield worker
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
