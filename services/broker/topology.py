"""What exists in RabbitMQ, under one prefix. Declared again on every new channel: it may have been deleted.

    publish ──► <prefix>.jobs (quorum) ──► consumers
                  ▲      │ rejected, or 20 times given back by a dying consumer
     due │        │      └──────────────► <prefix>.jobs.dead
    <prefix>.jobs.delay.<N>s  ◄── publish with a delay

    publish ──► <prefix>.progress (topic, key `job.<id>`) ──► one exclusive queue per listening process

Nothing but the broker itself is needed: no plug-in.

`consumer_timeout`: a broker closes the channel of a consumer that has not acknowledged for 30 minutes (3.8.17 and
later). A run of a job is bounded by DOWNLOAD_DEADLINE_MS, 15 minutes by default, so an acknowledgement at the end is
in time. Should an operator allow longer runs, nothing is lost either: the run goes on, its channel is replaced, and the
copy that is delivered again finds the job's lease held and is settled; if the run then dies, the reaper queues its job
anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiormq.abc import AbstractChannel
from pamqp import commands as spec

RPC_TIMEOUT_S = 10.0
DELIVERY_LIMIT = 20
"""A job that killed or lost its consumer so often is put aside. The broker counts; 4.x has the same default."""
DEAD_LETTERS_KEPT = 10_000
EVENTS_KEPT = 20_000
"""Events that the broker holds for one listening process before it drops the oldest."""
DELAY_CLASSES_S = (1, 4, 16, 64, 256)


@dataclass(frozen=True, slots=True)
class Topology:
    """Names, and how to declare what they name."""

    prefix: str

    @property
    def jobs(self) -> str:
        """The work queue."""
        return f"{self.prefix}.jobs"

    @property
    def dead(self) -> str:
        """The queue of dead letters."""
        return f"{self.prefix}.jobs.dead"

    @property
    def progress(self) -> str:
        """The exchange of events."""
        return f"{self.prefix}.progress"

    def delay_queue(self, delay_s: float) -> str:
        """The queue for delays from 1, 4, 16, 64 or 256 seconds on (shorter ones share the first).

        A queue lets only its head expire, so one queue for all would hold a short delay behind a long one. Within a
        class the lengths differ by less than a factor of four, and so does the longest possible wait; never less than
        asked. The last class takes everything longer.
        """
        shortest_s = max((each for each in DELAY_CLASSES_S if each <= delay_s), default=DELAY_CLASSES_S[0])
        return f"{self.prefix}.jobs.delay.{shortest_s}s"

    async def declare_jobs(self, channel: AbstractChannel) -> None:
        """The work queue and the dead letters; raises what aiormq raises."""
        await channel.queue_declare(
            self.dead,
            durable=True,
            arguments={"x-queue-type": "quorum", "x-max-length": DEAD_LETTERS_KEPT, "x-overflow": "drop-head"},
            timeout=RPC_TIMEOUT_S,
        )
        await channel.queue_declare(
            self.jobs,
            durable=True,
            arguments={**_quorum_with_dead_letters_to(self.dead), "x-delivery-limit": DELIVERY_LIMIT},
            timeout=RPC_TIMEOUT_S,
        )

    async def declare_delays(self, channel: AbstractChannel) -> None:
        """The queues that hold back.

        Ahead of need: RabbitMQ 3.10 forgets the leader of a quorum queue when it is killed within the first half
        second of that queue's life, so queues are not to be born in mid-work.
        """
        for delay_s in DELAY_CLASSES_S:
            await channel.queue_declare(
                self.delay_queue(delay_s),
                durable=True,
                arguments=_quorum_with_dead_letters_to(self.jobs),
                timeout=RPC_TIMEOUT_S,
            )

    async def declare_events(self, channel: AbstractChannel) -> None:
        """The exchange of events."""
        await channel.exchange_declare(self.progress, exchange_type="topic", durable=True, timeout=RPC_TIMEOUT_S)

    async def bind_listener(self, channel: AbstractChannel) -> str:
        """A queue of this connection's own that hears every event; its name."""
        await self.declare_events(channel)
        declared = await channel.queue_declare(
            "",
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": EVENTS_KEPT, "x-overflow": "drop-head"},
            timeout=RPC_TIMEOUT_S,
        )
        queue = str(declared.queue)
        await channel.queue_bind(queue, self.progress, routing_key="job.#", timeout=RPC_TIMEOUT_S)
        return queue

    async def count(self, channel: AbstractChannel, queue: str) -> int:
        """Messages ready in the queue."""
        declared: spec.Queue.DeclareOk = await channel.queue_declare(queue, passive=True, timeout=RPC_TIMEOUT_S)
        return int(declared.message_count or 0)


def _quorum_with_dead_letters_to(queue: str) -> dict[str, Any]:
    # Not `x-dead-letter-strategy: at-least-once`: in RabbitMQ 3.10.8 its worker crashes when the broker restarts and
    # asks a queue that is not up yet, and takes the broker's queues down with it (seen under load). As
    # it is, a delay that ends in the very moment in which the broker dies may be lost; the reaper finds such a job.
    return {"x-queue-type": "quorum", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue}
