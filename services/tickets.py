"""Tickets: signed words in an address or a cookie that open one door for a while, where no key can be sent.

A player fetches audio and a browser opens a socket without headers of ours. So the addresses handed out to a caller
with a key carry a ticket: it opens that one path, for reading, until it expires. The key itself is never part of an
address, as those end up in logs and histories.

    phone.1795334400.q0Jt3s…    whose it is, until when (seconds since 1970), signature over these and the scope
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable, Mapping

from models.errors import TicketExpired, WrongKey

STEPS = 4
"""A ticket's end is rounded up to a step of its time to live: addresses made within one step are the same, so that
answers which hold them can be cached."""
_MAC_BYTES = 16


class Tickets:
    """Issues and reads tickets; every replica with the same keys reads those of the others."""

    def __init__(self, secrets: Mapping[str, bytes], *, ttl_s: float, clock: Callable[[], float] = time.time) -> None:
        """`secrets`: name → what its tickets are signed with."""
        self._secrets = secrets
        self._ttl_s = ttl_s
        self._clock = clock

    def issue(self, name: str, scope: str, *, ttl_s: float | None = None) -> str:
        """A ticket of `name` for `scope`: letters, digits, `.`, `-`, `_`. It may live a quarter longer than `ttl_s`."""
        lasts_s = self._ttl_s if ttl_s is None else ttl_s
        step = lasts_s / STEPS
        until = int((self._clock() // step + 1) * step + lasts_s)
        return f"{name}.{until}.{self._mac(name, until, scope)}"

    def holder(self, ticket: str, scope: str) -> str:
        """Whose ticket this is. Raises `TicketExpired`, and `WrongKey` when it is none or for something else."""
        name, _, rest = ticket.partition(".")
        until, _, mac = rest.partition(".")
        # Digits of ASCII, and few: Python would read others, and longer ones, as well.
        if name not in self._secrets or not (until.isascii() and until.isdigit() and len(until) <= 12):
            raise WrongKey("This address was not handed out by this server.")
        if not hmac.compare_digest(mac.encode("utf-8", "replace"), self._mac(name, int(until), scope).encode()):
            raise WrongKey("This address was not handed out by this server.")
        if int(until) <= self._clock():
            raise TicketExpired
        return name

    def _mac(self, name: str, until: int, scope: str) -> str:
        signed = hmac.digest(self._secrets[name], f"{until} {scope}".encode("utf-8", "surrogateescape"), "sha256")
        return base64.urlsafe_b64encode(signed[:_MAC_BYTES]).decode().rstrip("=")
