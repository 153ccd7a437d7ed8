"""Queues of both kinds, and the RabbitMQ behind one of them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from services.access.base import AccessQueue
from services.access.memory_queue import MemoryAccessQueue
from services.access.rabbit_queue import RabbitAccessQueue
from services.access.spool import Spool
from services.broker.supervisor import Backoff
from tests.support.rabbit_server import RabbitServer, require_rabbitmq

OpenQueue = Callable[[], Awaitable[AccessQueue]]
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
def queue_name() -> str:
    """A queue of this test's own in the shared server."""
    return f"asked{next(_numbers)}"


@pytest.fixture
async def open_rabbit(rabbit_server: RabbitServer, queue_name: str) -> AsyncIterator[OpenQueue]:
    async with AsyncExitStack() as stack:

        async def open_one() -> RabbitAccessQueue:
            queue = RabbitAccessQueue(
                rabbit_server.url,
                name=queue_name,
                backoff=Backoff(base_s=0.05, max_s=0.5),
                publish_deadline_s=30.0,
                failure_pause_s=0.01,
            )
            await queue.start()
            stack.push_async_callback(queue.close)
            return queue

        yield open_one


@pytest.fixture
async def open_memory(tmp_path: Path) -> AsyncIterator[OpenQueue]:
    """Gives the twin, always the same one: it serves one process."""
    queue = MemoryAccessQueue(spool=Spool(tmp_path), first_pause_s=0.001, longest_pause_s=0.001)

    async def same() -> MemoryAccessQueue:
        return queue

    yield same
    await queue.close()


@pytest.fixture(params=["memory", "rabbit"])
def open_queue(request: pytest.FixtureRequest) -> OpenQueue:
    """Opens queues that belong together."""
    opener: OpenQueue = request.getfixturevalue(f"open_{request.param}")
    return opener
