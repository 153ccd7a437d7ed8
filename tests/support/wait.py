"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def wait_for(predicate: Callable[[], T | Awaitable[T]], *, deadline_s: float = 30.0, what: str = "") -> T:
    """The first truthy value that `predicate` (plain or async) gives; fails the test after `deadline_s` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    while True:
        found = predicate()
        value = await found if inspect.isawaitable(found) else found
        if value:
            return value
        if loop.time() > end:
            raise AssertionError(f"did not happen within {deadline_s:g} s: {what or predicate}")
        await asyncio.sleep(0.01)
