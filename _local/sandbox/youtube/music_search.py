"""music.youtube.com's search answers."""

from __future__ import annotations

from collections.abc import Sequence

from _local.sandbox.upload import Upload

from .answers import VISITOR_DATA, Json, clock, derived_id, page_token, short_number, thumbnails
from .catalogue import Catalogue, Shelf

PAGE = 20
SHORT_SHELF = 3

FILTERS: dict[str, Shelf | None] = {"EgWKAQII": "songs", "EgWKAQIQ": "videos"}
"""Beginning of `params` for the two filters that list recordings; others list albums, artists, playlists."""

VIDEO_TYPES = {"ATV": "MUSIC_VIDEO_TYPE_ATV", "OMV": "MUSIC_VIDEO_TYPE_OMV", "UGC": "MUSIC_VIDEO_TYPE_UGC"}


def shelf_of(params: str) -> Shelf | None:
    return FILTERS.get(params[:8])


def filtered_answer(shelf: Shelf, query: str, params: str, hits: Sequence[Upload], offset: int) -> Json:
    """A page of one shelf. No hits on the first page: the message that real answers carry then."""
    if not hits:
        return nothing_answer(query)
    body: Json = {"contents": [item(upload) for upload in hits[offset : offset + PAGE]]}
    if offset + PAGE < len(hits):
        token = page_token(query, offset + PAGE, params)
        body["continuations"] = [{"nextContinuationData": {"continuation": token}}]
    if offset:
        return _context() | {"continuationContents": {"musicShelfContinuation": body}}
    return _tab([{"musicShelfRenderer": {"title": _runs(shelf.capitalize()), **body}}])


def unfiltered_answer(query: str, catalogue: Catalogue) -> Json:
    """A card for the top result, then a short shelf of songs and one of videos."""
    songs, videos = catalogue.music(query, "songs"), catalogue.music(query, "videos")
    if not songs and not videos:
        return nothing_answer(query)
    sections = [_card((songs or videos)[0])]
    for name, hits in (("Songs", songs), ("Videos", videos)):
        if hits:
            contents = [item(upload) for upload in hits[:SHORT_SHELF]]
            sections.append({"musicShelfRenderer": {"title": _runs(name), "contents": contents}})
    return _tab(sections)


def nothing_answer(query: str) -> Json:
    text = {"runs": [{"text": "No results for "}, {"text": query, "bold": True}, {"text": "."}]}
    message = {"messageRenderer": {"text": text, "icon": {"iconType": "SEARCH"}}}
    return _tab([{"itemSectionRenderer": {"contents": [message]}}])


def item(upload: Upload) -> Json:
    """One `musicResponsiveListItemRenderer`: songs have an album, videos have views."""
    watch = _watch(upload)
    if upload.kind == "ATV":
        runs = [*_artists(upload)]
        if upload.album:
            album = derived_id("MPREb_", f"{upload.album} {upload.artists[:1]}", 17)
            runs += [{"text": " • "}, _link(upload.album, album, "MUSIC_PAGE_TYPE_ALBUM")]
        third = [_column([{"text": f"{short_number(upload.views)} plays"}])]
    else:
        runs = [*_artists(upload), {"text": " • "}, {"text": f"{short_number(upload.views)} views"}]
        third = []
    runs += [{"text": " • "}, {"text": clock(upload.duration_s)}]
    body: Json = {
        "thumbnail": {"musicThumbnailRenderer": {"thumbnail": thumbnails(upload.video_id)}},
        "overlay": {
            "musicItemThumbnailOverlayRenderer": {
                "content": {"musicPlayButtonRenderer": {"playNavigationEndpoint": watch}}
            }
        },
        "flexColumns": [_column([{"text": upload.title, "navigationEndpoint": watch}]), _column(runs), *third],
        "playlistItemData": {"videoId": upload.video_id},
    }
    if upload.explicit:
        label = {"accessibilityData": {"label": "Explicit"}}
        badge = {"icon": {"iconType": "MUSIC_EXPLICIT_BADGE"}, "accessibilityData": label}
        body["badges"] = [{"musicInlineBadgeRenderer": badge}]
    if upload.greyed_out:
        body["musicItemRendererDisplayPolicy"] = "MUSIC_ITEM_RENDERER_DISPLAY_POLICY_GREY_OUT"
    return {"musicResponsiveListItemRenderer": body}


def _card(upload: Upload) -> Json:
    kind = "Song" if upload.kind == "ATV" else "Video"
    runs = [{"text": kind}, {"text": " • "}, *_artists(upload), {"text": " • "}, {"text": clock(upload.duration_s)}]
    return {
        "musicCardShelfRenderer": {
            "thumbnail": {"musicThumbnailRenderer": {"thumbnail": thumbnails(upload.video_id)}},
            "title": {"runs": [{"text": upload.title, "navigationEndpoint": _watch(upload)}]},
            "subtitle": {"runs": runs},
            "onTap": _watch(upload),
            "header": {"musicCardShelfHeaderBasicRenderer": {"title": _runs("Top result")}},
        }
    }


def _artists(upload: Upload) -> list[Json]:
    names = upload.artists or (upload.channel,)
    page = "MUSIC_PAGE_TYPE_USER_CHANNEL" if upload.kind == "UGC" else "MUSIC_PAGE_TYPE_ARTIST"
    runs: list[Json] = []
    for place, name in enumerate(names):
        if place:
            runs.append({"text": " & " if place == len(names) - 1 else ", "})
        runs.append(_link(name, upload.channel_id if place == 0 else derived_id("UC", name, 24), page))
    return runs


def _watch(upload: Upload) -> Json:
    config = {"watchEndpointMusicConfig": {"musicVideoType": VIDEO_TYPES[upload.kind]}}
    return {"watchEndpoint": {"videoId": upload.video_id, "watchEndpointMusicSupportedConfigs": config}}


def _link(text: str, browse_id: str, page: str) -> Json:
    config = {"browseEndpointContextMusicConfig": {"pageType": page}}
    endpoint = {"browseId": browse_id, "browseEndpointContextSupportedConfigs": config}
    return {"text": text, "navigationEndpoint": {"browseEndpoint": endpoint}}


def _column(runs: list[Json]) -> Json:
    return {"musicResponsiveListItemFlexColumnRenderer": {"text": {"runs": runs}}}


def _runs(text: str) -> Json:
    return {"runs": [{"text": text}]}


def _tab(sections: list[Json]) -> Json:
    content = {"sectionListRenderer": {"contents": sections}}
    tab = {"title": "YT Music", "selected": True, "content": content, "tabIdentifier": "music_search_catalog"}
    return _context() | {"contents": {"tabbedSearchResultsRenderer": {"tabs": [{"tabRenderer": tab}]}}}


def _context() -> Json:
    return {"responseContext": {"visitorData": VISITOR_DATA}}
