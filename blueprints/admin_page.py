"""`GET /admin`: the numbers of `/api/admin/stats` with plots.

The page itself holds no data: it asks a person for the key, and the API for the rest.
"""

from __future__ import annotations

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.static_files import OWN_POLICY, StaticFiles, page_answer
from services.keys import AdminGate

bp = Blueprint("admin_page")

OPEN = "admin.html"
CLOSED = "admin-closed.html"


@bp.head("/admin", name="admin_page_head")
@bp.get("/admin", name="admin_page")
@openapi.exclude()
async def get_admin_page(request: Request, files: StaticFiles, gate: AdminGate) -> HTTPResponse:
    """The page; on a server without a key, one that says which setting opens the administration."""
    return page_answer(request, files.get(OPEN if gate.configured else CLOSED), OWN_POLICY)
