"""`GET /`: the page for people, and the files it is made of. It talks to the server through the public routes alone."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic_ext import openapi

from models.errors import RouteNotFound

bp = Blueprint("page")

FOLDER = Path(__file__).resolve().parent / "static"
INDEX = "index.html"
CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".webmanifest": "application/manifest+json",
    }
)
"""By suffix; a file of another kind is not served. (The system's own table differs from machine to machine.)"""

POLICY = (
    "default-src 'self'",
    # covers and audio may lie elsewhere: on Spotify's hosts, in the bucket
    "img-src 'self' data: http: https:",
    "media-src 'self' http: https:",
    "connect-src 'self' ws: wss:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    # the browser refuses to make HTML out of strings: a title can never become markup
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        # The files name each other without a version: ask each time (a 304 costs nothing).
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "; ".join(POLICY),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file of the page, as it is sent."""

    body: bytes
    content_type: str
    etag: str


class StaticFiles:
    """The page's files in memory, by their path below the folder: no request ever reaches the disk."""

    def __init__(self, files: Mapping[str, StaticFile]) -> None:
        self._files = files

    @classmethod
    def read(cls, folder: Path) -> StaticFiles:
        """All files of a known kind; blocks."""
        files = {}
        for path in folder.rglob("*"):
            content_type = CONTENT_TYPES.get(path.suffix)
            if content_type is not None and path.is_file():
                body = path.read_bytes()
                etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
                files[path.relative_to(folder).as_posix()] = StaticFile(body, content_type, etag)
        return cls(files)

    def get(self, path: str) -> StaticFile:
        """The file; raises `RouteNotFound`."""
        file = self._files.get(path)
        if file is None:
            raise RouteNotFound
        return file


@bp.before_server_start
async def read_files(app: Sanic[Any, Any]) -> None:
    """Reads the files once, before the first request."""
    files = await asyncio.to_thread(StaticFiles.read, FOLDER)
    app.ext.add_dependency(StaticFiles, lambda: files)


@bp.head("/", name="index_head")
@bp.get("/", name="index")
@openapi.exclude()
async def get_index(request: Request, files: StaticFiles) -> HTTPResponse:
    """The page."""
    return _answer(request, files.get(INDEX))


@bp.head("/static/<path:path>", name="static_head")
@bp.get("/static/<path:path>", name="static")
@openapi.exclude()
async def get_static(request: Request, path: str, files: StaticFiles) -> HTTPResponse:
    """A file of the page."""
    return _answer(request, files.get(path))


def _answer(request: Request, file: StaticFile) -> HTTPResponse:
    headers = {**HEADERS, "ETag": file.etag}
    held = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if file.etag in held:
        return HTTPResponse(status=304, headers=headers)
    return HTTPResponse(file.body, headers=headers, content_type=file.content_type)
