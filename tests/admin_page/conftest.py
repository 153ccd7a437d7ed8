"""One server and one browser for a module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.admin_page.house import AdminHouse, open_admin_world
from tests.support.browser import browser, chromium


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AdminHouse]:
    # Before anything is started: is there a browser at all?
    chromium()
    async with (
        open_admin_world(tmp_path_factory.mktemp("world")) as world,
        browser(tmp_path_factory.mktemp("browser")) as program,
    ):
        yield AdminHouse(world.sandbox, world.spotify, world.cluster, world.server, program)
