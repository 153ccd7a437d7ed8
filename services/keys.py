"""Keys that open doors, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from pydantic import SecretStr

from models.errors import AdministrationClosed, Forbidden, Unauthorized, WrongKey
from models.keys import ADMIN_NAME, ApiKey


class AdminGate:
    """Opens `/api/admin` to whoever has the key. With no key configured it stays shut, rather than open."""

    def __init__(self, key: SecretStr | None) -> None:
        self._digest = None if key is None else _digest(key.get_secret_value())

    @property
    def configured(self) -> bool:
        """Whether there is a key that opens it."""
        return self._digest is not None

    def check(self, presented: str | None) -> None:
        """Returns when `presented` is the key; raises `Unauthorized` without one, `Forbidden` with a wrong one,
        `AdministrationClosed` when there is none to be had."""
        if self._digest is None:
            raise AdministrationClosed
        if presented is None:
            raise Unauthorized("The administration needs a key: `Authorization: Bearer …` or `X-API-Key`.")
        # Digests are of one length: the time tells nothing about the key, nor about how long it is.
        if not hmac.compare_digest(_digest(presented), self._digest):
            raise Forbidden


class KeyRing:
    """The keys of all callers, the administrator's among them."""

    def __init__(self, keys: Iterable[ApiKey] | None, admin_key: SecretStr | None) -> None:
        callers = [(key.name, _digest(key.secret.get_secret_value())) for key in keys or ()]
        admin = [] if admin_key is None else [(ADMIN_NAME, _digest(admin_key.get_secret_value()))]
        self._digests = (*callers, *admin)
        self.needed = bool(callers)
        """Whether anybody must show a key: without `API_KEYS` the server is open."""

    def name_of(self, presented: str) -> str:
        """Whose key this is; raises `WrongKey`."""
        digest = _digest(presented)
        found: str | None = None
        # Every key is compared, to its end: the time tells neither which one fits nor how much of it.
        for name, known in self._digests:
            if hmac.compare_digest(digest, known):
                found = name
        if found is None:
            raise WrongKey
        return found

    def signing_secrets(self) -> Mapping[str, bytes]:
        """Name → a secret to sign with, derived from the key: it is the same in all replicas, and goes with the key."""
        return {name: hmac.digest(digest, b"music-dl ticket", "sha256") for name, digest in self._digests}


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
