"""`GET /metrics`: this server's numbers for Prometheus. Open inside; the proxy of `deploy/` shows it to nobody."""

from __future__ import annotations

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.guards import require_admin
from models.settings import Settings
from services.keys import AdminGate
from services.metrics import MetricsService
from services.metrics.service import CONTENT_TYPE

bp = Blueprint("metrics")


@bp.get("/metrics")
@openapi.definition(
    summary="Numbers for Prometheus",
    description="Totals of all processes of this server, in Prometheus' text format. Sums and states only: no address, "
    "no id, nothing about a person. With METRICS_NEED_ADMIN_KEY it needs the admin key.",
    tag="health",
)
async def metrics(request: Request, settings: Settings, gate: AdminGate, service: MetricsService) -> HTTPResponse:
    """Always 200: what cannot be had is left out, and `music_dl_scrape_errors_total` counts it."""
    if settings.metrics_need_admin_key:
        require_admin(request, gate)
    return HTTPResponse(await service.text(), headers={"Cache-Control": "no-store"}, content_type=CONTENT_TYPE)
