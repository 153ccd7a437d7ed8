"""`/health/live` and `/health/ready`: is the process there, and can it do its work?"""

from __future__ import annotations

import ujson
from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from services.health import HealthService

bp = Blueprint("health", url_prefix="/health")


@bp.get("/live")
@openapi.definition(summary="The process answers", tag="health")
async def live(_request: Request) -> HTTPResponse:
    """Always 200 while the process serves."""
    return HTTPResponse('{"status":"ok"}', content_type="application/json")


@bp.get("/ready")
@openapi.definition(summary="Every dependency by name and state", tag="health")
async def ready(_request: Request, health: HealthService) -> HTTPResponse:
    """200 when the server can do its work, 503 when a dependency it cannot do without is gone."""
    report = await health.report()
    body = {
        "status": "ok" if report.ok else "unavailable",
        "dependencies": {
            check.name: {"ok": check.ok, "required": check.required, **check.facts} for check in report.checks
        },
    }
    text = ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)
    headers = {"Cache-Control": "no-store"}
    return HTTPResponse(text, status=200 if report.ok else 503, headers=headers, content_type="application/json")
