"""The limits seam: how often a caller asked of late, and how many seats it holds. Counted here, or for all replicas.

No verb raises. `None` says that nobody could be asked: the caller then passes, and `services.limits.service` counts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from services.limits.window import Window


class LimitBook(Protocol):
    """Keeps count. `label` is a caller's, as `Caller.label` gives it."""

    async def hit(self, label: str, limit: int) -> tuple[Window, bool] | None:
        """Counts a request unless `limit` is reached; how the window stands then, and whether it was counted.

        Of callers at once, here or elsewhere, no more than `limit` are told `True` in one window.
        """
        ...

    async def take(self, label: str, seat: str, limit: int) -> bool | None:
        """Takes a seat for something that lasts; `False` when `limit` seats are taken. The same seat counts once."""
        ...

    async def leave(self, label: str, seat: str) -> None:
        """Gives a seat back."""
        ...

    async def keep(self, held: Mapping[str, set[str]]) -> None:
        """Renews the seats that this process holds, by label; others' run out when their process dies."""
        ...

    async def close(self) -> None:
        """Lets go of what is open."""
        ...
