"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from models.settings import Settings
from services.store.mongo import MongoDatabase
from tests.support.mongo import SERVERS, embedded_server, fresh_database


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the machine it runs on."""
    for name in list(os.environ):
        if name.lower() in Settings.model_fields or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def embedded_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded MongoDB server that lives as long as the tests."""
    with embedded_server(tmp_path_factory.mktemp("embedded")) as uri:
        yield uri


@pytest.fixture(params=SERVERS)
def server_uri(request: pytest.FixtureRequest) -> str:
    """The address of each kind of MongoDB server in turn."""
    return str(request.getfixturevalue("embedded_uri") if request.param == "embedded" else os.environ["TEST_MONGO_URI"])


@pytest.fixture
async def database(server_uri: str) -> AsyncIterator[MongoDatabase]:
    """An empty database."""
    async with fresh_database(server_uri) as fresh:
        yield fresh
