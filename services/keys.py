"""Keys that open doors, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac

from pydantic import SecretStr

from models.errors import Forbidden, Unauthorized


class AdminGate:
    """Opens `/api/admin` to whoever has the key. With no key configured it stays shut, rather than open."""

    def __init__(self, key: SecretStr | None) -> None:
        self._digest = None if key is None else _digest(key.get_secret_value())

    def check(self, presented: str | None) -> None:
        """Returns when `presented` is the key; raises `Unauthorized` without one, `Forbidden` with a wrong one."""
        if self._digest is None:
            raise Forbidden("The administration is closed: this server has no ADMIN_API_KEY.")
        if presented is None:
            raise Unauthorized("The administration needs a key: `Authorization: Bearer …` or `X-API-Key`.")
        # Digests are of one length: the time tells nothing about the key, nor about how long it is.
        if not hmac.compare_digest(_digest(presented), self._digest):
            raise Forbidden


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
