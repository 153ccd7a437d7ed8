"""What depends on who asks, as one thing to be opened and handed on."""

from __future__ import annotations

from dataclasses import dataclass

from services.keys import KeyRing
from services.limits.service import CallerLimits
from services.tickets import Tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """How callers prove who they are, and what each may do at most."""

    keys: KeyRing
    tickets: Tickets
    limits: CallerLimits
