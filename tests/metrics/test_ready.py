"""`/health/ready` tells the truth about each dependency, by name, when it is really away; within one deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from _local.sandbox.spotify_faults import Fault
from models.errors import DatabaseUnavailable
from services.health import PROBE_DEADLINE_S, Finding, HealthService, State
from services.programs import Program
from tests.support.access import ADMIN, ADMIN_KEY
from tests.support.embedded import hold_down
from tests.support.house import House, open_house
from tests.support.metrics import parsed, value
from tests.support.rabbit_server import RabbitServer
from tests.support.redis_server import RedisServer
from tests.support.spotify import sid, stand_in
from tests.support.tcp_proxy import TcpProxy
from tests.support.wait import wait_for

Json = dict[str, Any]


async def ready(house: House, **options: Any) -> tuple[int, Json]:
    answer = await house.get("/health/ready", **options)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status, answer.json


def until(house: House, name: str, **facts: object) -> Callable[[], Awaitable[tuple[int, Json] | None]]:
    """Gives status and body once this dependency says so."""

    async def look() -> tuple[int, Json] | None:
        status, body = await ready(house)
        found = body["dependencies"][name]
        return (status, body) if facts.items() <= found.items() else None

    return look


async def test_all_is_well(tmp_path: Path) -> None:
    async with open_house(None, tmp_path) as house:
        status, body = await ready(house)
        assert status == 200
        told = body["dependencies"]
        assert set(told) == {"database", "queue", "spotify", "youtube", "disk", "js_runtime", "ffmpeg"}
        assert [name for name, one in told.items() if one["required"]] == ["database", "queue"]
        assert told["database"] == {"ok": True, "required": True, "state": "up"}
        facts = {"waiting": 0, "oldest_queued_s": None, "dead_letters": 0}
        assert told["queue"] == {"ok": True, "required": True, "state": "up", **facts}
        assert told["youtube"]["yt_dlp_age_days"] >= 0
        assert told["js_runtime"]["version"].startswith("2.")
        assert told["ffmpeg"]["version"]
        assert 0 < told["disk"]["free_bytes"] < told["disk"]["total_bytes"]
        # No credentials here: it serves, and says what is missing.
        assert body["status"] == "degraded"
        spotify = {"ok": True, "state": "limited", "code": "no_credentials", "banned_until": None}
        assert spotify.items() <= told["spotify"].items()


async def test_the_database_is_killed(tmp_path: Path) -> None:
    async with open_house(None, tmp_path, ADMIN_API_KEY=ADMIN_KEY) as house:
        stop = asyncio.Event()
        holding = asyncio.create_task(hold_down(tmp_path, stop))
        status, body = await wait_for(until(house, "database", state="down"), deadline_s=60)
        assert (status, body["status"]) == (503, "unavailable")
        assert body["dependencies"]["database"]["code"] in {"database_unavailable", "no_answer"}
        assert body["dependencies"]["queue"]["state"] == "up", "what does not need it is not drawn in"
        assert "127.0.0.1" not in str(body)
        stop.set()
        await holding
        status, body = await wait_for(until(house, "database", state="up"), deadline_s=90)
        assert status == 200


async def test_causes_are_for_administrators(tmp_path: Path) -> None:
    mongo = "mongodb://127.0.0.1:9/music_dl?serverSelectionTimeoutMS=200"
    async with open_house(None, tmp_path, MUSIC_DL_PRIMARY_DB=mongo, ADMIN_API_KEY=ADMIN_KEY) as house:
        for headers in ({}, {"X-API-Key": "wrong"}):
            _, body = await ready(house, headers=headers)
            assert "127.0.0.1" not in str(body)
            assert "cause" not in body["dependencies"]["database"]

        async def cause() -> str | None:
            _, body = await ready(house, headers=ADMIN)
            found: str | None = body["dependencies"]["database"].get("cause")
            return found

        assert "127.0.0.1:9" in await wait_for(cause)


async def test_redis_is_away(tmp_path: Path) -> None:
    redis = RedisServer(tmp_path / "redis")
    redis.start()
    try:
        async with open_house(None, tmp_path / "home", REDIS_URL=redis.url) as house:
            status, body = await wait_for(until(house, "cache", state="up"))
            assert body["dependencies"]["cache"]["required"] is False
            redis.kill()
            status, body = await wait_for(until(house, "cache", state="down", code="cache_unavailable"))
            assert (status, body["status"]) == (200, "degraded"), "slower, not broken"
            redis.start()
            await wait_for(until(house, "cache", state="up"))
            redis.hang()
            status, body = await wait_for(until(house, "cache", state="down"))
            assert status == 200
            redis.go_on()
    finally:
        redis.kill()


async def test_rabbitmq_is_away(rabbit: RabbitServer, tmp_path: Path) -> None:
    async with TcpProxy(rabbit.port) as line:
        url = rabbit.url.replace(str(rabbit.port), str(line.port))
        async with open_house(None, tmp_path, RABBIT_MQ_URL=url) as house:
            await wait_for(until(house, "queue", state="up", waiting=0, dead_letters=0))
            line.refuse()
            status, body = await wait_for(until(house, "queue", state="down", code="queue_unavailable"), deadline_s=60)
            assert (status, body["status"]) == (503, "unavailable")
            samples = parsed((await house.get("/metrics")).body.decode())
            assert "music_dl_processes" in samples, "the scrape goes on without the queue"
            line.admit()
            status, _ = await wait_for(until(house, "queue", state="up"), deadline_s=60)
            assert status == 200


async def test_spotify_bans_for_a_day(tmp_path: Path) -> None:
    async with stand_in(tracks=2) as spotify, open_house(None, tmp_path, **spotify.settings()) as house:
        _, body = await ready(house)
        assert body["dependencies"]["spotify"]["state"] == "up"
        spotify.troubles.faults.append(Fault("GET /v1/tracks", status=429, headers={"Retry-After": "86400"}))
        asked = datetime.now(UTC)
        refused = await house.metadata(f"spotify:track:{sid('Tr', 1)}")
        assert refused.status == 503
        status, body = await ready(house)
        told = body["dependencies"]["spotify"]
        assert (status, body["status"]) == (200, "degraded")
        assert (told["ok"], told["state"], told["code"]) == (True, "limited", "spotify_rate_limited")
        ends = datetime.fromisoformat(told["banned_until"])
        assert timedelta(seconds=86_000) < ends - asked < timedelta(seconds=86_500)

        async def left_s() -> float:
            samples = parsed((await house.get("/metrics")).body.decode())
            return value(samples, "music_dl_spotify_ban_seconds")

        assert 86_000 < await left_s() <= 86_400


async def test_an_old_yt_dlp_is_worth_a_word(tmp_path: Path) -> None:
    async with open_house(None, tmp_path, YTDLP_MAX_AGE_DAYS="1") as house:
        _, body = await ready(house)
        told = body["dependencies"]["youtube"]
        # Unless it was released yesterday.
        assert (told["code"] if told["yt_dlp_age_days"] > 1 else "yt_dlp_old") == "yt_dlp_old"
        assert told["ok"] is True


async def test_probes_run_side_by_side_and_none_longer_than_its_deadline() -> None:
    begun: list[str] = []
    everybody = asyncio.Event()

    def probe(name: str, after: Callable[[], Awaitable[Finding]]) -> Callable[[], Awaitable[Finding]]:
        async def run() -> Finding:
            begun.append(name)
            if len(begun) == 3:
                everybody.set()
            await everybody.wait()
            return await after()

        return run

    async def fine() -> Finding:
        return Finding(facts={"a": 1})

    async def silent() -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    async def broken() -> Finding:
        raise DatabaseUnavailable(cause="mongodb://secret")

    health = HealthService(
        {
            "fine": (probe("fine", fine), True),
            "silent": (probe("silent", silent), False),
            "broken": (probe("b", broken), True),
        }
    )
    async with asyncio.timeout(PROBE_DEADLINE_S + 30):
        report = await health.report()
    fine_check, silent_check, broken_check = report.checks
    assert (fine_check.ok, fine_check.finding.facts) == (True, {"a": 1})
    assert (silent_check.ok, silent_check.finding.code) == (False, "no_answer")
    assert (broken_check.finding.code, broken_check.cause) == ("database_unavailable", "mongodb://secret")
    assert (report.ok, report.status) == (False, "unavailable")


@pytest.mark.parametrize(
    ("state", "required", "ok", "status"),
    [
        (State.UP, True, True, "ok"),
        (State.LIMITED, True, True, "degraded"),
        (State.DOWN, True, False, "unavailable"),
        (State.LIMITED, False, True, "degraded"),
        (State.DOWN, False, True, "degraded"),
    ],
)
async def test_what_a_finding_makes_of_the_whole(state: State, required: bool, ok: bool, status: str) -> None:
    async def probe() -> Finding:
        return Finding(state=state)

    report = await HealthService({"one": (probe, required)}).report()
    assert (report.ok, report.status) == (ok, status)


@pytest.fixture
async def tool(tmp_path: Path) -> tuple[Path, Program]:
    path = tmp_path / "tool"

    async def find() -> Path:
        return path

    return path, Program(find=find, argument="--version", pattern=r"tool (\S+)")


def write(path: Path, line: str) -> None:
    path.with_suffix(".new").write_text(f"#!/bin/sh\n{line}\n")
    path.with_suffix(".new").chmod(0o755)
    path.with_suffix(".new").rename(path)


async def test_a_program_is_asked_again_when_it_has_changed(tool: tuple[Path, Program], tmp_path: Path) -> None:
    path, program = tool
    calls = tmp_path / "calls"
    assert await program.version() is None, "it is not there"
    write(path, f"echo $1 >> {calls}; echo tool 1.2 built today")
    assert [await program.version() for _ in range(3)] == ["1.2"] * 3
    assert calls.read_text() == "--version\n", "asked once"
    write(path, "echo tool 1.3")
    assert await program.version() == "1.3"
    path.unlink()
    assert await program.version() is None


@pytest.mark.parametrize("line", ["exit 1", "echo nothing", "echo tool 1.0; exit 3", "kill -9 $$"])
async def test_a_program_that_does_not_run_is_none(tool: tuple[Path, Program], line: str) -> None:
    path, program = tool
    write(path, line)
    assert await program.version() is None
    path.chmod(0o644)
    assert await program.version() is None
