"""From a wish to the start of its job on another process, over a RabbitMQ of our own and with an idle worker.

The clock starts with the request to the web process and ends when the worker's first word about the job has come back
over the topic exchange, so it holds HTTP, the database, the queue, and an event's way as well. The tracks do not exist:
the job starts like any other, and the worker is idle again at once.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import string
import sys
import time
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench.processes import Server, get, server
from bench.rows import Row
from bench.stage import stage
from models.ids import JobId
from models.job import JobState
from models.progress import ProgressEvent
from services.broker.rabbit import RabbitBroker
from tests.support.rabbit_server import RabbitServer, require_rabbitmq

BATCHES = 5
WISHES = 40
"""In each batch: a neighbour's burst of work spoils a batch, not the result."""
WARM_UP = 10
TARGET_MS = 50.0
WAIT_S = 30.0


async def rows() -> list[Row]:
    """In milliseconds; no row when RabbitMQ is not installed."""
    try:
        require_rabbitmq()
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        print(f"enqueue: left out, {missing}", file=sys.stderr)
        return []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="music-dl-bench-", ignore_cleanup_errors=True)))
        rabbit = RabbitServer(folder / "rabbit")
        stack.callback(rabbit.stop)
        await asyncio.to_thread(rabbit.start)
        upstreams = await stack.enter_async_context(stage())
        settings = {**upstreams.greeting["settings"], "RABBIT_MQ_URL": rabbit.url, "LOG_LEVEL": "ERROR"}
        web, worker = [
            await stack.enter_async_context(server({**settings, "MUSIC_DL_ROLE": role}, home=folder / "home"))
            for role in ("web", "worker")
        ]
        for each in (web, worker):
            await each.answers("/health/ready")
        found = (await _starts(web, rabbit.url))[WARM_UP:]
    batches = [statistics.quantiles(found[at : at + WISHES], n=20)[-1] for at in range(0, len(found), WISHES)]
    middle, spread = statistics.median(found), f"{min(batches):.0f} to {max(batches):.0f} ms"
    return [
        Row(
            name="enqueue to start on RabbitMQ, 95th percentile",
            measured=statistics.median(batches),
            unit="ms",
            target=TARGET_MS,
            detail=f"web and worker apart; median {middle:.1f} ms; {BATCHES} batches of {WISHES}, {spread}",
        )
    ]


async def _starts(web: Server, url: str) -> list[float]:
    """For each wish the milliseconds until its job was heard to run."""
    broker = RabbitBroker(url)
    await broker.start()
    started: dict[JobId, asyncio.Future[float]] = {}
    ended: dict[JobId, asyncio.Event] = {}

    def hear(event: ProgressEvent) -> None:
        if event.job_id in started and event.state is not JobState.QUEUED:
            if not started[event.job_id].done():
                started[event.job_id].set_result(time.monotonic())
            if event.is_final:
                ended[event.job_id].set()

    async def listen() -> None:
        async with aclosing(broker.events()) as events:
            async for event in events:
                hear(event)

    listening = asyncio.create_task(listen(), name="listen")
    try:
        while not broker.stats().listeners:
            await asyncio.sleep(0.05)
        return [await _start(web, started, ended) for _ in range(WARM_UP + BATCHES * WISHES)]
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await broker.close()


async def _start(web: Server, started: dict[JobId, asyncio.Future[float]], ended: dict[JobId, asyncio.Event]) -> float:
    track = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(22))
    job = JobId(f"{track}-m4a")
    started[job], ended[job] = asyncio.get_running_loop().create_future(), asyncio.Event()
    begin = time.monotonic()
    status, _, body = await get(web.port, f"/api/spotify/download/track/{track}?wait=0")
    if status not in {200, 202, 404}:
        raise RuntimeError(f"the wish was refused: {status} {body[:300]!r}")
    async with asyncio.timeout(WAIT_S):
        at = await started[job]
        await ended[job].wait()
    return 1000 * (at - begin)
