"""Audio for a track: `GET /api/spotify/download/track/{id}`, and the job behind it."""

from __future__ import annotations

from typing import Any

import ujson
from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.batches import batch_answer
from blueprints.callers import caller_of, urls_for
from blueprints.errors import on_music_error
from blueprints.match import match_url
from blueprints.middleware import base_url_of
from blueprints.ready import ReadyResponse, parameter
from models.audio import AudioFormat
from models.batch import is_batch_id
from models.errors import InvalidRequest, NoMatch
from models.ids import JobId, track_id
from models.job import Job, JobState
from models.progress import MessageType, ProgressEvent
from models.settings import Settings
from services.batches.service import BatchService
from services.downloads import DownloadService, Ready
from services.metadata import MetadataService
from services.urls import MediaUrls

bp = Blueprint("downloads")

NO_STORE = "no-store"
_ENCODED = ((b"Cache-Control", NO_STORE.encode()),)
MOST_BODIES = 8
"""Whoever makes up host names shall not fill the memory."""
RETRY_AFTER_S = 2
"""When a client that did not wait long enough should ask again."""


@bp.get("/api/spotify/download/track/<wanted:str>")
@openapi.definition(
    summary="Audio of a track",
    description="Waits until the file is ready, at most `wait` seconds; then 200, else 202 with the job. A refusal, "
    "404 `no_match`, has `match_url`, where the runners-up stand.",
    parameter=[
        openapi.definitions.Parameter("wait", float, "query", "Seconds to wait; 0 answers at once"),
        openapi.definitions.Parameter("format", str, "query", "m4a (default), opus or mp3"),
    ],
    tag="spotify",
)
async def download_track(
    request: Request,
    wanted: str,
    downloads: DownloadService,
    metadata: MetadataService,
    urls: MediaUrls,
    settings: Settings,
) -> HTTPResponse:
    """Answers with `download_cdn` and the job, or with the job alone."""
    track = track_id(wanted)
    audio_format = AudioFormat.parse(parameter(request, "format"))
    base_url = base_url_of(request, settings)
    urls = urls_for(request, urls)
    try:
        outcome = await downloads.track(track, audio_format, _wait_s(request, settings), caller=caller_of(request))
    except NoMatch as error:
        # Whoever is refused may see the runners-up, and pin one of them.
        return on_music_error(request, error, match_url=match_url(track, base_url))
    if isinstance(outcome, Ready):
        metadata.count_download(track)
        return ReadyResponse(_ready_body(outcome, urls, base_url), _ENCODED)
    headers = {"Location": f"/api/downloads/{outcome.id}", "Retry-After": str(RETRY_AFTER_S)}
    if "respond-async" in request.headers.get("prefer", "").lower():
        headers["Preference-Applied"] = "respond-async"
    return _answer(202, job_body(outcome, None, urls, base_url), headers)


@bp.get("/api/downloads/<job_id:str>")
@openapi.definition(summary="A download now", tag="downloads")
async def get_job(
    request: Request,
    job_id: str,
    downloads: DownloadService,
    batches: BatchService,
    urls: MediaUrls,
    settings: Settings,
) -> HTTPResponse:
    """The same body as a progress snapshot; of a batch, with its failures."""
    if is_batch_id(job_id):
        return batch_answer(await batches.get(JobId(job_id)), urls_for(request, urls), base_url_of(request, settings))
    return _job_answer(await downloads.get(JobId(job_id)), urls_for(request, urls), base_url_of(request, settings))


@bp.delete("/api/downloads/<job_id:str>")
@openapi.definition(
    summary="Cancel a download",
    description="Stops it for everybody who waits for it; a finished one is left as it is. A batch stops the jobs that "
    "nobody else wants.",
    tag="downloads",
)
async def cancel_job(
    request: Request,
    job_id: str,
    downloads: DownloadService,
    batches: BatchService,
    urls: MediaUrls,
    settings: Settings,
) -> HTTPResponse:
    """The job as it is after the cancel; a running one ends within a second."""
    if is_batch_id(job_id):
        return batch_answer(
            await batches.cancel(JobId(job_id)), urls_for(request, urls), base_url_of(request, settings)
        )
    return _job_answer(await downloads.cancel(JobId(job_id)), urls_for(request, urls), base_url_of(request, settings))


def _ready_body(ready: Ready, urls: MediaUrls, base_url: str) -> bytes:
    body = ready.bodies.get(base_url)
    if body is None:
        url = urls.of(ready.audio, base_url)
        body = _json({"download_cdn": url, **job_body(ready.job, url, urls, base_url)}).encode()
        if len(ready.bodies) < MOST_BODIES:
            ready.bodies[base_url] = body
    return body


def job_body(job: Job, url: str | None, urls: MediaUrls, base_url: str) -> dict[str, Any]:
    """A progress snapshot, where to listen while the file arrives, and where the choice of the video is explained."""
    body = ProgressEvent.of(job).body(MessageType.SNAPSHOT, url)
    return {
        **body,
        "format": job.format.value,
        "title": job.title,
        "artists": list(job.artists),
        "attempt": job.attempt,
        "stream_url": urls.url(job.name, base_url),
        "events_url": urls.events(job.id, base_url),
        "socket_url": urls.socket(job.id, base_url),
        "match_url": match_url(job.track_id, base_url),
    }


def _job_answer(job: Job, urls: MediaUrls, base_url: str) -> HTTPResponse:
    url = urls.url(job.stored_name, base_url) if job.state is JobState.DONE and job.stored_name else None
    return _answer(200, job_body(job, url, urls, base_url))


def _wait_s(request: Request, settings: Settings) -> float:
    """How long this caller wants to wait, within what the operator allows."""
    allowed_s = settings.download_wait_ms / 1000
    preferences = [part.strip().lower() for part in request.headers.get("prefer", "").split(",")]
    if "respond-async" in preferences:
        return 0.0
    given = parameter(request, "wait")
    if given is None:
        return allowed_s
    try:
        seconds = float(given)
    except ValueError:
        raise InvalidRequest("`wait` is a number of seconds.") from None
    if not seconds >= 0:
        raise InvalidRequest("`wait` is a number of seconds from 0 up.")
    return min(seconds, allowed_s)


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> HTTPResponse:
    sent = {"Cache-Control": NO_STORE, **(headers or {})}
    return HTTPResponse(_json(body), status=status, headers=sent, content_type="application/json")


def _json(body: dict[str, Any]) -> str:
    return ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)
