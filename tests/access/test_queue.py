"""What holds for the queue of access records, whichever kind it is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from models.errors import QueueUnavailable
from services.access.base import AccessQueue, BatchHandler
from services.access.codec import BadBatch
from services.access.rabbit_queue import RabbitAccessQueue
from services.broker.supervisor import Backoff
from tests.access.conftest import OpenQueue
from tests.support.rabbit_server import RabbitServer, free_port
from tests.support.tcp_proxy import TcpProxy
from tests.support.wait import wait_for

pytestmark = pytest.mark.timeout(300)


@asynccontextmanager
async def _consuming(queue: AccessQueue, handler: BatchHandler) -> AsyncIterator[None]:
    task = asyncio.create_task(queue.consume(handler))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _taken(queue: AccessQueue, body: bytes) -> bool:
    try:
        await queue.publish(body)
    except QueueUnavailable:
        return False
    return True


def _collector() -> tuple[list[bytes], Callable[[bytes], Coroutine[Any, Any, None]]]:
    got: list[bytes] = []

    async def handler(body: bytes) -> None:
        got.append(body)

    return got, handler


async def test_what_is_published_is_delivered_in_order(open_queue: OpenQueue) -> None:
    queue = await open_queue()
    got, handler = _collector()
    async with _consuming(queue, handler):
        for number in range(20):
            await queue.publish(b"%d" % number)
        await wait_for(lambda: len(got) == 20)
    assert got == [b"%d" % number for number in range(20)]


async def test_a_bad_batch_is_put_aside_and_those_behind_it_pass(open_queue: OpenQueue) -> None:
    queue = await open_queue()
    got: list[bytes] = []

    async def handler(body: bytes) -> None:
        if body.startswith(b"bad"):
            raise BadBatch("nonsense")
        got.append(body)

    async with _consuming(queue, handler):
        for body in (b"bad", b"good", b"bad again", b"better"):
            await queue.publish(body)
        await wait_for(lambda: got == [b"good", b"better"])

        async def buried() -> bool:
            return await queue.dead_letters() == 2

        await wait_for(buried)


async def test_a_batch_that_kills_its_handler_every_time_is_put_aside_at_last(open_queue: OpenQueue) -> None:
    queue = await open_queue()
    runs: Counter[bytes] = Counter()

    async def handler(body: bytes) -> None:
        runs[body] += 1
        if body == b"poison":
            raise ZeroDivisionError

    async with _consuming(queue, handler):
        await queue.publish(b"poison")
        await queue.publish(b"good")

        async def buried() -> bool:
            return await queue.dead_letters() == 1

        await wait_for(buried, deadline_s=60)
        await wait_for(lambda: runs[b"good"])
    assert runs[b"poison"] >= 20


async def test_a_handler_that_fails_once_gets_the_batch_again(open_queue: OpenQueue) -> None:
    queue = await open_queue()
    got: list[bytes] = []

    async def handler(body: bytes) -> None:
        got.append(body)
        if len(got) == 1:
            raise ZeroDivisionError

    async with _consuming(queue, handler):
        await queue.publish(b"again")
        await wait_for(lambda: got == [b"again", b"again"])


async def test_the_twin_refuses_after_its_end(open_memory: OpenQueue) -> None:
    queue = await open_memory()
    waiting = asyncio.create_task(queue.publish(b"early"))

    async def queued() -> bool:
        return await queue.depth() == 1

    await wait_for(queued)
    await queue.close()
    with pytest.raises(QueueUnavailable):
        await waiting
    with pytest.raises(QueueUnavailable):
        await queue.publish(b"late")


async def test_what_nobody_took_waits_in_rabbitmq(open_rabbit: OpenQueue) -> None:
    queue, other = await open_rabbit(), await open_rabbit()
    for number in range(3):
        await queue.publish(b"%d" % number)

    async def three() -> bool:
        return await queue.depth() == 3

    await wait_for(three)
    got, handler = _collector()
    async with _consuming(other, handler):
        await wait_for(lambda: len(got) == 3)


async def test_a_consumer_that_dies_gives_its_batch_back(open_rabbit: OpenQueue) -> None:
    queue, other = await open_rabbit(), await open_rabbit()
    begun = asyncio.Event()

    async def hangs(_body: bytes) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with _consuming(queue, hangs):
        await queue.publish(b"batch")
        await begun.wait()
    got, handler = _collector()
    async with _consuming(other, handler):
        await wait_for(lambda: got == [b"batch"])


async def test_the_consumer_comes_back_when_its_line_is_cut(rabbit_server: RabbitServer, queue_name: str) -> None:
    async with TcpProxy(rabbit_server.port) as proxy:
        url = rabbit_server.url.replace(str(rabbit_server.port), str(proxy.port))
        queue = RabbitAccessQueue(url, name=queue_name, backoff=Backoff(base_s=0.05, max_s=0.2))
        await queue.start()
        got, handler = _collector()
        try:
            async with _consuming(queue, handler):
                for number in range(5):
                    body = b"%d" % number
                    await wait_for(lambda body=body: _taken(queue, body))
                    proxy.cut()
                await wait_for(lambda: set(got) == {b"%d" % number for number in range(5)})
        finally:
            await queue.close()


async def test_a_deleted_queue_is_made_again(
    open_rabbit: OpenQueue, rabbit_server: RabbitServer, queue_name: str
) -> None:
    queue = await open_rabbit()
    got, handler = _collector()
    async with _consuming(queue, handler):
        await queue.publish(b"before")
        await wait_for(lambda: got == [b"before"])
        await rabbit_server.ctl("delete_queue", queue_name)

        await wait_for(lambda: _taken(queue, b"after"))
        await wait_for(lambda: b"after" in got)


async def test_a_broker_that_is_away_is_told_of_and_not_waited_for_for_ever() -> None:
    queue = RabbitAccessQueue(f"amqp://guest:guest@127.0.0.1:{free_port()}/", name="q", publish_deadline_s=0.2)
    await queue.start()
    try:
        with pytest.raises(QueueUnavailable):
            await queue.publish(b"x")
        assert await queue.depth() is None
    finally:
        await queue.close()
