"""What a handler asks before it does anything: does this caller hold the key?"""

from __future__ import annotations

from sanic import Request

from services.keys import AdminGate


def presented_key(request: Request) -> str | None:
    """The key that came with the request: `Authorization: Bearer …`, else `X-API-Key`."""
    scheme, _, credentials = str(request.headers.get("authorization", "")).partition(" ")
    if scheme.lower() == "bearer" and credentials.strip():
        return credentials.strip()
    return str(request.headers.get("x-api-key", "")).strip() or None


def require_admin(request: Request, gate: AdminGate) -> None:
    """Returns for an administrator; raises `Unauthorized` or `Forbidden`."""
    gate.check(presented_key(request))
