"""`/api/spotify/track/{id}/match`: why this video, and "not this one" or "that one" from people."""

from __future__ import annotations

from typing import Any

import ujson
from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.callers import urls_for
from blueprints.middleware import base_url_of
from models.errors import InvalidRequest
from models.ids import SpotifyId, VideoId, is_video_id, track_id
from models.match import ScoredCandidate
from models.settings import Settings
from services.matches import MatchService, TrackMatch
from services.urls import MediaUrls

bp = Blueprint("match")

REASON_CHARACTERS = 300


@bp.get("/api/spotify/track/<wanted:str>/match")
@openapi.definition(
    summary="Why this video",
    description="The last decision for a track: the chosen video with score, confidence and signals, its runners-up, "
    "pins and rejections, and the files that serve the track. 404 `match_unknown` before the first download or pin.",
    tag="match",
)
async def get_match(
    request: Request, wanted: str, matches: MatchService, urls: MediaUrls, settings: Settings
) -> HTTPResponse:
    """Explains; asks neither Spotify nor YouTube."""
    return _answer(await matches.explain(track_id(wanted)), urls_for(request, urls), base_url_of(request, settings))


@bp.put("/api/spotify/track/<wanted:str>/match")
@openapi.definition(
    summary="Pin a video",
    description="The next download serves this video, whatever its score; audio of another one is evicted.",
    body={
        "application/json": {
            "type": "object",
            "required": ["video_id"],
            "properties": {"video_id": {"type": "string", "pattern": "^[0-9A-Za-z_-]{11}$"}},
        }
    },
    tag="match",
)
async def pin_match(
    request: Request, wanted: str, matches: MatchService, urls: MediaUrls, settings: Settings
) -> HTTPResponse:
    """The explanation as it is then."""
    video_id = _video_id(request.json)
    return _answer(
        await matches.pin(track_id(wanted), video_id), urls_for(request, urls), base_url_of(request, settings)
    )


@bp.delete("/api/spotify/track/<wanted:str>/match")
@openapi.definition(
    summary="Unpin",
    description="The server chooses again; the pinned video's audio is evicted. 409 `nothing_to_change` without a pin.",
    tag="match",
)
async def unpin_match(
    request: Request, wanted: str, matches: MatchService, urls: MediaUrls, settings: Settings
) -> HTTPResponse:
    """The explanation as it is then."""
    return _answer(await matches.unpin(track_id(wanted)), urls_for(request, urls), base_url_of(request, settings))


@bp.post("/api/spotify/track/<wanted:str>/match/report")
@openapi.definition(
    summary="Report a wrong song",
    description="Evicts the track's audio and never serves its video for this recording again; the next download takes "
    "the next best. 409 `nothing_to_change` when no video serves the track or is chosen to.",
    body={
        "application/json": {
            "type": "object",
            "properties": {"reason": {"type": "string", "maxLength": REASON_CHARACTERS}},
        }
    },
    tag="match",
)
async def report_match(
    request: Request, wanted: str, matches: MatchService, urls: MediaUrls, settings: Settings
) -> HTTPResponse:
    """The explanation as it is then."""
    reason = _reason(request.json)
    return _answer(
        await matches.report(track_id(wanted), reason), urls_for(request, urls), base_url_of(request, settings)
    )


def match_url(track: SpotifyId, base_url: str) -> str:
    """Where a track's match is explained."""
    return f"{base_url}/api/spotify/track/{track}/match"


def _video_id(body: Any) -> VideoId:
    given = body.get("video_id") if isinstance(body, dict) else None
    if not isinstance(given, str) or not is_video_id(given):
        raise InvalidRequest("The body is a JSON object with `video_id`: the 11 characters of a YouTube video.")
    return VideoId(given)


def _reason(body: Any) -> str | None:
    if body is None:
        return None
    given = body.get("reason") if isinstance(body, dict) else body
    if not isinstance(body, dict) or not isinstance(given, str | None):
        raise InvalidRequest("The body, if there is one, is a JSON object with a text `reason`.")
    # One line: it is shown beside the video, in answers and in the database.
    reason = " ".join((given or "").split())
    if len(reason) > REASON_CHARACTERS:
        raise InvalidRequest(f"`reason` has at most {REASON_CHARACTERS} characters.")
    return reason or None


def _answer(match: TrackMatch, urls: MediaUrls, base_url: str) -> HTTPResponse:
    decision, verdict, said = match.decision, match.verdict, match.corrections
    body = {
        "track_id": match.track_id,
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "chosen": None if verdict.chosen is None else _candidate(verdict.chosen),
        "runners_up": [_candidate(scored) for scored in verdict.runners_up],
        "pinned": said.pinned,
        "rejected": said.rejected,
        "corrected_at": None if said.updated_at is None else said.updated_at.isoformat(timespec="milliseconds"),
        "decided_at": None if decision is None else decision.decided_at.isoformat(timespec="milliseconds"),
        "decided_for": None if decision is None else decision.track_id,
        "files": [
            {
                "format": audio.format.value,
                "name": audio.name,
                "video_id": audio.video_id,
                "download_cdn": urls.of(audio, base_url),
                "recording": audio.recording_key,
            }
            for audio in match.files
        ],
    }
    text = ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)
    return HTTPResponse(text, headers={"Cache-Control": "no-store"}, content_type="application/json")


def _candidate(scored: ScoredCandidate) -> dict[str, Any]:
    candidate = scored.candidate
    return {
        "video_id": candidate.video_id,
        "url": f"https://www.youtube.com/watch?v={candidate.video_id}",
        "title": candidate.title or None,
        "artists": list(candidate.artists),
        "channel": candidate.channel,
        "album": candidate.album,
        "duration_s": candidate.duration_s,
        "score": scored.score,
        "confidence": scored.confidence,
        "signals": [
            {"name": signal.name, "points": signal.points, "reason": signal.reason} for signal in scored.signals
        ],
        "veto": scored.veto,
    }
