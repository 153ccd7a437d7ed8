"""Roles, several Sanic workers in one server, and a start while RabbitMQ is away."""

from __future__ import annotations

import itertools
import os
import signal
from pathlib import Path

import pytest
import yaml

from tests.acceptance.distributed.house import KILL_ROUNDS, DistributedHouse, Wanted, database_of
from tests.support.process import children_of, is_alive, with_environment
from tests.support.replicas import Replica, cluster
from tests.support.tcp_proxy import TcpProxy
from tests.support.wait import wait_for

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[3]
_numbers = itertools.count(1)


async def test_a_worker_serves_its_operator_only(house: DistributedHouse) -> None:
    worker, track = house.workers[0], house.tracks.take().track_id
    assert await worker.status("/health/live") == 200
    status, body = await worker.get("/health/ready")
    assert status == 200
    assert {"database", "queue", "spotify", "youtube"} <= body["dependencies"].keys()
    assert body["dependencies"]["youtube"]["blocked_until"] is None
    for path in (
        f"/api/spotify/download/track/{track}",
        f"/api/spotify/metadata?link=spotify:track:{track}",
        f"/media/{track}.m4a",
        f"/api/downloads/{track}-m4a",
        "/ws/progress",
        "/",
    ):
        assert await worker.status(path) == 404, path


async def test_a_web_process_starts_no_children_of_the_source(house: DistributedHouse) -> None:
    started = with_environment("MUSIC_DL_HOME", str(house.home), "services.source.child")
    for web in house.webs:
        assert not started.keys() & set(children_of(web.pid))
    assert all(started.keys() & set(children_of(worker.pid)) for worker in house.workers)


async def test_a_server_starts_while_rabbitmq_is_away_and_is_ready_when_it_is_back(
    house: DistributedHouse, tmp_path: Path
) -> None:
    wanted = house.tracks.take()
    async with TcpProxy(house.rabbit.port) as line:
        line.refuse()
        url = (await _vhost(house)).replace(str(house.rabbit.port), str(line.port))
        async with cluster(tmp_path, {**house.sandbox.settings, "RABBIT_MQ_URL": url}) as apart:
            server = await apart.add("alone")
            await server.up("/health/live")
            status, body = await server.get("/health/ready")
            assert (status, body["status"]) == (503, "unavailable")
            assert {name: check["ok"] for name, check in body["dependencies"].items()} == {
                **dict.fromkeys(body["dependencies"], True),
                "queue": False,
            }
            # Metadata need no queue; a wish stands in the database until there is one.
            assert await server.status(f"/api/spotify/metadata?link=spotify:track:{wanted.track_id}") == 200
            status, job = await server.get(f"/api/spotify/download/track/{wanted.track_id}?wait=0")
            assert (status, job["state"]) == (202, "queued")
            line.admit()
            await server.up("/health/ready")

            async def done() -> bool:
                _, job = await server.get(f"/api/downloads/{wanted.job_id}")
                return bool(job["state"] == "done")

            await wait_for(done, deadline_s=120, what="the wish made without a queue is done")
            assert await server.stop() == 0


@pytest.mark.parametrize("number", range(KILL_ROUNDS))
async def test_several_sanic_workers_are_one_server(house: DistributedHouse, tmp_path: Path, number: int) -> None:
    del number
    first, held = house.tracks.take(), house.tracks.take()
    async with cluster(tmp_path, {**house.sandbox.settings, "RABBIT_MQ_URL": await _vhost(house)}) as apart:
        server = await apart.add("two", WORKERS="2", STOP_GRACE_MS="500")
        await server.up()
        databases = with_environment("MUSIC_DL_HOME", str(apart.home), "services.store.embedded_child")
        assert len(databases) == 1, "one of them owns the database, the other shares it"
        status, answer = await server.get(f"/api/spotify/download/track/{first.track_id}")
        assert (status, answer["state"]) == (200, "done")
        # Whichever of the two answers: the job is known, the file is served.
        for _ in range(10):
            assert (await server.get(f"/api/downloads/{first.job_id}"))[1]["state"] == "done"
            assert await server.status(f"/media/{first.name}") == 200
        house.hold("fetch", held)
        status, _ = await server.get(f"/api/spotify/download/track/{held.track_id}?wait=0")
        assert status == 202

        async def fetching() -> bool:
            return bool((await server.get(f"/api/downloads/{held.job_id}"))[1]["stage"] == "fetch")

        await wait_for(fetching, deadline_s=120, what="the held job runs")
        # The one that runs it dies: the other answers meanwhile, another is started, and the job is taken over.
        victim = await _runner(apart.home, held)
        assert victim in children_of(server.pid)
        before = _sanic_workers(server)
        assert len(before) == 2
        os.kill(victim, signal.SIGKILL)
        await wait_for(lambda: not is_alive(victim), deadline_s=60, what="it is gone")
        await server.up()
        await wait_for(lambda: len(_sanic_workers(server) - before) == 1, deadline_s=60, what="another is started")
        assert len(_sanic_workers(server)) == 2
        house.clear_faults()
        status, answer = await server.get(f"/api/spotify/download/track/{held.track_id}")
        assert (status, answer["state"]) == (200, "done")
        await server.up()
        assert await _stop_in_the_midst(server, apart.home) == 0
        await wait_for(
            lambda: not with_environment("MUSIC_DL_HOME", str(apart.home)), deadline_s=60, what="all processes end"
        )


async def _stop_in_the_midst(server: Replica, home: Path) -> int:
    """SIGTERM while the managing process waits for an answer of the table that all share; the exit code."""
    spawned = with_environment("MUSIC_DL_HOME", str(home), "spawn_main").keys()
    spawned &= set(children_of(server.pid, own_only=True))
    (table,) = spawned - _sanic_workers(server)
    os.kill(table, signal.SIGSTOP)
    try:
        await wait_for(lambda: _waits_for_an_answer(server.pid), deadline_s=60, what="it waits for an answer")
        os.kill(server.pid, signal.SIGTERM)
        await wait_for(lambda: not _has_pending(server.pid, signal.SIGTERM), what="it has the signal")
    finally:
        os.kill(table, signal.SIGCONT)
    # One that insisted would kill: this only waits.
    return await server.ended(deadline_s=120)


def _waits_for_an_answer(pid: int) -> bool:
    return "unix_stream" in Path(f"/proc/{pid}/wchan").read_text()


def _has_pending(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    masks = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigPnd:", "ShdPnd:"))]
    return any(mask >> (number - 1) & 1 for mask in masks)


def _sanic_workers(server: Replica) -> set[int]:
    """The server's processes that answer requests, of the names that Sanic gives to two."""
    named = (with_environment("SANIC_WORKER_NAME", f"Sanic-Server-{number}-0", "spawn_main") for number in range(2))
    # A child of theirs looks like them in its first moment.
    return {pid for found in named for pid in found} & set(children_of(server.pid, own_only=True))


async def _runner(home: Path, wanted: Wanted) -> int:
    """The process that runs the job."""
    with database_of(home) as database:
        job = await database.collection("jobs").find_one({"_id": wanted.job_id})
    assert job is not None
    return int(job["lease_owner"].split("/")[0].rpartition(":")[2])


async def _vhost(house: DistributedHouse) -> str:
    """The address of a corner of the broker for one test: another home's jobs must not come to the house's workers."""
    name = f"apart-{next(_numbers)}"
    await house.rabbit.ctl("add_vhost", name)
    await house.rabbit.ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
    return house.rabbit.url + name


async def test_the_brokers_health_check_of_compose_succeeds(house: DistributedHouse) -> None:
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["rabbitmq"]
    kind, tool, quiet, *words = service["healthcheck"]["test"]
    assert (kind, tool, quiet) == ("CMD", "rabbitmq-diagnostics", "-q")
    await house.rabbit.ctl(*words, tool=tool)
