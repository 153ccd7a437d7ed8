"""A private RabbitMQ for the tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.rabbit_server import RabbitServer, require_rabbitmq


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    require_rabbitmq()
    server = RabbitServer(tmp_path_factory.mktemp("rabbitmq"))
    try:
        server.start()
        yield server
    finally:
        server.stop()
