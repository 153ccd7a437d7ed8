from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import aiormq
import pytest

from services.broker.base import Broker
from services.broker.memory import MemoryBroker
from services.broker.rabbit import RabbitBroker
from services.broker.redelivery import RedeliveryPolicy
from services.broker.supervisor import Backoff
from services.broker.topology import DELAY_CLASSES_S, Topology
from tests.support.rabbit_server import RabbitServer, require_rabbitmq
from tests.support.wait import wait_for

OpenBroker = Callable[[], Awaitable[Broker]]
OpenRabbit = Callable[..., Awaitable[RabbitBroker]]

QUICK = RedeliveryPolicy(base_delay_s=0.02, max_delay_s=0.1, max_failures=4)
EVENT_CAPACITY = 5
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def rabbit_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    require_rabbitmq()
    server = RabbitServer(tmp_path_factory.mktemp("rabbitmq"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def prefix() -> str:
    """Names of this test's own in the shared server."""
    return f"t{next(_numbers)}"


@pytest.fixture
async def open_rabbit(rabbit_server: RabbitServer, prefix: str) -> AsyncIterator[OpenRabbit]:
    """Opens brokers over the test server; each is a process of its own as far as RabbitMQ can tell."""
    async with AsyncExitStack() as stack:

        async def open_one(*, url: str | None = None, publish_deadline_s: float = 30.0) -> RabbitBroker:
            broker = RabbitBroker(
                url or rabbit_server.url,
                prefix=prefix,
                publish_deadline_s=publish_deadline_s,
                count_deadline_s=30.0,
                redelivery=QUICK,
                backoff=Backoff(base_s=0.05, max_s=0.5),
                event_capacity=EVENT_CAPACITY,
            )
            await broker.start()
            stack.push_async_callback(broker.close)
            await wait_for(lambda: broker.connected, what="the broker is connected")
            return broker

        yield open_one
    await _delete_queues(rabbit_server, Topology(prefix))


async def _delete_queues(server: RabbitServer, topology: Topology) -> None:
    """Hundreds of idle queues would slow the shared server down."""
    connection = await aiormq.connect(server.url)
    channel = await connection.channel()
    delays = [topology.delay_queue(delay_s) for delay_s in DELAY_CLASSES_S]
    for queue in (topology.jobs, topology.dead, *delays):
        await channel.queue_delete(queue)
    await connection.close()


@pytest.fixture
async def open_memory() -> AsyncIterator[OpenBroker]:
    """Gives the twin, always the same one: it serves one process."""
    broker = MemoryBroker(redelivery=QUICK, event_capacity=EVENT_CAPACITY)
    await broker.start()

    async def same() -> Broker:
        return broker

    yield same
    await broker.close()


@pytest.fixture(params=["memory", "rabbit"])
def open_broker(request: pytest.FixtureRequest) -> OpenBroker:
    """Opens brokers that belong together."""
    opener: OpenBroker = request.getfixturevalue(f"open_{request.param}")
    return opener
