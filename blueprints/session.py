"""`/api/session`: the page's sign-in. It trades a key for a cookie, which audio, archives and sockets carry along."""

from __future__ import annotations

import ujson
from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.callers import COOKIE, SESSION, key_name_of, presented_key
from blueprints.middleware import base_url_of
from models.errors import Unauthorized
from models.settings import Settings
from services.keys import KeyRing
from services.tickets import Tickets

bp = Blueprint("session")

LASTS_S = 30 * 24 * 3600


@bp.get("/api/session")
@openapi.definition(summary="Whether a key is needed, and whose was shown", tag="session")
async def get_session(request: Request, keys: KeyRing) -> HTTPResponse:
    """Open to everybody."""
    body = {"key_needed": keys.needed, "key_name": key_name_of(request)}
    return HTTPResponse(ujson.dumps(body), headers={"Cache-Control": "no-store"}, content_type="application/json")


@bp.post("/api/session")
@openapi.definition(
    summary="Sign in",
    description="With the key in a header; the cookie that comes back opens what the key opens, for 30 days.",
    tag="session",
)
async def sign_in(request: Request, keys: KeyRing, tickets: Tickets, settings: Settings) -> HTTPResponse:
    """204 with the cookie; without one where no key is needed. 401 for a wrong key."""
    answer = HTTPResponse(status=204, headers={"Cache-Control": "no-store"})
    if keys.needed:
        key = presented_key(request)
        if key is None:
            raise Unauthorized
        answer.add_cookie(
            COOKIE,
            tickets.issue(keys.name_of(key), SESSION, ttl_s=LASTS_S),
            path="/",
            httponly=True,
            samesite="Strict",
            secure=base_url_of(request, settings).startswith("https:"),
            max_age=LASTS_S,
        )
    return answer


@bp.delete("/api/session")
@openapi.definition(summary="Sign out", tag="session")
async def sign_out(request: Request, settings: Settings) -> HTTPResponse:
    """204; the browser forgets the cookie."""
    answer = HTTPResponse(status=204, headers={"Cache-Control": "no-store"})
    answer.cookies.delete_cookie(COOKIE, path="/", secure=base_url_of(request, settings).startswith("https:"))
    return answer
