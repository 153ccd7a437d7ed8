"""The one place where an error becomes HTTP: a status for each class, and one body shape (RFC 9457)."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any

import ujson
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException

from models import errors as e

logger = logging.getLogger(__name__)

STATUS: dict[type[e.MusicError], int] = {
    e.MusicError: 500,
    e.RequestError: 400,
    e.InvalidRequest: 400,
    e.InvalidLink: 400,
    e.PodcastLink: 400,
    e.InvalidTrackId: 400,
    e.UnsupportedFormat: 400,
    e.TooManyTracks: 400,
    e.NoAlternative: 409,
    e.NotFoundError: 404,
    e.RouteNotFound: 404,
    e.TrackNotFound: 404,
    e.AlbumNotFound: 404,
    e.PlaylistNotFound: 404,
    e.ArtistNotFound: 404,
    e.LinkNotFound: 404,
    e.RowUnavailable: 404,
    e.JobNotFound: 404,
    e.MediaNotFound: 404,
    e.MatchUnknown: 404,
    # Upstream trouble: 502 it answered and the answer is of no use, 503 it will not serve us now, 504 it did not answer
    e.CatalogError: 502,
    e.CatalogUnreachable: 503,
    e.CatalogTimeout: 504,
    e.CatalogFailed: 502,
    e.CatalogMalformed: 502,
    e.CatalogRateLimited: 503,
    e.CatalogRefused: 502,
    e.CatalogCredentialsRejected: 503,
    e.SourceError: 502,
    e.NoMatch: 404,
    e.TrackTooLong: 422,
    e.VideoError: 502,
    e.VideoPrivate: 502,
    e.VideoRemoved: 502,
    e.VideoMembersOnly: 502,
    e.VideoGeoBlocked: 502,
    e.VideoAgeRestricted: 502,
    e.VideoDrmProtected: 502,
    e.VideoIsLive: 502,
    e.VideoFormatMissing: 502,
    e.VideoFailed: 502,
    e.SourceBlocked: 503,
    e.BotCheck: 503,
    e.SessionLimited: 503,
    e.SourceRateLimited: 503,
    e.SourceUnreachable: 503,
    e.SourceTimeout: 504,
    e.SourceFailed: 502,
    e.MediaRefused: 502,
    e.MediaInterrupted: 502,
    e.AudioError: 502,
    e.AudioCorrupt: 502,
    e.AudioMismatch: 502,
    e.AudioSilent: 502,
    e.AudioWrongLength: 502,
    e.AudioOtherRecording: 502,
    e.TranscodeFailed: 500,
    e.TaggingFailed: 500,
    e.AudioToolFailed: 500,
    e.StorageError: 500,
    e.DiskFull: 507,
    e.StorageFailed: 500,
    e.DatabaseUnavailable: 503,
    e.QueueUnavailable: 503,
    e.BucketError: 502,
    e.BucketUnreachable: 503,
    e.BucketFailed: 502,
    e.BucketRateLimited: 503,
    e.BucketConflict: 503,
    e.BucketRefused: 502,
    e.BucketFull: 507,
    e.BucketFileRefused: 502,
    e.BucketFileMissing: 502,
    e.GeoError: 502,
    e.GeoUnreachable: 503,
    e.GeoTimeout: 504,
    e.GeoMalformed: 502,
    e.GeoRefused: 502,
    e.JobError: 500,
    e.JobCancelled: 409,
    e.JobDeadlineExceeded: 504,
    e.JobAttemptsExhausted: 502,
    e.MediaNotReady: 503,
    e.BatchFailed: 502,
    e.BatchNotFinished: 409,
    e.AccessError: 403,
    e.Unauthorized: 401,
    e.WrongKey: 401,
    e.TicketExpired: 401,
    e.Forbidden: 403,
    e.AdministrationClosed: 403,
    e.TooManyRequests: 429,
    e.TooManySockets: 429,
    e.TooManyJobs: 429,
    e.ServerStopping: 503,
    e.InternalError: 500,
}
"""Complete: a test walks the tree."""

SANIC_CODES: dict[int, tuple[str, str]] = {
    400: (e.InvalidRequest.code, e.InvalidRequest.default_message()),
    404: (e.RouteNotFound.code, e.RouteNotFound.default_message()),
    405: ("method_not_allowed", "This address does not answer to that method."),
    408: ("request_timeout", "The request did not arrive in time."),
    413: ("payload_too_large", "The request is too large."),
    414: ("uri_too_long", "The address is too long."),
    416: ("range_not_satisfiable", "The file has no such range."),
    417: ("expectation_failed", "The expectation cannot be met."),
    426: ("upgrade_required", "This address speaks WebSocket."),
    503: ("server_busy", "The server did not answer in time."),
}


def problem(error: e.MusicError, **members: str) -> HTTPResponse:
    """The answer to an error: `application/problem+json`, with `Retry-After` when a time is known.

    `members` are further fields of the body.
    """
    status = STATUS[type(error)]
    return _response(
        status,
        headers=_challenge(error) if status == 401 else None,
        code=error.code,
        detail=error.message,
        retryable=error.retryable,
        retry_after_s=error.retry_after_s,
        stage=error.stage,
        members=members,
    )


def _challenge(error: e.MusicError) -> dict[str, str]:
    """How to come in (RFC 9110, 15.5.2), and what was wrong with what was shown (RFC 6750, 3.1)."""
    refused = isinstance(error, e.WrongKey | e.TicketExpired)
    return {"WWW-Authenticate": 'Bearer error="invalid_token"' if refused else "Bearer"}


def problem_fields(
    status: int,
    *,
    code: str,
    detail: str,
    retryable: bool = False,
    retry_after_s: float | None = None,
    stage: str | None = None,
) -> dict[str, Any]:
    """The body of every error answer; `success` and `message` are the original's fields."""
    return {
        "type": f"urn:music-dl:error:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "retryable": retryable,
        "retry_after": None if retry_after_s is None else math.ceil(retry_after_s),
        "stage": stage,
        "success": False,
        "message": detail,
    }


def _response(
    status: int, *, headers: dict[str, str] | None = None, members: dict[str, str] | None = None, **fields: Any
) -> HTTPResponse:
    body = {**problem_fields(status, **fields), **(members or {})}
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if body["retry_after"] is not None:
        sent["Retry-After"] = str(body["retry_after"])
    text = ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)
    return HTTPResponse(text, status=status, headers=sent, content_type="application/problem+json")


def on_music_error(request: Request, error: e.MusicError, **members: str) -> HTTPResponse:
    """Answers an error of ours, with `members` as further fields; what is our own fault is logged as such."""
    status = STATUS[type(error)]
    level = logging.ERROR if status == 500 else logging.WARNING if status > 500 else logging.INFO
    logger.log(
        level,
        "request_failed",
        extra={"code": error.code, "status": status, "route": request.path, "facts": error.facts},
        exc_info=error if status == 500 else None,
    )
    return problem(error, **members)


def on_sanic_error(_request: Request, error: SanicException) -> HTTPResponse:
    """Answers what Sanic itself refuses: unknown address, wrong method, broken body, time-out."""
    status = error.status_code
    code, detail = SANIC_CODES.get(status, (f"http_{status}", HTTPStatus(status).phrase + "."))
    headers = {name: str(value) for name, value in (error.headers or {}).items()}
    return _response(status, headers=headers, code=code, detail=detail, retryable=status in {408, 503})


def on_unexpected(request: Request, error: Exception) -> HTTPResponse:
    """Answers a defect: logged with its trace, told to nobody else."""
    logger.error("unexpected_error", extra={"route": request.path}, exc_info=error)
    return problem(e.InternalError())


def register(app: Sanic[Any, Any]) -> None:
    """Makes every error of `app` end here."""
    app.error_handler.add(e.MusicError, on_music_error)
    app.error_handler.add(SanicException, on_sanic_error)
    app.error_handler.add(Exception, on_unexpected)
