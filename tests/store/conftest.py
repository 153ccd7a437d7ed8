"""The databases that the contract tests run over."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from services.store.mongo import MongoDatabase
from tests.support.mongo import SERVERS, embedded_server, fresh_database


@pytest.fixture(scope="session")
def embedded_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_server(tmp_path_factory.mktemp("embedded")) as uri:
        yield uri


@pytest.fixture(params=SERVERS)
def server_uri(request: pytest.FixtureRequest) -> str:
    """The address of each kind of server in turn."""
    return request.getfixturevalue("embedded_uri") if request.param == "embedded" else os.environ["TEST_MONGO_URI"]


@pytest.fixture
async def database(server_uri: str) -> AsyncIterator[MongoDatabase]:
    async with fresh_database(server_uri) as fresh:
        yield fresh
