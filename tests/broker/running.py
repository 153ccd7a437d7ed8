"""Consumers and listeners that run beside a test and end with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from models.progress import ProgressEvent
from services.broker.base import Broker, JobHandler
from tests.support.wait import wait_for


@asynccontextmanager
async def consuming(broker: Broker, handler: JobHandler, *, concurrency: int = 4) -> AsyncIterator[asyncio.Task[None]]:
    """Runs `consume_jobs` until the block ends; a consumer that broke fails the test."""
    before = broker.stats().consumers
    task = asyncio.create_task(broker.consume_jobs(handler, concurrency=concurrency))
    try:
        await wait_for(lambda: broker.stats().consumers > before, what="the consumer is fed")
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()


@asynccontextmanager
async def listening(broker: Broker) -> AsyncIterator[list[ProgressEvent]]:
    """Collects events until the block ends."""
    heard: list[ProgressEvent] = []
    before = broker.stats().listeners

    async def listen() -> None:
        async with aclosing(broker.events()) as events:
            async for event in events:
                heard.append(event)  # noqa: PERF401 - one at a time, or nothing is seen before the end

    task = asyncio.create_task(listen())
    try:
        await wait_for(lambda: broker.stats().listeners > before, what="the listener is bound")
        yield heard
    finally:
        task.cancel()
        await asyncio.wait({task})
