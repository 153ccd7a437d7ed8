"""`GET /media/{name}`: the audio, finished or still arriving."""

from __future__ import annotations

from sanic import Blueprint, HTTPResponse, Request
from sanic.exceptions import RangeNotSatisfiable
from sanic_ext import openapi

from blueprints.byte_ranges import (
    Unsatisfiable,
    content_disposition,
    http_date,
    is_unchanged,
    wanted_range,
)
from blueprints.streaming import send_stream
from models.ids import MediaName
from services.live_media import LiveMedia
from services.media import FinishedMedia, MediaElsewhere, MediaService

bp = Blueprint("media")

# The file of a name may be replaced by a better one: keep it, but ask each time (a 304 costs nothing).
_CACHE_FINISHED = "no-cache"


@bp.head("/media/<name:str>", name="head")
@bp.get("/media/<name:str>", name="get")
@openapi.definition(
    summary="The audio",
    parameter=[
        openapi.definitions.Parameter("name", str, "path", "`{track_id}.{m4a|opus|mp3}`"),
        openapi.definitions.Parameter("download", str, "query", "`1`: offer the file for saving"),
    ],
    tag="audio",
)
async def get_media(request: Request, name: str, media: MediaService) -> HTTPResponse | None:
    """The finished file, in whole or the wanted range; while the download runs, what is there and what follows."""
    # What is offered for saving is sent from here: only so it gets the song's name.
    opened = await media.open(MediaName(name), here=_is_download(request))
    try:
        if isinstance(opened, MediaElsewhere):
            return HTTPResponse(status=302, headers={"Location": opened.url, "Cache-Control": "no-cache"})
        if isinstance(opened, FinishedMedia):
            return await _finished(request, opened)
        return await _live(request, opened)
    finally:
        opened.close()


def _is_download(request: Request) -> bool:
    return request.args.get("download") in {"1", "true"}


async def _finished(request: Request, media: FinishedMedia) -> HTTPResponse | None:
    size = media.size_bytes
    headers = {
        "ETag": media.etag,
        "Last-Modified": http_date(media.last_modified),
        "Accept-Ranges": "bytes",
        "Cache-Control": _CACHE_FINISHED,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": content_disposition(media.file_name, attachment=_is_download(request)),
    }
    if is_unchanged(request.headers, etag=media.etag, last_modified=media.last_modified):
        return HTTPResponse(status=304, headers=headers)
    try:
        # Ranges are defined for GET alone (RFC 9110 §14.2).
        asked = {} if request.method == "HEAD" else request.headers
        part = wanted_range(asked, size=size, etag=media.etag, last_modified=media.last_modified)
    except Unsatisfiable:
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"}) from None
    status, start, end = (200, 0, size) if part is None else (206, part.start, part.end)
    if part is not None:
        headers["Content-Range"] = part.content_range
    headers["Content-Length"] = str(end - start)
    return await send_stream(request, status, headers, media.content_type, media.read(start, end))


async def _live(request: Request, media: LiveMedia) -> HTTPResponse | None:
    headers = {"Accept-Ranges": "none", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if media.total is not None:
        headers["Content-Length"] = str(media.total)
    return await send_stream(request, 200, headers, media.content_type, media.stream())
