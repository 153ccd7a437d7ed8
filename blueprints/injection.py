"""Gives handlers what they ask for by type, once, before the first request.

sanic-ext's own injection looks everything up anew for every request, riding on a signal: a fifth of a warm answer's
time. All that our handlers ask for lives as long as the process, so it is bound to them at the start. It is given as
ever: `app.ext.add_dependency(kind, lambda: value)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast, get_type_hints

from sanic import Sanic
from sanic_ext import Extend
from sanic_ext.config import PRIORITY
from sanic_ext.extensions.base import Extension


class InjectionAtStart(Extension):  # type: ignore[no-untyped-call]
    """Stands in for sanic-ext's `InjectionExtension`."""

    name = "injectionatstart"

    def startup(self, bootstrap: Extend) -> None:
        """Takes what is given from now on, and binds it when every route is there."""
        given = _Given()
        bootstrap._injection_registry = cast(Any, given)

        # After the listeners that give, and after sanic-ext's own, which add the HEAD routes.
        @self.app.listener("before_server_start", priority=PRIORITY - 1)
        async def bind_all(app: Sanic[Any, Any]) -> None:
            values = {kind: make() for kind, make in given.makers.items()}
            for route in app.router.routes:
                route.handler = bound(route.handler, values)


class _Given:
    """What `add_dependency` fills."""

    def __init__(self) -> None:
        self.makers: dict[type, Callable[[], object]] = {}

    def register(self, kind: type, maker: Callable[[], object] | None, **_: Any) -> None:
        """Notes how to come by a value of `kind`; by calling it, when nothing else is said."""
        self.makers[kind] = maker or kind


def bound(handler: Callable[..., Any], values: Mapping[type, object]) -> Callable[..., Any]:
    """`handler` with every parameter filled in whose annotation is in `values`."""
    asking = _innermost(handler)
    wanted = {name: values[kind] for name, kind in get_type_hints(asking).items() if kind in values}
    if not wanted:
        return handler
    filled = partial(handler, **wanted)
    # Sanic tells WebSocket handlers by an attribute.
    filled.__dict__.update(vars(handler))
    return filled


def _innermost(handler: Any) -> Any:
    """The function as written: behind Sanic's own for WebSockets, and sanic-ext's for HEAD."""
    handler = getattr(handler, "__route_handler__", handler)
    if isinstance(handler, partial):
        # Of a WebSocket: Sanic's own function, with ours as its first argument.
        return handler.args[0] if handler.args else handler.func
    return handler
