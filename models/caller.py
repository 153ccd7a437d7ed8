"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass

from models.keys import ADMIN_NAME


@dataclass(frozen=True, slots=True)
class Caller:
    """One that limits are counted for: the holder of a key, else whoever shares an address."""

    key_name: str | None
    network: str
    """The address as `services.access.addresses.network` gives it; empty when it is not known."""

    @property
    def is_admin(self) -> bool:
        """Whether this is the holder of `ADMIN_API_KEY`."""
        return self.key_name == ADMIN_NAME

    @property
    def label(self) -> str:
        """What this caller is counted under; of two callers never the same."""
        return f"ip:{self.network}" if self.key_name is None else f"key:{self.key_name}"
