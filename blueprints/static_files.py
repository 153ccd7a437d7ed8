"""`/static/…`: the files that the pages are made of, read once and sent from memory."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Sanic, redirect
from sanic_ext import openapi

from models.errors import RouteNotFound

bp = Blueprint("static_files")

FOLDER = Path(__file__).resolve().parent / "static"
CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".webmanifest": "application/manifest+json",
    }
)
"""By suffix; a file of another kind is not served. (The system's own table differs from machine to machine.)"""

OWN_POLICY = (
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    # the browser refuses to make HTML out of strings: a title can never become markup
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
"""What every page of ours may do: run and show what comes from here, and nothing else."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file of a page, as it is sent."""

    body: bytes
    content_type: str
    etag: str


class StaticFiles:
    """The files in memory, by their path below the folder: no request ever reaches the disk."""

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


@bp.head("/static/<path:path>", name="static_head")
@bp.get("/static/<path:path>", name="static")
@openapi.exclude()
async def get_static(request: Request, path: str, files: StaticFiles) -> HTTPResponse:
    """A file of a page."""
    return file_answer(request, files.get(path), OWN_POLICY)


def page_answer(request: Request, file: StaticFile, policy: tuple[str, ...]) -> HTTPResponse:
    """The file as a page, whose files lie beside it: asked for with a slash at the end, the browser is sent back."""
    if request.path.endswith("/"):
        return redirect(f"../{request.path.rstrip('/').rpartition('/')[2]}", status=308)
    return file_answer(request, file, policy)


def file_answer(request: Request, file: StaticFile, policy: tuple[str, ...]) -> HTTPResponse:
    """The file under this content security policy; 304 when the browser has it."""
    headers = {
        # The files name each other without a version: ask each time (a 304 costs nothing).
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "; ".join(policy),
        "ETag": file.etag,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    held = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if file.etag in held:
        return HTTPResponse(status=304, headers=headers)
    return HTTPResponse(file.body, headers=headers, content_type=file.content_type)
