"""One house for all tests here: RabbitMQ, an embedded MongoDB, two web and two worker processes, the sandbox.

Each test takes tracks that no other has taken, and leaves every process running or is followed by `heal`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from _local.sandbox.service import running_sandbox
from tests.acceptance.distributed.house import DistributedHouse, Tracks
from tests.acceptance.distributed.slow_ffmpeg import SlowFfmpeg
from tests.support.rabbit_server import RabbitServer, require_rabbitmq
from tests.support.replicas import cluster


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    require_rabbitmq()
    server = RabbitServer(tmp_path_factory.mktemp("rabbitmq"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_house(
    rabbit: RabbitServer, sandbox_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[DistributedHouse]:
    folder = tmp_path_factory.mktemp("distributed")
    ffmpeg = await asyncio.to_thread(SlowFfmpeg, folder)
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running_sandbox(sandbox_folder))
        settings = {**sandbox.settings, **ffmpeg.environ, "RABBIT_MQ_URL": rabbit.url}
        # What a test holds shall not time out.
        settings |= {f"{what}_TIMEOUT_MS": "600000" for what in ("SEARCH", "EXTRACT", "FETCH")}
        replicas = await stack.enter_async_context(cluster(folder, settings))
        webs = [await replicas.add(f"web{number}", MUSIC_DL_ROLE="web") for number in (1, 2)]
        workers = [
            await replicas.add(f"worker{number}", MUSIC_DL_ROLE="worker", DOWNLOAD_CONCURRENCY="8") for number in (1, 2)
        ]
        house = DistributedHouse(
            sandbox=sandbox,
            rabbit=rabbit,
            replicas=replicas,
            webs=webs,
            workers=workers,
            ffmpeg=ffmpeg,
            tracks=Tracks(sandbox.catalogue),
        )
        await house.heal()
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def house(running_house: DistributedHouse) -> DistributedHouse:
    """The house with nothing wrong in it."""
    await running_house.heal()
    return running_house
