"""`GET /api/spotify/metadata`: what is behind a Spotify link."""

from __future__ import annotations

from collections.abc import Mapping

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from blueprints.access_log import MAX_LINK, note_metadata
from blueprints.callers import urls_for
from blueprints.middleware import base_url_of
from blueprints.ready import ReadyResponse, parameter
from blueprints.schemas import render_metadata, set_counts
from models.audio import StoredAudio
from models.errors import InvalidRequest
from models.ids import SpotifyId
from models.music import Kind, Resource
from models.settings import Settings
from services.links import LinkResolver
from services.metadata import MetadataService
from services.resources import CacheState
from services.urls import MediaUrls

bp = Blueprint("metadata")

_CACHE_CONTROL = "private, no-cache"
"""Clients may keep the body and must ask whether it still holds: whether audio is there changes at any moment."""
_ENCODED = {
    state: ((b"Cache-Control", _CACHE_CONTROL.encode()), (b"X-Cache", state.value.encode())) for state in CacheState
}


@bp.get("/api/spotify/metadata")
@openapi.definition(
    summary="Metadata behind a Spotify link",
    description="Track, album, playlist or artist. `ETag` covers all but the two counts.",
    parameter=[openapi.definitions.Parameter("link", str, "query", "A Spotify link, URI or short link", required=True)],
    tag="spotify",
)
async def get_metadata(
    request: Request, links: LinkResolver, metadata: MetadataService, urls: MediaUrls, settings: Settings
) -> HTTPResponse:
    """Answers with the metadata; `X-Cache` tells `hit`, `stale` or `miss`."""
    link = parameter(request, "link")
    if not link or not link.strip():
        raise InvalidRequest("The parameter `link` is missing.")
    ref = await links.resolve(link)
    base_url = base_url_of(request, settings)
    urls = urls_for(request, urls)

    def render(resource: Resource, stored: Mapping[SpotifyId, StoredAudio]) -> bytearray:
        return render_metadata(resource, stored, urls, base_url)

    ready, state = await metadata.answer(ref, urls.variant(base_url), render)
    note_metadata(request, ref.kind, ref.id, state, link[:MAX_LINK])
    if _matches(request.headers.get("if-none-match"), ready.etag):
        headers = {"ETag": ready.etag, "Cache-Control": _CACHE_CONTROL, "X-Cache": state.value}
        return HTTPResponse(status=304, headers=headers)
    downloads = ready.downloads if ready.kind is Kind.TRACK else None
    set_counts(ready.body, hits=ready.hits, downloads=downloads)
    return ReadyResponse(ready.body, ((b"ETag", ready.etag.encode()), *_ENCODED[state]))


def _matches(if_none_match: str | None, etag: str) -> bool:
    """Weak comparison of RFC 9110, 13.1.2."""
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    wanted = etag.removeprefix("W/")
    return any(tag.strip().removeprefix("W/") == wanted for tag in if_none_match.split(","))
