"""What this server depends on, asked by name, each with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import MusicError

PROBE_DEADLINE_S = 2.0

Probe = Callable[[], Awaitable[Mapping[str, Any]]]
"""Gives facts to show; raises a `MusicError` or `TimeoutError` when the dependency is not usable."""


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency's state; `required` ones decide whether the server is ready."""

    name: str
    required: bool
    ok: bool
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All checks of one moment."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether the server can do its work."""
        return all(check.ok for check in self.checks if check.required)


class HealthService:
    """Runs the probes it was given, side by side."""

    def __init__(self, probes: Mapping[str, tuple[Probe, bool]]) -> None:
        self._probes = probes

    async def report(self) -> HealthReport:
        """Asks every dependency now."""
        checks = await asyncio.gather(
            *(self._check(name, probe, required) for name, (probe, required) in self._probes.items())
        )
        return HealthReport(tuple(checks))

    async def _check(self, name: str, probe: Probe, required: bool) -> Check:
        try:
            async with asyncio.timeout(PROBE_DEADLINE_S):
                return Check(name, required, True, await probe())
        except MusicError as error:
            return Check(name, required, False, {"code": error.code})
        except TimeoutError:
            return Check(name, required, False, {"code": "no_answer"})
