"""Progress of a job run anywhere, in every web process, over a real RabbitMQ that comes and goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from models.progress import MessageType
from services.broker.base import Broker
from services.progress import ProgressHub, Subscription, Update
from services.store.jobs import MongoJobStore
from tests.broker.conftest import OpenRabbit
from tests.support.mongo import embedded_server, fresh_database
from tests.support.progress import Run
from tests.support.rabbit_server import RabbitServer
from tests.support.tcp_proxy import TcpProxy
from tests.support.wait import wait_for


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_server(tmp_path_factory.mktemp("embedded")) as uri:
        yield uri


@pytest.fixture
async def jobs(mongo_uri: str) -> AsyncIterator[MongoJobStore]:
    async with fresh_database(mongo_uri) as database:
        yield MongoJobStore(database)


@asynccontextmanager
async def listening_hub(jobs: MongoJobStore, broker: Broker) -> AsyncIterator[ProgressHub]:
    hub = ProgressHub(jobs=jobs, broker=broker, poll_s=1.0, message_interval_s=0.0)
    await hub.start()
    try:
        await wait_for(lambda: broker.stats().listeners == 1)
        yield hub
    finally:
        await hub.close()


async def heard(reader: Subscription) -> Update:
    update = await reader.next(30)
    assert update is not None
    return update


async def test_a_job_run_elsewhere_is_heard_on_every_replica(jobs: MongoJobStore, open_rabbit: OpenRabbit) -> None:
    worker, one, two = await open_rabbit(), await open_rabbit(), await open_rabbit()
    run = Run(jobs, worker, 1)
    async with listening_hub(jobs, one) as first, listening_hub(jobs, two) as second:
        await run.begin()
        with first.subscribe() as here, second.subscribe() as there:
            for reader in (here, there):
                await reader.add(run.id)
                assert (await heard(reader)).kind is MessageType.SNAPSHOT
            step = await run.advance(50)
            await wait_for(lambda: first.stats().events_heard >= 1 and second.stats().events_heard >= 1)
            done = await run.finish()
            for reader in (here, there):
                seqs = []
                while (update := await heard(reader)).kind is not MessageType.END:
                    assert update.event is not None
                    seqs.append(update.event.seq)
                assert set(seqs) <= {step.seq}
                assert update.event is not None
                assert update.event.seq == done.seq
                assert update.event.stored_name == done.stored_name


async def test_a_replica_cut_off_from_the_broker_learns_the_end_from_the_database(
    jobs: MongoJobStore, open_rabbit: OpenRabbit, rabbit_server: RabbitServer
) -> None:
    worker = await open_rabbit()
    async with TcpProxy(rabbit_server.port) as proxy:
        replica = await open_rabbit(url=f"amqp://guest:guest@127.0.0.1:{proxy.port}/")
        first, second = Run(jobs, worker, 1), Run(jobs, worker, 2)
        async with listening_hub(jobs, replica) as hub:
            await first.begin()
            with hub.subscribe() as reader:
                await reader.add(first.id)
                await heard(reader)
                proxy.refuse()
                await wait_for(lambda: not replica.connected)
                done = await first.finish()
                while (update := await heard(reader)).kind is not MessageType.END:
                    pass
                assert update.event is not None
                assert update.event.seq == done.seq
                assert hub.stats().repairs >= 1

                proxy.admit()
                await wait_for(lambda: replica.stats().listeners == 1)
                before = hub.stats().events_heard
                await second.begin()
                await wait_for(lambda: hub.stats().events_heard > before)
