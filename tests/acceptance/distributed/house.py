"""What the distributed tests do with the house: ask, watch, find a job's worker, look at what is left."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from _local.sandbox.catalogue import Catalogue
from _local.sandbox.service import Sandbox
from services.store.mongo import MongoDatabase
from tests.acceptance.distributed.slow_ffmpeg import SlowFfmpeg
from tests.support.process import children_of, with_environment
from tests.support.rabbit_server import RabbitServer
from tests.support.replicas import Cluster, Replica
from tests.support.wait import wait_for

KILL_ROUNDS = int(os.environ.get("KILL_ROUNDS", "1"))
"""How often the tests that kill processes are run, as they depend on the moment of the kill."""
FINAL = {"done", "failed", "cancelled"}
DEADLINE_S = 120.0
HELD_S = 600.0


class Tracks:
    """Hands out plain tracks, each once: one upload, nothing else of that name (such albums stand last)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._unused: Iterator[tuple[str, str]] = (
            (track_id, next(iter(expected.video_ids)))
            for track_id, expected in reversed(catalogue.expected.items())
            if expected.outcome == "done"
            and len(expected.video_ids) == 1
            and not catalogue.slow_videos.keys() & expected.video_ids
        )

    def take(self) -> Wanted:
        """A track not taken before."""
        return Wanted(*next(self._unused))


@dataclass(frozen=True)
class Wanted:
    """A track to download."""

    track_id: str
    video_id: str

    @property
    def job_id(self) -> str:
        return f"{self.track_id}-m4a"

    @property
    def name(self) -> str:
        return f"{self.track_id}.m4a"


class Watcher:
    """A socket's frames so far."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.close_code: int | None = None

    @property
    def last(self) -> dict[str, Any]:
        return self.frames[-1] if self.frames else {}

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The frames of this type."""
        return [frame for frame in self.frames if frame["type"] == kind]

    async def until(self, what: Callable[[dict[str, Any]], bool], label: str) -> dict[str, Any]:
        """The first frame for which `what` holds."""

        def found() -> dict[str, Any] | None:
            return next((frame for frame in self.frames if what(frame)), None)

        return await wait_for(found, deadline_s=DEADLINE_S, what=label)

    async def stage(self, stage: str) -> None:
        """Waits until this stage, or a later moment of it, was told."""
        await self.until(lambda frame: frame["stage"] == stage, f"stage {stage}")

    async def end(self) -> dict[str, Any]:
        """The frame that ends the job."""
        return await self.until(lambda frame: frame["type"] == "end", "the end")


@asynccontextmanager
async def watching(replica: Replica, wanted: Wanted, **query: str) -> AsyncIterator[Watcher]:
    """Reads the progress socket of this replica in the background."""
    watcher = Watcher()
    params = {"job_id": wanted.job_id, **query}
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{replica.url}/ws/progress", params=params) as socket:

        async def read() -> None:
            async for message in socket:
                watcher.frames.append(json.loads(message.data))
            watcher.close_code = socket.close_code

        task = asyncio.create_task(read(), name=f"watch:{wanted.job_id}")
        try:
            yield watcher
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@contextlib.contextmanager
def database_of(home: Path) -> Iterator[MongoDatabase]:
    """The embedded database of this home, as a shell would see it."""
    port = json.loads((home / "mongo" / "address.json").read_bytes())["port"]
    database = MongoDatabase(f"mongodb://127.0.0.1:{port}/?directConnection=true", timeout_ms=30_000)
    try:
        yield database
    finally:
        database.close()


@dataclass(frozen=True, kw_only=True)
class DistributedHouse:
    """Two web and two worker processes and all around them."""

    sandbox: Sandbox
    rabbit: RabbitServer
    replicas: Cluster
    webs: list[Replica]
    workers: list[Replica]
    ffmpeg: SlowFfmpeg
    tracks: Tracks

    @property
    def home(self) -> Path:
        return self.replicas.home

    async def heal(self) -> None:
        """No faults, every process running and ready."""
        self.clear_faults()
        await self.restart_dead()

    def clear_faults(self) -> None:
        """Lets everything that was held go on."""
        self.sandbox.youtube.faults.clear()
        self.sandbox.spotify.troubles.hold = None
        self.sandbox.spotify.troubles.release()
        self.ffmpeg.release()

    async def restart_dead(self) -> None:
        """Starts what has ended, and waits until all are ready."""
        for replica in self.replicas.replicas:
            if replica.exit_code is not None:
                await replica.start()
        for replica in self.replicas.replicas:
            await replica.up()

    def hold(self, stage: str, wanted: Wanted) -> None:
        """Makes the job come to this stage and no further, until `clear_faults`. (A held search is everybody's.)"""
        youtube = self.sandbox.youtube.faults
        if stage == "resolve":
            self.sandbox.spotify.troubles.hold = re.compile(f"GET /v1/tracks/{wanted.track_id}")
        elif stage == "search":
            youtube.delay("music_search", HELD_S)
            youtube.delay("search", HELD_S)
        elif stage == "extract":
            youtube.delay("player", HELD_S, video_id=wanted.video_id)
        elif stage == "fetch":
            # Not a stall: other connections would take over what one leaves undone.
            youtube.throttle(200, video_id=wanted.video_id)
        else:
            self.ffmpeg.hold(stage, wanted.job_id)

    # -- asking

    async def ask(self, wanted: Wanted, *, web: int = 0) -> dict[str, Any]:
        """Wishes for the track without waiting; the job."""
        status, body = await self.webs[web].get(f"/api/spotify/download/track/{wanted.track_id}?wait=0")
        assert status in {200, 202}, body
        assert isinstance(body, dict)
        return body

    async def waits_for(self, wanted: Wanted, *, web: int) -> asyncio.Task[tuple[int, Any]]:
        """Somebody wishes for a track that is being worked on and waits; returns once the wish is made."""

        async def wishes() -> int:
            with self.database() as database:
                job = await database.collection("jobs").find_one({"_id": wanted.job_id})
            assert job is not None
            return int(job["requested_count"])

        before = await wishes()
        path = f"/api/spotify/download/track/{wanted.track_id}"
        waiting = asyncio.create_task(self.webs[web].get(path), name=f"waits:{wanted.job_id}")

        async def made() -> bool:
            return await wishes() > before

        # What is done to the job must come after it: a wish for a job that was cancelled already makes it anew.
        await wait_for(made, deadline_s=DEADLINE_S, what="the wish is made")
        return waiting

    async def job(self, wanted: Wanted, *, web: int = 0) -> dict[str, Any]:
        """The job now."""
        status, body = await self.webs[web].get(f"/api/downloads/{wanted.job_id}")
        assert status == 200, body
        assert isinstance(body, dict)
        return body

    async def ended(self, wanted: Wanted) -> dict[str, Any]:
        """The job, once it has ended."""

        async def final() -> dict[str, Any] | None:
            job = await self.job(wanted)
            return job if job["state"] in FINAL else None

        return await wait_for(final, deadline_s=DEADLINE_S, what=f"{wanted.job_id} ends")

    async def comes_to(self, stage: str, wanted: Wanted, watcher: Watcher) -> None:
        """Returns when the job stands in the midst of this stage, and the database says so."""
        await watcher.stage(stage)
        if stage == "fetch":
            await watcher.until(lambda frame: frame["bytes_done"] > 0, "bytes arrive")

        async def written() -> bool:
            job = await self.job(wanted)
            return (job["state"], job["stage"]) == ("running", stage)

        await wait_for(written, deadline_s=DEADLINE_S, what=f"the database says {stage}")

    # -- looking behind

    def database(self) -> contextlib.AbstractContextManager[MongoDatabase]:
        """The house's database, as a shell would see it."""
        return database_of(self.home)

    async def owner(self, wanted: Wanted) -> Replica:
        """The worker that runs the job, once one does."""

        async def found() -> Replica | None:
            with self.database() as database:
                job = await database.collection("jobs").find_one({"_id": wanted.job_id})
            if job is None or not job.get("lease_owner"):
                return None
            pid = int(job["lease_owner"].split("/")[0].rpartition(":")[2])
            return next((worker for worker in self.workers if worker.pid == pid), None)

        return await wait_for(found, deadline_s=DEADLINE_S, what=f"a worker runs {wanted.job_id}")

    def file(self, wanted: Wanted) -> Path:
        """Where the finished file lies."""
        return self.home / "audio" / wanted.name[:2] / wanted.name

    def parts(self, wanted: Wanted) -> list[Path]:
        """Folders of work in progress."""
        return sorted((self.home / "parts").glob(f"{wanted.job_id}-*"))

    async def check_done_once(self, wanted: Wanted) -> None:
        """The job is done; one document, one whole file, and both replicas serve exactly that."""
        job = await self.ended(wanted)
        assert (job["state"], job["error"]) == ("done", None), job
        with self.database() as database:
            documents = await database.collection("downloads").find({"name": wanted.name})
            assert len(documents) == 1, documents
            jobs = await database.collection("jobs").find({"_id": wanted.job_id})
        assert [each["state"] for each in jobs] == ["done"]
        content = await asyncio.to_thread(self.file(wanted).read_bytes)
        assert len(content) == documents[0]["size_bytes"]
        assert hashlib.sha256(content).hexdigest() == documents[0]["sha256"]
        for web in self.webs:
            async with aiohttp.ClientSession() as http, http.get(f"{web.url}/media/{wanted.name}") as answer:
                assert answer.status == 200
                assert await answer.read() == content

    async def no_strays(self) -> None:
        """Waits until nothing is left of what dead processes had started."""

        def strays() -> dict[int, str]:
            ours = {replica.pid for replica in self.replicas.replicas}
            ours |= {child for pid in list(ours) for child in children_of(pid)}
            started = with_environment("MUSIC_DL_HOME", str(self.home))
            return {pid: command for pid, command in started.items() if pid not in ours}

        await wait_for(lambda: not strays(), deadline_s=DEADLINE_S, what="what dead processes had started ends")

    def asked_of_youtube(self, wanted: Wanted) -> Counter[str]:
        """Requests by kind that named the track's video."""
        return Counter(request.kind for request in self.sandbox.youtube.requests.of(video_id=wanted.video_id))
