"""Who is turned away: a caller without the key that opens a door, or with too many requests."""

from __future__ import annotations

from typing import Any

from sanic import Request, Sanic

from blueprints.callers import GUARDED, SOCKETS, identify, presented_key
from blueprints.limits import count, tell
from models.errors import AccessError
from models.settings import Settings
from services.keys import AdminGate


def register(app: Sanic[Any, Any], settings: Settings) -> None:
    """Has callers of `app` told apart, counted and turned away, as far as the settings want it."""
    if not settings.tells_callers_apart:
        return
    counts = settings.rate_limit_per_minute > 0

    # One step for all of it: each piece of middleware costs every request some microseconds.
    async def admit(request: Request) -> None:
        route = request.route
        if route is None or request.method == "OPTIONS" or not route.path.startswith(GUARDED):
            return
        path = route.path
        caller = identify(request, path)
        if counts:
            await count(request, path, caller)
        if not path.startswith(SOCKETS):
            raise_refusal(request)

    app.register_middleware(admit, "request")
    if counts:
        app.register_middleware(tell, "response")


def raise_refusal(request: Request) -> None:
    """Raises what stands against this caller. A socket is opened before: only so does a browser learn why."""
    refusal: AccessError | None = getattr(request, "refusal", None)
    if refusal is not None:
        raise refusal


def require_admin(request: Request, gate: AdminGate) -> None:
    """Returns for an administrator; raises `Unauthorized` or `Forbidden`."""
    gate.check(presented_key(request))
