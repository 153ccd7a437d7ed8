"""The whole of it: four workers, one misbehaving GitHub, a small disk, and a second server that starts with nothing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from _local.sandbox.github import GitHubStandIn
from services.bucket.github_client import blob_id
from services.store.bucket_index import MongoBucketIndex
from services.store.mongo import MongoDatabase
from services.store.outbox import MongoOutbox
from tests.support.bucket import REPOSITORY, TOKEN, song, song_bytes, song_id
from tests.support.replicas import Replica
from tests.support.wait import wait_for

ROOT = Path(__file__).resolve().parents[2]
WORKERS, EACH, SIZE = 4, 15, 20_000
SONGS = WORKERS * EACH
MAX_BYTES = SONGS * SIZE // 3
# GitHub's minute and hour, shortened.
MINUTE_S, PER_MINUTE = 1.0, 20
HOUR_S, PER_HOUR = 5.0, 80


async def test_sixty_songs_of_four_workers(tmp_path: Path, mongo_uri: str, database: MongoDatabase) -> None:
    github = GitHubStandIn(
        writes_per_minute=PER_MINUTE, writes_per_hour=PER_HOUR, minute_s=MINUTE_S, hour_s=HOUR_S, retry_after_s=1
    )
    repository = github.create(REPOSITORY, token=TOKEN)
    github.write_s = 0.01
    async with github:
        await _upload_all(tmp_path, mongo_uri, database, github)
        paths = [path for path in repository.paths() if path != "README.md"]
        by_song = {path.rpartition("/")[2].partition("-")[0]: repository.content(path) for path in paths}
        assert len(paths) == SONGS
        assert by_song == {song_id(number): song_bytes(number, SIZE) for number in range(SONGS)}
        assert github.most_writing == 1
        assert github.raced == 0
        assert github.over_limit == 0
        placed = {audio.track_id: audio for _, audio in await MongoBucketIndex(database).placed("", 1000)}
        assert len(placed) == SONGS
        for number in range(SONGS):
            assert placed[song_id(number)].bucket_version == blob_id(song_bytes(number, SIZE))
        await _second_server(tmp_path, mongo_uri, database, github)
        assert len([path for path in repository.paths() if path != "README.md"]) == SONGS


async def _upload_all(home: Path, uri: str, database: MongoDatabase, github: GitHubStandIn) -> None:
    for fault in (
        {"method": "POST", "path": "/git/blobs", "status": 502, "after": True, "times": 3},
        {"method": "PATCH", "path": "/git/refs", "status": 502, "after": True, "times": 2},
        {"method": "POST", "path": "/git/trees", "status": 409, "message": "is at X but expected Y", "times": 2},
        {"method": "PUT", "status": 502, "after": True, "times": 2},
        {"method": "GET", "path": "/git/trees", "delay_s": 3, "times": 1},
        {"method": "POST", "path": "/git/commits", "cut": True, "after": True, "times": 1},
        {
            "method": "POST",
            "path": "/git/blobs",
            "status": 403,
            "message": "You have exceeded a secondary rate limit.",
            "headers": {"Retry-After": "0.5"},
            "times": 2,
        },
    ):
        github.fail(**fault)
    folder = home / "home"
    async with _workers(folder, uri, database, github) as workers:
        for worker in workers:
            assert worker.stdout is not None
            assert await worker.stdout.readline() == b"finished\n"
        await wait_for(lambda: len(github.repositories[REPOSITORY].paths()) > 3, deadline_s=60)
        killed = await _kill_the_writer(workers, database)
        await wait_for(lambda: len(github.repositories[REPOSITORY].paths()) > 10, deadline_s=60)
        github.revoke(TOKEN)
        await wait_for(lambda: any(seen.status in {401, 404} for seen in github.requests), deadline_s=60)
        github.grant(TOKEN, REPOSITORY)
        outbox = MongoOutbox(database)

        async def is_done() -> bool:
            return await outbox.waiting() == 0

        await wait_for(is_done, deadline_s=90, what="every song is in the bucket")
        await wait_for(lambda: _bytes(folder) <= MAX_BYTES, deadline_s=60, what="the disk is within its limit")
        counts = [await _counts(worker) for worker in workers if worker is not killed]
    assert all(fault.times == 0 for fault in github.faults if fault.method != "PUT")
    assert sum(count["uploaded"] + count["found_in_bucket"] for count in counts) > SONGS // 2
    assert sum(count["evicted"] for count in counts) > SONGS // 3


async def _second_server(folder: Path, uri: str, database: MongoDatabase, github: GitHubStandIn) -> None:
    """Nothing on its disk, and a YouTube that would be noticed."""
    calls: list[bytes] = []

    async def youtube(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(await reader.readline())
        writer.close()

    watched = await asyncio.start_server(youtube, "127.0.0.1", 0)
    port = watched.sockets[0].getsockname()[1]
    address = f"{uri.partition('/?')[0]}/{database.name}?{uri.partition('?')[2]}"
    environ = {
        **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        "MUSIC_DL_HOME": str(folder / "second"),
        "MUSIC_DL_PRIMARY_DB": address,
        "MUSIC_DL_BUCKET_NAME": f"repos/{REPOSITORY}/contents",
        "MUSIC_DL_STORAGE_ACCESS_TOKEN": TOKEN,
        "MUSIC_DL_STORAGE_HOST": github.url,
        "YOUTUBE_PROXY": f"http://127.0.0.1:{port}",
        "SPOTIFY_API_HOST": f"http://127.0.0.1:{port}",
        "SPOTIFY_ACCESS_TOKEN_URL": f"http://127.0.0.1:{port}/token",
        "IP_TRACKING_RUNNING_STATUS": "stopped",
    }
    server = Replica("second", environ, folder / "second.log")
    await server.start()
    try:
        await server.up("/health/live")
        async with aiohttp.ClientSession() as client:
            await asyncio.gather(*(_served(client, server.url, number) for number in range(SONGS)))
        assert TOKEN not in server.log.read_text()
        assert calls == []
    finally:
        await server.end()
        watched.close()
        await watched.wait_closed()


async def _served(client: aiohttp.ClientSession, url: str, number: int) -> None:
    """The song through each of its ways, with the right bytes each time."""
    async with client.get(f"{url}/api/spotify/download/track/{song_id(number)}") as response:
        body = await response.json()
        assert response.status == 200, body
    async with client.get(body["download_cdn"]) as response:
        assert await response.read() == song_bytes(number, SIZE)
    async with client.get(f"{url}/media/{song(number).name}", allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Location"] == body["download_cdn"]
    async with client.get(f"{url}/media/{song(number).name}?download=1") as response:
        assert response.status == 200
        assert "attachment" in response.headers["Content-Disposition"]
        assert await response.read() == song_bytes(number, SIZE)
    async with client.get(f"{url}/media/{song(number).name}", headers={"Range": "bytes=5-9"}) as response:
        assert response.status == 206
        assert await response.read() == song_bytes(number, SIZE)[5:10]


@asynccontextmanager
async def _workers(
    home: Path, uri: str, database: MongoDatabase, github: GitHubStandIn
) -> AsyncIterator[list[Process]]:
    started: list[Process] = []
    try:
        for index in range(WORKERS):
            given = {
                "home": str(home),
                "uri": uri,
                "database": database.name,
                "host": github.url,
                "repository": REPOSITORY,
                "first": index * EACH,
                "songs": EACH,
                "size_bytes": SIZE,
                "windows": [[PER_MINUTE - 1, MINUTE_S], [PER_HOUR - 1, HOUR_S]],
                "max_bytes": MAX_BYTES,
            }
            started.append(
                await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "tests.support.bucket_worker",
                    json.dumps(given),
                    cwd=ROOT,
                    stdin=PIPE,
                    stdout=PIPE,
                )
            )
        yield started
    finally:
        for process in started:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _kill_the_writer(workers: list[Process], database: MongoDatabase) -> Process:
    """kill -9, at any point of its turn."""

    async def writer() -> Process | None:
        claims = await database.collection("bucket_lanes").find({})
        pids = {claim["owner"].split(":")[1] for claim in claims if claim["_id"].startswith("github:")}
        return next((worker for worker in workers if str(worker.pid) in pids), None)

    found = await wait_for(writer, deadline_s=60)
    assert found is not None
    found.kill()
    await found.wait()
    return found


async def _counts(worker: Process) -> dict[str, Any]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(b"\n")
    counts: dict[str, Any] = json.loads(await asyncio.wait_for(worker.stdout.readline(), 60))
    assert await worker.wait() == 0
    return counts


def _bytes(home: Path) -> int:
    return sum(path.stat().st_size for path in (home / "audio").glob("*/*"))
