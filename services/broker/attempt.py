"""One run of a handler, with its end as a value."""

from __future__ import annotations

import asyncio

from models.ids import JobId
from services.broker.base import JobHandler


class HandlerCancelledItself(Exception):
    """A handler ended by a cancellation that nobody asked for: a fault like any other."""


async def attempt(handler: JobHandler, job_id: JobId) -> Exception | None:
    """Runs the handler; what it raised, or `None` when the delivery is settled.

    Raises `CancelledError` only when the calling task itself is being cancelled.
    """
    try:
        await handler(job_id)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return HandlerCancelledItself(f"the handler of {job_id} was cancelled from inside")
    except Exception as exc:  # noqa: BLE001 - not swallowed: it is the result, and the caller logs it
        return exc
    return None
