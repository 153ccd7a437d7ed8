"""One set of sounds for all acceptance tests of a process: making them is the slow part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from _local.sandbox.service import Sandbox, running_sandbox


@pytest.fixture(scope="session")
def sandbox_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture
async def sandbox(sandbox_folder: Path) -> AsyncIterator[Sandbox]:
    """Every stand-in, with the whole catalogue."""
    async with running_sandbox(sandbox_folder) as running:
        yield running
