"""`GET /metrics` of one process: right numbers, bounded labels, nothing about a person, never a failed scrape."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from _local.sandbox.service import Sandbox, running_sandbox
from services.metrics.families import ON_BOARD
from tests.support.access import ADMIN, ADMIN_KEY
from tests.support.embedded import hold_down
from tests.support.house import House, open_house
from tests.support.metrics import Samples, labels_of, parsed, total, value
from tests.support.wait import wait_for

TRACK = "IzCc4CLGmqwBlgx92robRa"
LINK = f"https://open.spotify.com/track/{TRACK}"


@pytest.fixture(scope="module")
def sandbox_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture
async def sandbox(sandbox_folder: Path) -> AsyncIterator[Sandbox]:
    async with running_sandbox(sandbox_folder) as running:
        yield running


async def scrape(house: House) -> Samples:
    answer = await house.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(answer.body.decode())


async def test_a_download_in_numbers(sandbox: Sandbox, tmp_path: Path) -> None:
    async with open_house(sandbox, tmp_path) as house:
        for _ in range(3):
            assert (await house.metadata(LINK)).status == 200
        done = await house.download(TRACK)
        assert done.json["state"] == "done"
        audio = await house.get(f"/media/{TRACK}.m4a")
        head = await house.get(f"/media/{TRACK}.m4a", method="HEAD")
        assert (audio.status, head.status) == (200, 200)
        assert (await house.get("/nowhere")).status == 404

        async def all_in() -> Samples | None:
            samples = await scrape(house)
            return samples if value(samples, "music_dl_jobs", state="done") else None

        samples = await wait_for(all_in, what="figures younger than the job")
    requests = "music_dl_http_requests_total"
    metadata = {"method": "GET", "route": "/api/spotify/metadata"}
    assert value(samples, requests, **metadata, status="200") == 3
    assert value(samples, "music_dl_http_request_duration_seconds_count", **metadata) == 3
    assert value(samples, "music_dl_http_request_duration_seconds_bucket", **metadata, le="+Inf") == 3
    assert value(samples, "music_dl_metadata_answers_total", kind="track", cache="miss") == 1
    assert value(samples, "music_dl_metadata_answers_total", kind="track", cache="hit") == 2
    assert value(samples, requests, method="GET", route="none", status="404") == 1
    assert value(samples, requests, method="HEAD", route="/media/{name}", status="200") == 1
    media = {"method": "GET", "route": "/media/{name}"}
    assert value(samples, "music_dl_http_response_bytes_total", **media) == len(audio.body)
    assert value(samples, "music_dl_http_response_bytes_total", method="HEAD", route="/media/{name}") == 0
    for stage in ("resolve", "search", "extract", "fetch", "verify", "tag", "store"):
        assert value(samples, "music_dl_job_stage_duration_seconds_count", stage=stage) == 1, stage
    assert value(samples, "music_dl_job_runs_total", outcome="done") == 1
    assert value(samples, "music_dl_library_files", format="m4a") == 1
    assert value(samples, "music_dl_library_bytes", format="m4a") == len(audio.body)
    assert value(samples, "music_dl_upstream_calls_total", upstream="youtube") >= 2
    assert value(samples, "music_dl_upstream_calls_total", upstream="spotify") >= 2
    assert value(samples, "music_dl_lookups_total", service="lyrics", outcome="found") == 1
    assert value(samples, "music_dl_processes") == 1
    assert value(samples, "music_dl_ready") == 1
    assert total(samples, "music_dl_scrape_errors_total") == 0
    (build,) = samples["music_dl_build_info"]
    assert {name for name, _ in build} == {"version", "python", "yt_dlp"}


async def test_the_numbers_are_those_of_the_statistics(sandbox: Sandbox, tmp_path: Path) -> None:
    async with open_house(sandbox, tmp_path, ADMIN_API_KEY=ADMIN_KEY) as house:
        assert (await house.download(TRACK)).json["state"] == "done"
        upstream = (await house.get("/api/admin/stats", headers=ADMIN)).json["upstream"]
        samples = await scrape(house)
    assert set(upstream) == {"spotify", "youtube", "ip_api", "lyrics"}
    for name, numbers in upstream.items():
        assert value(samples, "music_dl_upstream_calls_total", upstream=name) == numbers["calls"]
        assert value(samples, "music_dl_upstream_errors_total", upstream=name) == numbers["errors"]
    assert (upstream["lyrics"]["found"], upstream["lyrics"]["failed"]) == (1, 0)
    assert upstream["youtube"]["blocked_until"] is None


async def test_sockets_are_counted_while_they_are_open(tmp_path: Path) -> None:
    async with open_house(None, tmp_path) as house:
        async with house.http.ws_connect(f"{house.url}/ws/progress"), house.http.ws_connect(f"{house.url}/ws/progress"):

            async def both() -> bool:
                samples = await scrape(house)
                readers = value(samples, "music_dl_progress_readers")
                return value(samples, "music_dl_websocket_connections") == readers == 2

            await wait_for(both, what="two sockets")

        async def none() -> bool:
            return value(await scrape(house), "music_dl_websocket_connections") == 0

        await wait_for(none, what="no socket")


async def test_names_follow_prometheus_conventions() -> None:
    for family in ON_BOARD.values():
        assert re.fullmatch(r"music_dl_[a-z_]+", family.name)
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_info"))
        assert family.help.endswith(".")
        assert not {"id", "ip", "path", "url", "le", "track_id"} & set(family.labels)


async def test_labels_stay_few_whatever_is_asked(tmp_path: Path) -> None:
    """Five hundred addresses, ids, methods and senders that nobody has seen before leave no trace of their own."""
    random.seed(4)
    async with open_house(None, tmp_path, SPOTIFY_API_HOST="http://127.0.0.1:9", DOWNLOAD_WAIT_MS="1") as house:
        words = ["".join(random.choices("0123456789ABCDEFabcdef", k=22)) for _ in range(500)]
        before = set(await scrape(house))
        shapes = (
            "/{}",
            "/media/{}.m4a",
            "/api/downloads/{}-m4a",
            "/api/{}",
            "/%2e%2e/{}",
            "/api/spotify/track/{}/match",
        )
        for number, word in enumerate(words):
            path = shapes[number % len(shapes)].format(word)
            method = word[:5].upper() if number % 7 == 0 else "GET"
            await house.get(
                path, method=method, headers={"User-Agent": word, "X-Forwarded-For": f"8.8.{number % 250}.1"}
            )
        text = (await house.get("/metrics")).body.decode()
    samples = parsed(text)
    requests = samples["music_dl_http_requests_total"]
    assert sum(requests.values()) >= 500
    assert len(requests) < 30
    assert labels_of(samples, "music_dl_http_requests_total", "method") <= {"GET", "other"}
    assert len(labels_of(samples, "music_dl_http_requests_total", "route")) < 10
    assert not [word for word in words if word in text]
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", text.replace("127.0.0.1", "")), "no address"
    assert "127.0.0.1" not in text
    assert set(samples) >= before


async def test_the_key_when_it_is_wanted(tmp_path: Path) -> None:
    settings = {"ADMIN_API_KEY": ADMIN_KEY, "METRICS_NEED_ADMIN_KEY": "true"}
    async with open_house(None, tmp_path / "locked", **settings) as house:
        assert (await house.get("/metrics")).status == 401
        assert (await house.get("/metrics", headers={"X-API-Key": "wrong"})).status == 403
        assert (await house.get("/metrics", headers=ADMIN)).status == 200
    async with open_house(None, tmp_path / "shut", METRICS_NEED_ADMIN_KEY="true") as house:
        assert (await house.get("/metrics", headers=ADMIN)).status == 403


async def test_two_servers_in_one_process_count_for_themselves(tmp_path: Path) -> None:
    async with open_house(None, tmp_path / "one") as one, open_house(None, tmp_path / "two") as two:
        for _ in range(3):
            await one.get("/health/live")
        await two.get("/health/live")
        live = {"method": "GET", "route": "/health/live", "status": "200"}
        assert value(await scrape(one), "music_dl_http_requests_total", **live) == 3
        assert value(await scrape(two), "music_dl_http_requests_total", **live) == 1


async def test_a_database_killed_between_scrapes_fails_none(tmp_path: Path) -> None:
    async with open_house(None, tmp_path) as house:
        first = await scrape(house)
        assert value(first, "music_dl_dependency_up", dependency="database") == 1
        assert value(first, "music_dl_jobs", state="queued") == 0
        assert "music_dl_jobs" in first
        stop = asyncio.Event()

        async def scrape_on() -> int:
            scrapes = 0
            while not stop.is_set():
                await scrape(house)
                scrapes += 1
            return scrapes

        scraping = asyncio.create_task(scrape_on())
        # The server starts another one soon: it is held down until that was seen.
        holding = asyncio.create_task(hold_down(tmp_path, stop))

        async def told() -> Samples | None:
            samples = await scrape(house)
            return samples if value(samples, "music_dl_scrape_errors_total", source="jobs") else None

        try:
            without = await wait_for(told, deadline_s=60, what="the scrape says what it lacks")
        finally:
            stop.set()
        assert await scraping > 0
        await holding
        assert value(without, "music_dl_dependency_up", dependency="database") == 0
        assert value(without, "music_dl_ready") == 0
        assert "music_dl_jobs" not in without, "no figure rather than an old one"
        assert value(without, "music_dl_disk_free_bytes") > 0, "the others are there"

        async def back() -> bool:
            samples = await scrape(house)
            return "music_dl_jobs" in samples and value(samples, "music_dl_dependency_up", dependency="database") == 1

        await wait_for(back, deadline_s=90, what="the database is back")
