"""Keys that callers come with: `API_KEYS=phone:SECRET,tablet:SECRET2`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import SecretStr

ADMIN_NAME = "admin"
"""What the holder of `ADMIN_API_KEY` goes by in records and statistics."""
SHORTEST_SECRET = 8

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SECRET = re.compile(r"[!-+\--~]+")  # printable ASCII but for the comma


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One caller's key. The name stands in records and statistics; the secret nowhere."""

    name: str
    secret: SecretStr


def parse_api_keys(text: str) -> tuple[ApiKey, ...]:
    """The keys of `name:secret,name:secret`; raises `ValueError` that names every fault, and no secret."""
    keys: list[ApiKey] = []
    faults: list[str] = []
    for number, part in enumerate((each.strip() for each in text.split(",")), start=1):
        name, colon, secret = part.partition(":")
        if not colon or not _NAME.fullmatch(name):
            # Not even the name is shown: without its colon it would be the secret.
            faults.append(f"key {number} is not NAME:SECRET with a name of at most 32 letters, digits, - and _")
            continue
        if name == ADMIN_NAME:
            faults.append(f"the name {ADMIN_NAME} is that of ADMIN_API_KEY")
        if any(key.name == name for key in keys):
            faults.append(f"the name {name} is given twice")
        if len(secret) < SHORTEST_SECRET:
            faults.append(f"the secret of {name} has less than {SHORTEST_SECRET} characters")
        elif not _SECRET.fullmatch(secret):
            faults.append(f"the secret of {name} has characters that no header can carry")
        elif any(key.secret.get_secret_value() == secret for key in keys):
            faults.append(f"the secret of {name} is another one's, too")
        keys.append(ApiKey(name, SecretStr(secret)))
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(keys)
