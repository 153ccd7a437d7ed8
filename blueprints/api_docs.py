"""`GET /docs`: the description of the API, shown by Swagger UI; openapi.json itself is sanic-ext's."""

from __future__ import annotations

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi
from sanic_ext.extensions.openapi.extension import OpenAPIExtension

from blueprints.static_files import StaticFiles, page_answer

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


@bp.head("/docs", name="api_docs_head")
@bp.get("/docs", name="api_docs")
@openapi.exclude()
async def get_api_docs(request: Request, files: StaticFiles) -> HTTPResponse:
    """The page."""
    return page_answer(request, files.get("docs.html"), POLICY)
