"""One sandbox and one server for all tests of a module: each test has tracks of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from _local.sandbox.service import Sandbox, running_sandbox
from tests.match.support import Desk
from tests.support.house import open_house


@pytest.fixture(scope="session")
def sandbox_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox(sandbox_folder: Path) -> AsyncIterator[Sandbox]:
    """Every stand-in, with the whole catalogue."""
    async with running_sandbox(sandbox_folder) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A server, and the words for talking to it about matches."""
    async with open_house(sandbox, tmp_path_factory.mktemp("home")) as house:
        yield Desk(house, sandbox)
