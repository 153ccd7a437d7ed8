"""Pages and scripts that clients read their configuration from."""

from __future__ import annotations

import html
import json

from _local.sandbox.upload import Upload

from .answers import VISITOR_DATA, Json
from .script import PLAYER_ID, SCRIPT_PATH, SIGNATURE_TIMESTAMP

LIVE_PLAYLIST = """\
#EXTM3U
#EXT-X-VERSION:3
#EXT-X-STREAM-INF:BANDWIDTH=150000,CODECS="mp4a.40.2"
https://manifest.googlevideo.com/api/manifest/hls_playlist/live/index.m3u8
"""


def home_page(client: str = "WEB", version: str = "2.20260708.00.00") -> str:
    """The start page of either site: all a client wants of it is `ytcfg`."""
    return f"<!DOCTYPE html><html><head><title>YouTube</title>{_config(client, version)}</head><body></body></html>"


def watch_page(video_id: str, upload: Upload | None, player: Json) -> str:
    """A video's page with configuration, player answer and page data inside."""
    title = html.escape(upload.title if upload else "YouTube")
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{_config('WEB', '2.20260708.00.00')}</head><body>"
        f"<script>var ytInitialPlayerResponse = {_script_json(player)};</script>"
        f"<script>var ytInitialData = {_script_json(next_answer(video_id, upload))};</script></body></html>"
    )


def next_answer(video_id: str, upload: Upload | None) -> Json:
    """What surrounds the player: title and owner."""
    title, channel, channel_id = (upload.title, upload.channel, upload.channel_id) if upload else ("", "", "")
    owner = {"title": {"runs": [{"text": channel, "navigationEndpoint": {"browseEndpoint": {"browseId": channel_id}}}]}}
    contents = [
        {"videoPrimaryInfoRenderer": {"title": {"runs": [{"text": title}]}}},
        {"videoSecondaryInfoRenderer": {"owner": {"videoOwnerRenderer": owner}}},
    ]
    results = {"results": {"results": {"contents": contents}}}
    return {
        "responseContext": {"visitorData": VISITOR_DATA},
        "contents": {"twoColumnWatchNextResults": results},
        "currentVideoEndpoint": {"watchEndpoint": {"videoId": video_id}},
    }


def iframe_script() -> str:
    address = f"https:\\/\\/www.youtube.com\\/s\\/player\\/{PLAYER_ID}\\/www-widgetapi.vflset\\/www-widgetapi.js"
    return f"var scriptUrl = '{address}';"


def _config(client: str, version: str) -> str:
    config = {
        "INNERTUBE_API_KEY": "sandbox",
        "INNERTUBE_API_VERSION": "v1",
        "INNERTUBE_CLIENT_NAME": client,
        "INNERTUBE_CLIENT_VERSION": version,
        "INNERTUBE_CONTEXT": {
            "client": {
                "hl": "en",
                "gl": "US",
                "clientName": client,
                "clientVersion": version,
                "visitorData": VISITOR_DATA,
            }
        },
        "VISITOR_DATA": VISITOR_DATA,
        "LOGGED_IN": False,
        "PLAYER_JS_URL": SCRIPT_PATH,
        "STS": SIGNATURE_TIMESTAMP,
    }
    return f"<script>ytcfg.set({json.dumps(config)});</script>"


def _script_json(value: Json) -> str:
    return json.dumps(value).replace("</", "<\\/")
