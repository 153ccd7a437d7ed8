"""kill -9 of the process that feeds a batch and runs its jobs: another one finishes it, and repeats nothing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from models.job import JobState
from services.store.mongo import MongoDatabase
from tests.support.batches import open_plant, sound, spotify_id
from tests.support.wait import wait_for

TRACKS = 30
HELD = 10
"""The first process comes so far, and is killed while it runs the next ones."""


async def test_another_process_goes_on(database: MongoDatabase, server_uri: str, tmp_path: Path) -> None:
    async with open_plant(database, tmp_path, feeds=False, works=False) as plant:
        batch_id = await plant.ask(*range(TRACKS))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.batch_process", server_uri, database.name, str(tmp_path), str(HELD)),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"

            async def in_the_middle() -> bool:
                tracks = (await plant.batch(batch_id)).tracks
                return (tracks.done, tracks.running) == (HELD, 4)

            await wait_for(in_the_middle, deadline_s=60)
        finally:
            process.kill()
            await process.wait()
        left = await plant.batch(batch_id)
        assert (left.state, left.lease_owner is None) == (JobState.RUNNING, False)
        plant.worker.start()
        plant.feeder.start()
        ended = await plant.ended(batch_id)
        assert (ended.state, ended.tracks.done, ended.failures) == (JobState.DONE, TRACKS, ())
        assert ended.seq > left.seq
        assert sorted(plant.pipeline.started) == [spotify_id(number) for number in range(HELD, TRACKS)]
        for number in range(TRACKS):
            assert plant.storage.path_for((await plant.put(number)).name).read_bytes() == sound(spotify_id(number))
