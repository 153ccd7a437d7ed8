"""When a channel has come to the end of its use, though nobody says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiormq
import pytest
from aiormq.abc import AbstractChannel

from services.broker.supervisor import ChannelEnd, LinkLost
from tests.support.rabbit_server import RabbitServer

QUEUE = "looked-at"


@pytest.fixture
async def channel(rabbit_server: RabbitServer) -> AsyncIterator[AbstractChannel]:
    connection = await aiormq.connect(rabbit_server.url)
    channel = await connection.channel()
    await channel.queue_declare(QUEUE, arguments={"x-queue-type": "quorum"}, durable=True)
    yield channel
    cleaning = await connection.channel()
    await cleaning.queue_delete(QUEUE)
    await connection.close()


async def _nothing(_message: object) -> None:
    """Takes a delivery."""


async def test_a_consumer_that_the_broker_has_forgotten_is_noticed(channel: AbstractChannel) -> None:
    end = ChannelEnd(channel, QUEUE, look_every_s=0.05)
    consumer = await channel.basic_consume(QUEUE, _nothing)
    waiting = asyncio.create_task(end.wait())
    # The queue and the channel live on, and no word of the broker says that nothing more will come.
    await channel.basic_cancel(str(consumer.consumer_tag))
    async with asyncio.timeout(30):
        with pytest.raises(LinkLost, match="nobody consumes"):
            await waiting
    assert not channel.is_closed


async def test_a_queue_that_is_gone_is_noticed(channel: AbstractChannel) -> None:
    end = ChannelEnd(channel, "never-declared", look_every_s=0.05)
    async with asyncio.timeout(30):
        with pytest.raises(LinkLost):
            await end.wait()


async def test_a_consumer_that_is_fed_is_left_alone(channel: AbstractChannel) -> None:
    end = ChannelEnd(channel, QUEUE, look_every_s=0.01)
    came = asyncio.Event()

    async def take(_message: object) -> None:
        came.set()

    await channel.basic_consume(QUEUE, take, no_ack=True)
    waiting = asyncio.create_task(end.wait())
    async with asyncio.timeout(30):
        for _ in range(20):
            came.clear()
            await channel.basic_publish(b"x", routing_key=QUEUE)
            await came.wait()
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
