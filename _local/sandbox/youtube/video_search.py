"""www.youtube.com's search answers."""

from __future__ import annotations

from collections.abc import Sequence

from _local.sandbox.upload import Upload

from .answers import VISITOR_DATA, Json, clock, page_token, short_number, thumbnails

PAGE = 20
VIDEOS_ONLY = "EgIQAfABAQ=="


def search_answer(query: str, params: str, hits: Sequence[Upload], offset: int) -> Json:
    """The page of `hits` that begins at `offset`; without the videos-only filter a channel leads the first page."""
    items: list[Json] = [video_item(upload) for upload in hits[offset : offset + PAGE]]
    if offset == 0 and hits and params != VIDEOS_ONLY:
        items.insert(0, _channel_item(hits[0]))
    contents: list[Json] = [{"itemSectionRenderer": {"contents": items or [_nothing()]}}]
    if offset + PAGE < len(hits):
        contents.append(_continuation(page_token(query, offset + PAGE, params)))
    answer: Json = {"responseContext": {"visitorData": VISITOR_DATA}, "estimatedResults": str(len(hits))}
    if offset:
        answer["onResponseReceivedCommands"] = [{"appendContinuationItemsAction": {"continuationItems": contents}}]
    else:
        section = {"sectionListRenderer": {"contents": contents, "hideBottomSeparator": True}}
        answer["contents"] = {"twoColumnSearchResultsRenderer": {"primaryContents": section}}
    return answer


def video_item(upload: Upload) -> Json:
    """One `videoRenderer`."""
    channel = {
        "runs": [
            {
                "text": upload.channel,
                "navigationEndpoint": {
                    "commandMetadata": {"webCommandMetadata": {"url": f"/channel/{upload.channel_id}"}},
                    "browseEndpoint": {"browseId": upload.channel_id},
                },
            }
        ]
    }
    item: Json = {
        "videoId": upload.video_id,
        "thumbnail": thumbnails(upload.video_id),
        "title": {"runs": [{"text": upload.title}]},
        "longBylineText": channel,
        "ownerText": channel,
        "shortBylineText": channel,
        "publishedTimeText": {"simpleText": "3 years ago"},
        "navigationEndpoint": {
            "commandMetadata": {"webCommandMetadata": {"url": f"/watch?v={upload.video_id}"}},
            "watchEndpoint": {"videoId": upload.video_id},
        },
        "showActionMenu": False,
    }
    if upload.trouble == "live":
        item["viewCountText"] = {"runs": [{"text": f"{upload.views:,}"}, {"text": " watching"}]}
        item["badges"] = [{"metadataBadgeRenderer": {"style": "BADGE_STYLE_TYPE_LIVE_NOW", "label": "LIVE"}}]
        item["thumbnailOverlays"] = [{"thumbnailOverlayTimeStatusRenderer": {"style": "LIVE"}}]
        del item["publishedTimeText"]
    else:
        item["lengthText"] = {"simpleText": clock(upload.duration_s)}
        item["viewCountText"] = {"simpleText": f"{upload.views:,} views"}
        item["shortViewCountText"] = {"simpleText": f"{short_number(upload.views)} views"}
    if upload.kind != "UGC":
        badge = {"style": "BADGE_STYLE_TYPE_VERIFIED_ARTIST", "tooltip": "Official Artist Channel"}
        item["ownerBadges"] = [{"metadataBadgeRenderer": badge}]
    return {"videoRenderer": item}


def _channel_item(upload: Upload) -> Json:
    return {
        "channelRenderer": {
            "channelId": upload.channel_id,
            "title": {"simpleText": upload.channel},
            "navigationEndpoint": {
                "commandMetadata": {"webCommandMetadata": {"url": f"/channel/{upload.channel_id}"}},
                "browseEndpoint": {"browseId": upload.channel_id},
            },
        }
    }


def _continuation(token: str) -> Json:
    command = {"token": token, "request": "CONTINUATION_REQUEST_TYPE_SEARCH"}
    endpoint = {
        "commandMetadata": {"webCommandMetadata": {"sendPost": True, "apiUrl": "/youtubei/v1/search"}},
        "continuationCommand": command,
    }
    item = {"trigger": "CONTINUATION_TRIGGER_ON_ITEM_SHOWN", "continuationEndpoint": endpoint}
    return {"continuationItemRenderer": item}


def _nothing() -> Json:
    return {"backgroundPromoRenderer": {"title": {"simpleText": "No results found"}}}
