"""One server and one browser for a module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.page.house import House, World, open_world
from tests.support.browser import browser, chromium


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with open_world(tmp_path_factory.mktemp("world")) as opened:
        yield opened


@pytest.fixture(scope="module")
def _program() -> None:
    """Before anything is started: is there a browser at all?"""
    chromium()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(_program: None, world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with browser(tmp_path_factory.mktemp("browser")) as program:
        yield House(world.sandbox, world.spotify, world.server, program)


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """Where the browser saves files."""
    folder = tmp_path / "saved"
    folder.mkdir()
    return folder
