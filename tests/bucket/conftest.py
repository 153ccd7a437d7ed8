"""Stand-ins and databases that the bucket's tests run over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from _local.sandbox.github import GitHubStandIn
from services.store.mongo import MongoDatabase
from tests.support.bucket import REPOSITORY, TOKEN
from tests.support.mongo import embedded_server, fresh_database
from tests.support.s3_server import s3_server


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_server(tmp_path_factory.mktemp("embedded")) as uri:
        yield uri


@pytest.fixture
async def database(mongo_uri: str) -> AsyncIterator[MongoDatabase]:
    async with fresh_database(mongo_uri) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
async def github() -> AsyncIterator[GitHubStandIn]:
    async with GitHubStandIn(writes_per_minute=10_000, writes_per_hour=10_000, retry_after_s=1) as stand_in:
        stand_in.create(REPOSITORY, token=TOKEN)
        yield stand_in
