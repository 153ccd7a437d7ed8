"""`/api/admin` from outside: its door, its numbers, and forgetting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from _local.sandbox.ipapi import IpApiStandIn
from models.errors import Forbidden, Unauthorized
from models.job import JobState
from services.keys import AdminGate
from services.store.downloads import MongoDownloadStore
from services.store.jobs import MongoJobStore
from tests.store.values import job, stored
from tests.support.access import ADMIN, ADMIN_KEY, open_watched_house, second_look, stats_of
from tests.support.house import House, open_house
from tests.support.spotify import stand_in

KEY = "sésame"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with (
        stand_in(tracks=2) as spotify,
        IpApiStandIn() as ipapi,
        open_watched_house(tmp_path, spotify, ipapi, ACCESS_LOG_RETENTION_DAYS="3") as opened,
    ):
        yield opened


def test_the_right_key_opens() -> None:
    AdminGate(SecretStr(KEY)).check(KEY)


@pytest.mark.parametrize("presented", ["", "sesame", "sésame ", "SÉSAME", KEY + "x", KEY[:-1], "\udcff", "x" * 100_000])
def test_any_other_key_is_refused(presented: str) -> None:
    with pytest.raises(Forbidden):
        AdminGate(SecretStr(KEY)).check(presented)


def test_no_key_is_asked_for_one() -> None:
    with pytest.raises(Unauthorized):
        AdminGate(SecretStr(KEY)).check(None)


@pytest.mark.parametrize("presented", [None, "", "None", "anything"])
def test_without_a_configured_key_nobody_gets_in(presented: str | None) -> None:
    with pytest.raises(Forbidden, match="closed"):
        AdminGate(None).check(presented)


async def test_the_door_over_http(house: House) -> None:
    for method, path in (("GET", "/api/admin/stats"), ("DELETE", "/api/admin/ip/8.8.8.8")):
        for headers, status, code in (
            ({}, 401, "unauthorized"),
            ({"X-API-Key": ""}, 401, "unauthorized"),
            ({"Authorization": "Basic " + ADMIN_KEY}, 401, "unauthorized"),
            ({"X-API-Key": "wrong"}, 403, "forbidden"),
            ({"Authorization": "Bearer wrong"}, 403, "forbidden"),
            ({"Authorization": "Bearer wrong", "X-API-Key": ADMIN_KEY}, 403, "forbidden"),
        ):
            answer = await house.get(path, method=method, headers=headers)
            assert (answer.status, answer.json["code"]) == (status, code), (path, headers)
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert ("WWW-Authenticate" in answer.headers) == (status == 401)
            assert ADMIN_KEY not in answer.body.decode()
        for headers in ({"X-API-Key": ADMIN_KEY}, {"Authorization": f"bearer {ADMIN_KEY}"}, ADMIN):
            answer = await house.get(path, method=method, headers=headers)
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"


async def test_a_span_is_a_whole_number_of_hours_that_are_kept(house: House) -> None:
    for wrong in ("0", "-1", "73", "1.5", "x", "", "٣", "9" * 400):
        answer = await house.get(f"/api/admin/stats?hours={wrong}", headers=ADMIN)
        expected = 200 if not wrong else 400
        assert answer.status == expected, wrong
    for right in (1, 24, 72):
        body = await stats_of(house, right)
        assert body["span_hours"] == right
        until = datetime.fromisoformat(body["until"])
        since = until.replace(minute=0, second=0) - timedelta(hours=right - 1)
        assert datetime.fromisoformat(body["since"]) == since


async def test_what_is_no_address_cannot_be_forgotten(house: House) -> None:
    for path, status in (
        ("/api/admin/ip/nobody", 400),
        ("/api/admin/ip/1.2.3", 400),
        ("/api/admin/ip/2001:db8::1", 200),
        ("/api/admin/ip/2001%3Adb8%3A%3A1", 200),
        ("/api/admin/ip/::ffff:192.0.2.1", 200),
    ):
        answer = await house.get(path, method="DELETE", headers=ADMIN)
        assert answer.status == status, path
    assert answer.json["ip"] == "192.0.2.1"
    assert set(answer.json["removed"]) == {"access_logs", "ip_traces", "ip_trace_urls", "ip_hours", "ip_days"}


async def test_jobs_and_library_as_they_are(house: House, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    async with second_look(tmp_path) as database:
        jobs, downloads = MongoJobStore(database), MongoDownloadStore(database)
        for number in range(1, 4):
            made = job(number, created_at=now - timedelta(hours=number), updated_at=now)
            await jobs.ask(made)
            if number > 1:
                await jobs.claim(made.id, "worker", now + timedelta(hours=1), now)
        await jobs.finish(job(3).id, "worker", JobState.DONE)
        for number, confidence in enumerate((0.6, 0.75, 0.9, 0.95, 1.0)):
            await downloads.put(stored(number, match_confidence=confidence, size_bytes=1000 + number))
    body = await stats_of(house)
    states = body["jobs"]["by_state"]
    assert set(states) == {"queued", "running", "done", "failed", "cancelled"}
    assert (states["done"], sum(states.values())) == (1, 3)
    assert body["jobs"]["dead_letters"] == 0
    assert body["library"] == {
        "files": 5,
        "bytes": 5010,
        "by_format": {"m4a": {"files": 5, "bytes": 5010}},
        "by_confidence": {"0.9-1.0": 3, "0.8-0.9": 0, "0.7-0.8": 1, "0.6-0.7": 1, "0.0-0.6": 0},
        "disk_free_bytes": body["library"]["disk_free_bytes"],
    }
    assert body["library"]["disk_free_bytes"] > 0
    assert body["upstream"]["spotify"]["banned_until"] is None
    assert {"calls", "errors", "bans"} <= set(body["upstream"]["spotify"])
    assert {"calls", "errors", "rate_limited"} <= set(body["upstream"]["ip_api"])
    assert body["access_log"]["running"] is True


async def test_a_server_without_a_key_is_closed_and_one_without_records_still_counts_jobs(tmp_path: Path) -> None:
    async with open_house(None, tmp_path / "closed") as house:
        answer = await house.get("/api/admin/stats", headers=ADMIN)
        assert (answer.status, answer.json["code"]) == (403, "admin_closed")
        assert "ADMIN_API_KEY" in answer.json["detail"]
    settings = {"ADMIN_API_KEY": ADMIN_KEY, "IP_TRACKING_RUNNING_STATUS": "stopped"}
    async with open_house(None, tmp_path / "stopped", **settings) as house:
        body = await stats_of(house)
        assert body["access_log"]["running"] is False
        assert body["traffic"]["requests"] == 0
        assert (await house.get("/api/admin/ip/8.8.8.8", method="DELETE", headers=ADMIN)).status == 200
    assert not (tmp_path / "stopped" / "access").exists()
