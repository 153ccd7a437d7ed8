"""What this server depends on, asked by name, each with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.errors import MusicError

PROBE_DEADLINE_S = 4.0
"""Longer than the driver looks for a database (3 s), so that it may say what is wrong; shorter than a probe waits."""


class State(StrEnum):
    """How a dependency does."""

    UP = "up"
    LIMITED = "limited"
    """It is there, and something about it is worth an operator's look; `code` says what."""
    DOWN = "down"
    """It cannot be used; `code` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a probe found. `facts` are for anybody: no address, no secret."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    state: State = State.UP
    code: str | None = None


Probe = Callable[[], Awaitable[Finding]]
"""Raises a `MusicError` or `TimeoutError` when the dependency does not answer."""


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency's state; `required` ones decide whether the server is ready."""

    name: str
    required: bool
    finding: Finding
    cause: str | None = None
    """What exactly went wrong, for administrators: it may name inner addresses."""

    @property
    def ok(self) -> bool:
        """Whether it can be used."""
        return self.finding.state is not State.DOWN


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All checks of one moment."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether the server can do its work."""
        return all(check.ok for check in self.checks if check.required)

    @property
    def status(self) -> str:
        """`ok`; `degraded`: it serves, and something is down or limited; `unavailable`: it cannot do its work."""
        if not self.ok:
            return "unavailable"
        return "ok" if all(check.finding.state is State.UP for check in self.checks) else "degraded"


class HealthService:
    """Runs the probes it was given, side by side."""

    def __init__(self, probes: Mapping[str, tuple[Probe, bool]]) -> None:
        """Each with whether the server is of no use without it."""
        self._probes = probes

    async def report(self) -> HealthReport:
        """Asks every dependency now; takes no longer than one deadline."""
        checks = await asyncio.gather(
            *(self._check(name, probe, required) for name, (probe, required) in self._probes.items())
        )
        return HealthReport(tuple(checks))

    async def _check(self, name: str, probe: Probe, required: bool) -> Check:
        try:
            async with asyncio.timeout(PROBE_DEADLINE_S):
                return Check(name, required, await probe())
        except MusicError as error:
            return Check(name, required, Finding(state=State.DOWN, code=error.code), error.facts.get("cause"))
        except TimeoutError:
            return Check(name, required, Finding(state=State.DOWN, code="no_answer"))
