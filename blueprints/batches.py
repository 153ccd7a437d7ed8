"""Many tracks in one wish: `POST /api/spotify/download`, and the archive of what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import ujson
from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.byte_ranges import content_disposition
from blueprints.callers import caller_of, urls_for
from blueprints.middleware import base_url_of
from blueprints.streaming import send_stream
from models.audio import AudioFormat
from models.batch import Batch
from models.errors import InvalidRequest
from models.ids import JobId, SpotifyId, track_id
from models.job import JobState
from models.progress import MessageType, ProgressEvent
from models.settings import Settings
from services.batches.service import BatchService
from services.urls import MediaUrls

bp = Blueprint("batches")

RETRY_AFTER_S = 2
"""When a client that does not listen should look again."""


@bp.post("/api/spotify/download")
@openapi.definition(
    summary="Download many tracks",
    description="A batch job for a track, an album, a playlist or a list of tracks. The same wish while it runs is the "
    "same batch; tracks that fail do not fail the batch.",
    body={
        "application/json": {
            "type": "object",
            "properties": {
                "link": {"type": "string", "description": "A Spotify link of a track, an album or a playlist"},
                "track_ids": {"type": "array", "items": {"type": "string"}, "description": "Instead of `link`"},
                "format": {"type": "string", "enum": [kind.value for kind in AudioFormat], "default": "m4a"},
            },
        }
    },
    tag="spotify",
)
async def start_batch(request: Request, batches: BatchService, urls: MediaUrls, settings: Settings) -> HTTPResponse:
    """202 with the batch as it is now."""
    audio_format, wish = _wish(request.json)
    caller = caller_of(request)
    if isinstance(wish, str):
        batch = await batches.of_link(wish, audio_format, caller=caller)
    else:
        batch = await batches.of_tracks(wish, audio_format, caller=caller)
    headers = {"Location": f"/api/downloads/{batch.id}", "Retry-After": str(RETRY_AFTER_S)}
    return batch_answer(batch, urls_for(request, urls), base_url_of(request, settings), status=202, headers=headers)


@bp.head("/api/downloads/<batch_id:str>/archive.zip", name="archive_head")
@bp.get("/api/downloads/<batch_id:str>/archive.zip", name="archive_get")
@openapi.definition(
    summary="The files of a finished batch",
    description="A ZIP, made while it is sent: the files, `playlist.m3u8`, and `failures.json` with what is not there.",
    tag="downloads",
)
async def get_archive(request: Request, batch_id: str, batches: BatchService) -> HTTPResponse | None:
    """409 while the batch runs."""
    archive = await batches.archive(JobId(batch_id))
    headers = {
        "Content-Length": str(archive.size_bytes),
        "Content-Disposition": content_disposition(archive.name, attachment=True),
        "Accept-Ranges": "none",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return await send_stream(request, 200, headers, "application/zip", archive.stream())


def batch_answer(
    batch: Batch, urls: MediaUrls, base_url: str, *, status: int = 200, headers: dict[str, str] | None = None
) -> HTTPResponse:
    """The batch as JSON: a progress snapshot, and what else there is to know of it."""
    body = {
        **ProgressEvent.of(batch).body(MessageType.SNAPSHOT, None),
        "format": batch.format.value,
        "source": asdict(batch.source),
        "complete": batch.complete,
        "cancel_requested": batch.cancel_requested,
        "failures": [asdict(failure) for failure in batch.failures],
        "archive_url": urls.archive(batch.id, base_url) if batch.state is JobState.DONE else None,
        "events_url": urls.events(batch.id, base_url),
        "socket_url": urls.socket(batch.id, base_url),
    }
    text = ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)
    sent = {"Cache-Control": "no-store", **(headers or {})}
    return HTTPResponse(text, status=status, headers=sent, content_type="application/json")


def _wish(body: Any) -> tuple[AudioFormat, str | Sequence[SpotifyId]]:
    """The format, and the link or the ids; raises `InvalidRequest`, `InvalidTrackId` or `UnsupportedFormat`."""
    if not isinstance(body, dict):
        raise InvalidRequest("The body is a JSON object with `link` or `track_ids`.")
    named = body.get("format")
    if named is not None and not isinstance(named, str):
        raise InvalidRequest("`format` is a text.")
    audio_format = AudioFormat.parse(named)
    link, ids = body.get("link"), body.get("track_ids")
    if (link is None) == (ids is None):
        raise InvalidRequest("The body names either `link` or `track_ids`.")
    if link is not None:
        if not isinstance(link, str) or not link.strip():
            raise InvalidRequest("`link` is a Spotify link.")
        return audio_format, link
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise InvalidRequest("`track_ids` is a list of Spotify track ids.")
    return audio_format, [track_id(each) for each in ids]
