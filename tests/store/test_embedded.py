"""The embedded server: kept running, shared by processes, and nothing answered is ever lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from models.errors import DatabaseUnavailable
from services.store.embedded import EmbeddedMongo
from services.store.mongo import MongoDatabase
from tests.support.wait import wait_for

PATIENCE_MS = 30_000


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@asynccontextmanager
async def connected(uri: str) -> AsyncIterator[MongoDatabase]:
    database = MongoDatabase(uri, timeout_ms=PATIENCE_MS)
    try:
        yield database
    finally:
        database.close()


class Owner:
    """Another process that shares the folder and writes all the time."""

    def __init__(self, process: asyncio.subprocess.Process, about: dict[str, Any]) -> None:
        self.process = process
        self.about = about
        self.answered = 0
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, home: Path) -> Owner:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.embedded_owner", str(home)), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        return cls(process, json.loads(await process.stdout.readline()))

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.endswith(b"\n"):
                self.answered = int(line)

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()
        await self._reading


async def written_by(database: MongoDatabase, pid: int) -> int:
    rows = await database.collection("written").find({})
    return max((int(row["_id"].partition("-")[2]) for row in rows if row["_id"].startswith(f"{pid}-")), default=0)


async def test_it_answers_from_start_to_stop(tmp_path: Path) -> None:
    mongo = EmbeddedMongo(tmp_path)
    with pytest.raises(RuntimeError):
        _ = mongo.uri
    async with mongo:
        assert mongo.owns_server
        pid = mongo.pid
        assert pid is not None
        async with connected(mongo.uri) as database:
            await database.ping()
    assert not is_alive(pid)
    assert mongo.pid is None


async def test_what_was_kept_is_there_after_the_next_start_on_the_same_port(tmp_path: Path) -> None:
    async with EmbeddedMongo(tmp_path) as first, connected(first.uri) as database:
        await database.collection("rows").insert_new({"_id": "a", "text": "ä♥"})
    async with EmbeddedMongo(tmp_path) as second, connected(second.uri) as database:
        assert second.uri == first.uri
        assert await database.collection("rows").find_one({"_id": "a"}) == {"_id": "a", "text": "ä♥"}


async def test_a_port_that_somebody_else_took_is_left_alone(tmp_path: Path) -> None:
    async with EmbeddedMongo(tmp_path) as first:
        port = int(first.uri.rpartition(":")[2].partition("/")[0])
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        async with EmbeddedMongo(tmp_path) as second, connected(second.uri) as database:
            assert second.uri != first.uri
            await database.ping()


async def test_two_folders_are_two_databases(tmp_path: Path) -> None:
    async with EmbeddedMongo(tmp_path / "a") as a, EmbeddedMongo(tmp_path / "b") as b:
        assert a.uri != b.uri
        async with connected(a.uri) as in_a, connected(b.uri) as in_b:
            await in_a.collection("rows").insert_new({"_id": 1})
            assert await in_b.collection("rows").count({}) == 0


async def test_a_folder_that_cannot_be_made_is_told_as_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailable):
        await EmbeddedMongo(tmp_path / "file").start()


async def test_a_killed_child_is_replaced_and_nothing_answered_is_lost(tmp_path: Path) -> None:
    async with EmbeddedMongo(tmp_path) as mongo, connected(mongo.uri) as database:
        rows = database.collection("rows")
        answered: list[str] = []
        refused: list[str] = []
        stop = asyncio.Event()

        async def write(name: str) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                key = f"{name}-{number}"
                try:
                    # The second field is changed by an update: both kinds of write are interrupted.
                    await rows.insert_new({"_id": key, "n": 0})
                    await rows.update({"_id": key}, {"$inc": {"n": 1}})
                    answered.append(key)
                except DatabaseUnavailable:
                    refused.append(key)

        writers = [asyncio.create_task(write(name)) for name in "abcd"]
        for kills in range(1, 4):
            goal = len(answered) + 50
            await wait_for(lambda goal=goal: len(answered) >= goal, what="writes go on")
            pid = mongo.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await wait_for(lambda kills=kills: mongo.restarts == kills and mongo.pid, what="a new child")
        goal = len(answered) + 50
        await wait_for(lambda: len(answered) >= goal, what="writes go on after the last kill")
        stop.set()
        await asyncio.gather(*writers)
        found = {row["_id"]: row["n"] for row in await rows.find({})}
        assert {key: found.get(key) for key in answered} == dict.fromkeys(answered, 1)
        assert not set(found) - set(answered) - set(refused)


async def test_a_killed_owner_takes_its_child_along_and_the_next_start_finds_all(tmp_path: Path) -> None:
    owner = await Owner.start(tmp_path)
    assert owner.about["owns"]
    await wait_for(lambda: owner.answered >= 50, what="writes")
    await owner.kill()
    async with EmbeddedMongo(tmp_path) as mongo, connected(mongo.uri) as database:
        assert mongo.owns_server
        assert mongo.uri == owner.about["uri"]
        assert not is_alive(owner.about["child"])
        assert await written_by(database, owner.about["pid"]) >= owner.answered


async def test_a_start_waits_for_an_old_child_that_still_has_the_files(tmp_path: Path) -> None:
    owner = await Owner.start(tmp_path)
    os.kill(owner.about["child"], signal.SIGSTOP)
    await owner.kill()
    mongo = EmbeddedMongo(tmp_path)
    start = asyncio.create_task(mongo.start())
    try:
        done, _ = await asyncio.wait([start], timeout=1)
        assert not done
    finally:
        os.kill(owner.about["child"], signal.SIGCONT)
        await start
    try:
        assert mongo.uri == owner.about["uri"]
        async with connected(mongo.uri) as database:
            await database.ping()
    finally:
        await mongo.stop()


async def test_processes_share_one_server_and_one_takes_over_when_the_owner_is_killed(tmp_path: Path) -> None:
    owner = await Owner.start(tmp_path)
    second = await Owner.start(tmp_path)
    try:
        assert (second.about["owns"], second.about["child"]) == (False, None)
        async with EmbeddedMongo(tmp_path) as mine, connected(mine.uri) as database:
            assert not mine.owns_server
            assert mine.uri == owner.about["uri"] == second.about["uri"]
            await wait_for(lambda: owner.answered >= 20 and second.answered >= 20, what="both write")
            await second.kill()
            await owner.kill()
            await wait_for(lambda: mine.owns_server and mine.pid, what="the take-over")
            assert mine.uri == owner.about["uri"]
            for writer in (owner, second):
                assert await written_by(database, writer.about["pid"]) >= writer.answered
            assert await database.collection("rows").insert_new({"_id": "after"})
    finally:
        for writer in (owner, second):
            if writer.process.returncode is None:
                await writer.kill()


async def test_a_stopped_owner_hands_over(tmp_path: Path) -> None:
    first, second = EmbeddedMongo(tmp_path), EmbeddedMongo(tmp_path)
    await first.start()
    await second.start()
    async with connected(second.uri) as database:
        await database.collection("rows").insert_new({"_id": "a"})
        await first.stop()
        await wait_for(lambda: second.owns_server and second.pid, what="the take-over")
        await wait_for(lambda: answers(database), what="an answer")
        assert await database.collection("rows").count({}) == 1
    await second.stop()


async def answers(database: MongoDatabase) -> bool:
    try:
        await database.ping()
    except DatabaseUnavailable:
        # A connection that was open to the old child breaks once.
        return False
    return True


async def test_of_many_starts_at_once_one_has_the_server(tmp_path: Path) -> None:
    all_of_them = [EmbeddedMongo(tmp_path) for _ in range(5)]
    await asyncio.gather(*(mongo.start() for mongo in all_of_them))
    assert [mongo.owns_server for mongo in all_of_them].count(True) == 1
    assert len({mongo.uri for mongo in all_of_them}) == 1
    for mongo in all_of_them:
        await mongo.stop()


async def test_a_child_that_hangs_is_killed_at_stop(tmp_path: Path) -> None:
    async with EmbeddedMongo(tmp_path) as mongo:
        pid = mongo.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
    assert not is_alive(pid)


async def test_the_write_ahead_log_is_cut_short(tmp_path: Path) -> None:
    log = tmp_path / "mongo" / "data" / "music_dl.db-wal"
    async with EmbeddedMongo(tmp_path, sweep_interval_s=0.5) as mongo, connected(mongo.uri) as database:
        await database.collection("rows").insert_many([{"_id": n, "text": "x" * 10_000} for n in range(300)])
        await wait_for(lambda: log.stat().st_size == 0, what="the sweep")
        assert await database.collection("rows").count({}) == 300
