"""Who is asking, learnt once for each request.

A caller shows a key in a header, the ticket of an address that this server handed out, or the cookie of the page's
sign-in, which is a ticket too. Nothing of this runs where it is not configured.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from sanic import Request

from blueprints.access_log import TracedRequest
from blueprints.middleware import base_url_of
from blueprints.ready import parameter
from models.caller import Caller
from models.errors import Unauthorized
from models.settings import Settings
from services.access.addresses import network
from services.callers import Callers
from services.keys import KeyRing
from services.tickets import Tickets
from services.urls import TICKET, MediaUrls

COOKIE = "music_dl_session"
SESSION = "session"
"""The scope of the ticket in that cookie; no path is called so."""
SOCKETS = "ws/"
GUARDED = ("api/", "media/", SOCKETS)
OPEN = ("api/admin/", "api/session")
"""The administration has a gate of its own."""
_READING = frozenset({"GET", "HEAD"})


def caller_of(request: Request) -> Caller | None:
    """Who asks; `None` where nobody needs to know."""
    return getattr(request, "caller", None)


def key_name_of(request: Request) -> str | None:
    """The name of the key that was shown."""
    caller = caller_of(request)
    return None if caller is None else caller.key_name


def urls_for(request: Request, urls: MediaUrls) -> MediaUrls:
    """The addresses as this caller can use them."""
    return urls.for_key(key_name_of(request))


def presented_key(request: Request) -> str | None:
    """The key that came with the request: `Authorization: Bearer …`, else `X-API-Key`."""
    authorization: str | None = request.headers.get("authorization")
    if authorization:
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "bearer" and credentials.strip():
            return credentials.strip()
    key: str | None = request.headers.get("x-api-key")
    return key.strip() or None if key else None


def identify(request: Request, path: str) -> Caller:
    """Who asks for the route of this path; notes it, and what stands against a caller without a needed key."""
    services = request.app.ctx.services
    callers: Callers = services.callers
    name: str | None = None
    refusal: Unauthorized | None = None
    try:
        name = _key_name(request, callers.keys, callers.tickets, services.settings)
    except Unauthorized as error:
        refusal = error
    traced = cast(TracedRequest, request)
    caller = traced.caller = Caller(name, network(str(request.forwarded.get("for", "")), request.ip))
    if name is None and callers.keys.needed and not path.startswith(OPEN):
        traced.refusal = refusal or Unauthorized()
    return caller


def _key_name(request: Request, keys: KeyRing, tickets: Tickets, settings: Settings) -> str | None:
    """The name of the key that came, in whatever form; raises an `Unauthorized` when all that came is of no use."""
    if (key := presented_key(request)) is not None:
        return keys.name_of(key)
    refusal: Unauthorized | None = None
    if not keys.needed:
        return None
    if request.method in _READING and (ticket := parameter(request, TICKET)):
        try:
            return tickets.holder(ticket, request.path)
        except Unauthorized as error:
            refusal = error
    # The page keeps addresses for longer than their tickets live, and has a cookie.
    if "cookie" in request.headers and (session := request.cookies.get(COOKIE)) and _is_same_origin(request, settings):
        try:
            return tickets.holder(session, SESSION)
        except Unauthorized as error:
            refusal = refusal or error
    if refusal is not None:
        raise refusal
    return None


def _is_same_origin(request: Request, settings: Settings) -> bool:
    """Whether a request that a browser adds the cookie to was made by this server's own page.

    `SameSite` keeps other sites away, but a site is more than an origin: other ports of this host, sister domains.
    Browsers send `Origin` with every socket and with all that changes something.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    own = {request.headers.get("host", ""), urlsplit(base_url_of(request, settings)).netloc}
    return urlsplit(origin).netloc in own
