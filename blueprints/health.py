"""`/health/live` and `/health/ready`: is the process there, and can it do its work?"""

from __future__ import annotations

from typing import Any

import ujson
from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.guards import require_admin
from models.errors import AccessError
from services.health import Check, HealthService, State
from services.keys import AdminGate

bp = Blueprint("health", url_prefix="/health")


class Dependency:
    """One dependency; what else is known of it stands beside these, by name."""

    ok: bool
    required: bool
    state: str
    code: str


class Readiness:
    """The body of `/health/ready`."""

    status: str
    dependencies: dict[str, Dependency]


READY_TEXT = """\
`status` is `ok`, `degraded` (it serves, and something is down or limited) or `unavailable` (503: a required dependency
is down). Each dependency has `ok`, `required`, `state` (`up`, `limited`, `down`), `code` (why, unless it is up) and
facts:

* `database`, `queue` (`waiting`, `oldest_queued_s`, `dead_letters`): required.
* `cache`: Redis, when configured.
* `spotify`: `credentials`, `banned_until`.
* `youtube`: `blocked_until`, `blocked_by`; where downloads run, `yt_dlp`, `yt_dlp_age_days`, `js_runtime`.
* `js_runtime`, `ffmpeg`: `version`; where downloads run. A process that only downloads requires ffmpeg.
* `disk`: `free_bytes`, `total_bytes`.
* `bucket`: `kind`, `uploader`, `paused_until`; when configured.

Moments are ISO 8601 or null. With the admin key a dependency that is down says its `cause`."""


@bp.get("/live")
@openapi.definition(summary="The process answers", tag="health")
async def live(_request: Request) -> HTTPResponse:
    """Always 200 while the process serves; asks nobody."""
    return HTTPResponse('{"status":"ok"}', content_type="application/json")


@bp.get("/ready")
@openapi.definition(
    summary="Every dependency by name and state",
    description=READY_TEXT,
    response=[
        openapi.definitions.Response({"application/json": Readiness}, status=200),
        openapi.definitions.Response({"application/json": Readiness}, status=503),
    ],
    tag="health",
)
async def ready(request: Request, health: HealthService, gate: AdminGate) -> HTTPResponse:
    """200 when the server can do its work, 503 when a dependency it cannot do without is gone."""
    report = await health.report()
    causes = _is_admin(request, gate)
    body = {
        "status": report.status,
        "dependencies": {check.name: _shown(check, cause=causes) for check in report.checks},
    }
    text = ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)
    headers = {"Cache-Control": "no-store"}
    return HTTPResponse(text, status=200 if report.ok else 503, headers=headers, content_type="application/json")


def _shown(check: Check, *, cause: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"ok": check.ok, "required": check.required, "state": check.finding.state.value}
    if check.finding.state is not State.UP:
        shown["code"] = check.finding.code
    if cause and check.cause is not None:
        shown["cause"] = check.cause
    return {**shown, **check.finding.facts}


def _is_admin(request: Request, gate: AdminGate) -> bool:
    try:
        require_admin(request, gate)
    except AccessError:
        return False
    return True
