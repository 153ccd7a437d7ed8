"""Who is turned away: a caller without the key that opens a door, or with too many requests."""

from __future__ import annotations

from typing import Any

from sanic import Request, Sanic

from blueprints.callers import SOCKETS, presented_key
from models.errors import AccessError
from models.settings import Settings
from services.keys import AdminGate


def register(app: Sanic[Any, Any], settings: Settings) -> None:
    """Has callers of `app` refused whom `callers` or `limits` objected to; after these."""
    if settings.api_keys is not None or settings.rate_limit_per_minute:
        app.register_middleware(_refuse, "request")


async def _refuse(request: Request) -> None:
    if request.route is not None and not request.route.path.startswith(SOCKETS):
        raise_refusal(request)


def raise_refusal(request: Request) -> None:
    """Raises what stands against this caller. A socket is opened before: only so does a browser learn why."""
    refusal: AccessError | None = getattr(request, "refusal", None)
    if refusal is not None:
        raise refusal


def require_admin(request: Request, gate: AdminGate) -> None:
    """Returns for an administrator; raises `Unauthorized` or `Forbidden`."""
    gate.check(presented_key(request))
