"""The parts that the tests of batches share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.store.mongo import MongoDatabase
from tests.support.batches import Plant, open_plant


@pytest.fixture
async def plant(database: MongoDatabase, tmp_path: Path) -> AsyncIterator[Plant]:
    """One process, at work."""
    async with open_plant(database, tmp_path) as opened:
        yield opened
