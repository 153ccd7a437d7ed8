from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from services.broker.memory import MemoryBroker
from services.progress import ProgressHub
from services.store.jobs import MongoJobStore
from services.store.mongo import MongoDatabase
from tests.support.mongo import embedded_server, fresh_database
from tests.support.progress import Run
from tests.support.wait import wait_for

NewRun = Callable[[int], Run]


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_server(tmp_path_factory.mktemp("embedded")) as uri:
        yield uri


@pytest.fixture
async def database(mongo_uri: str) -> AsyncIterator[MongoDatabase]:
    async with fresh_database(mongo_uri) as fresh:
        yield fresh


@pytest.fixture
def jobs(database: MongoDatabase) -> MongoJobStore:
    return MongoJobStore(database)


@pytest.fixture
async def broker() -> AsyncIterator[MemoryBroker]:
    broker = MemoryBroker()
    await broker.start()
    yield broker
    await broker.close()


@pytest.fixture
async def hub(jobs: MongoJobStore, broker: MemoryBroker) -> AsyncIterator[ProgressHub]:
    """Tells every step; looks at the database soon."""
    hub = ProgressHub(jobs=jobs, broker=broker, poll_s=0.2, message_interval_s=0.0)
    await hub.start()
    await wait_for(lambda: broker.stats().listeners == 1)
    yield hub
    await hub.close()


@pytest.fixture
def new_run(jobs: MongoJobStore, broker: MemoryBroker) -> NewRun:
    return lambda number: Run(jobs, broker, number)
