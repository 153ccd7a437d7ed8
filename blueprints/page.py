"""`GET /`: the page for people. It talks to the server through the public routes alone."""

from __future__ import annotations

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.static_files import OWN_POLICY, StaticFiles, file_answer

bp = Blueprint("page")

INDEX = "index.html"
POLICY = (
    *OWN_POLICY,
    # covers and audio may lie elsewhere: on Spotify's hosts, in the bucket
    "img-src 'self' data: http: https:",
    "media-src 'self' http: https:",
    "connect-src 'self' ws: wss:",
)


@bp.head("/", name="index_head")
@bp.get("/", name="index")
@openapi.exclude()
async def get_index(request: Request, files: StaticFiles) -> HTTPResponse:
    """The page."""
    return file_answer(request, files.get(INDEX), POLICY)
