"""Four processes at once: exactly one of them wins, and every count is exact."""

from __future__ import annotations

import asyncio
import json
import sys

from models.job import JobState
from models.music import Kind
from services.store.jobs import MongoJobStore
from services.store.metadata import MongoMetadataStore
from services.store.mongo import MongoDatabase
from tests.store.values import job, spotify_id
from tests.support.racer import ROUNDS

PROCESSES = 4


async def test_four_processes_race(database: MongoDatabase, server_uri: str) -> None:
    racers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.racer", server_uri, database.name, f"racer-{number}"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert await racer.stdout.readline() == b"ready\n"
    won: dict[str, list[int]] = {"asked": [], "run": [], "claimed": []}
    for output, _ in await asyncio.gather(*(racer.communicate(b"go\n") for racer in racers)):
        for what, numbers in json.loads(output).items():
            won[what] += numbers
    assert {what: sorted(numbers) for what, numbers in won.items()} == {
        "asked": list(range(ROUNDS)),
        "run": list(range(ROUNDS)),
        "claimed": list(range(ROUNDS)),
    }
    for number in range(ROUNDS):
        found = await MongoJobStore(database).get(job(number).id)
        assert found is not None
        assert (found.state, found.attempt) == (JobState.RUNNING, 1)
        assert found.requested_count == PROCESSES * 5
        assert found.seq == PROCESSES * 5 + 1
    hits = await MongoMetadataStore(database).counts(Kind.TRACK, spotify_id(1))
    assert hits == (PROCESSES * 5 * ROUNDS, 0)
