"""A worker process for the tests: prints each job it starts, and ends none before a line comes on its input."""

from __future__ import annotations

import asyncio
import sys

from models.ids import JobId
from services.broker.rabbit import RabbitBroker


async def work(url: str, prefix: str) -> None:
    go_on = asyncio.Event()

    async def handler(job_id: JobId) -> None:
        print(job_id, flush=True)
        await go_on.wait()

    async def wait_for_line() -> None:
        await asyncio.to_thread(sys.stdin.readline)
        go_on.set()

    broker = RabbitBroker(url, prefix=prefix)
    await broker.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(wait_for_line())
        group.create_task(broker.consume_jobs(handler, concurrency=2))


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
