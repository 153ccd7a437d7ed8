"""`GET /docs`: the description of the API, shown by Swagger UI; openapi.json itself is sanic-ext's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic_ext import openapi
from sanic_ext.config import PRIORITY
from sanic_ext.extensions.openapi.builders import OperationStore
from sanic_ext.extensions.openapi.extension import OpenAPIExtension

from blueprints.callers import COOKIE, GUARDED, OPEN
from blueprints.static_files import StaticFiles, page_answer
from models.settings import Settings
from services.urls import TICKET

bp = Blueprint("api_docs")

POLICY = (
    "default-src 'self'",
    # Swagger UI sets styles on its elements, and has pictures of its own within its style sheet.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)


class ApiDescription(OpenAPIExtension):  # type: ignore[no-untyped-call]
    """sanic-ext's, without its own pages (which load from elsewhere), to one of which its label would point."""

    name = "apidescription"

    def label(self) -> str:
        """Where the description is shown."""
        return str(self.app.config.OAS_URL_PREFIX)


SCHEMES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A key of `API_KEYS`, or `ADMIN_API_KEY`."},
        "header": {"type": "apiKey", "location": "header", "name": "X-API-Key", "description": "The same."},
        "session": {
            "type": "apiKey",
            "location": "cookie",
            "name": COOKIE,
            "description": "From `POST /api/session`, for the page.",
        },
        "ticket": {
            "type": "apiKey",
            "location": "query",
            "name": TICKET,
            "description": "Part of the addresses in answers, where no header can be sent.",
        },
    }
)
TICKETED = ("media/", "api/downloads/<batch_id:str>/archive.zip", "api/downloads/<job_id:str>/events")


def register(app: Sanic[Any, Any], settings: Settings) -> None:
    """Has the description say which operations need a key."""

    # Before sanic-ext reads what there is to say.
    @app.listener("before_server_start", priority=PRIORITY + 1)
    async def describe_keys(app: Sanic[Any, Any]) -> None:
        for name, scheme in SCHEMES.items():
            app.ext.openapi.add_security_scheme(name, **scheme)
        operations = OperationStore()  # type: ignore[no-untyped-call]
        for route in app.router.routes:
            path = route.path
            if path.startswith("api/admin/"):
                operations[route.handler].security = _any_of("bearer", "header")
            elif path.startswith(GUARDED) and not path.startswith(OPEN) and settings.api_keys is not None:
                ticket = ("ticket",) if path.startswith(TICKETED) and not route.methods & {"POST", "DELETE"} else ()
                operations[route.handler].security = _any_of("bearer", "header", "session", *ticket)
            elif route.handler in operations:
                operations[route.handler].security = []


def _any_of(*names: str) -> list[dict[str, list[str]]]:
    return [{name: []} for name in names]


@bp.head("/docs", name="api_docs_head")
@bp.get("/docs", name="api_docs")
@openapi.exclude()
async def get_api_docs(request: Request, files: StaticFiles) -> HTTPResponse:
    """The page."""
    return page_answer(request, files.get("docs.html"), POLICY)
