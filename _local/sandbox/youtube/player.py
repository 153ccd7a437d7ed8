"""The player's answer: details, formats and signed media URLs, each client in its own way."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from _local.sandbox.upload import Trouble, Upload

from .answers import VISITOR_DATA, Json, thumbnails
from .playability import playability
from .script import Signer, scramble, turn

Way = Literal["plain", "riddles", "sabr", "token"]

PLAIN_CLIENTS = frozenset({"VISIONOS"})
SABR_CLIENTS = frozenset({"WEB", "WEB_REMIX", "MWEB", "WEB_CREATOR"})
TOKEN_CLIENTS = frozenset({"ANDROID", "ANDROID_VR", "IOS", "ANDROID_MUSIC"})

URL_LIFE_S = 6 * 3600
SIGNED = ("expire", "ei", "id", "itag", "source", "mime", "clen", "dur", "c")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One of YouTube's two usual sound formats."""

    itag: int
    mime: str
    codecs: str
    rate_hz: int


KINDS = {
    "m4a": Kind(itag=140, mime="audio/mp4", codecs="mp4a.40.2", rate_hz=44_100),
    "opus": Kind(itag=251, mime="audio/webm", codecs="opus", rate_hz=48_000),
}
FORMATS = {kind.itag: name for name, kind in KINDS.items()}


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a valid media URL allows."""

    video_id: str
    format: str
    nonce: str


def way_of(client: str) -> Way:
    """How a client gets its URLs: as they are, behind the script's riddles, not at all, or bound to a PO token."""
    if client in PLAIN_CLIENTS:
        return "plain"
    if client in SABR_CLIENTS:
        return "sabr"
    return "token" if client in TOKEN_CLIENTS else "riddles"


class Player:
    """Answers `/player` and judges the media URLs it gave out."""

    def __init__(self) -> None:
        self._signer = Signer()

    def answer(self, upload: Upload, trouble: Trouble, client: str, files: Mapping[str, Path]) -> Json:
        """`files` are the upload's sounds by format; with a trouble they are not looked at."""
        answer: Json = {
            "responseContext": {"visitorData": VISITOR_DATA},
            "playabilityStatus": playability(trouble, embedded=client == "WEB_EMBEDDED_PLAYER"),
            "videoDetails": _details(upload, trouble),
            "microformat": {"playerMicroformatRenderer": _microformat(upload, trouble)},
        }
        if trouble == "live":
            address = (
                f"https://manifest.googlevideo.com/api/manifest/hls_variant/id/{upload.video_id}.1/file/index.m3u8"
            )
            answer["streamingData"] = {"expiresInSeconds": "21540", "hlsManifestUrl": address, "adaptiveFormats": []}
        elif not trouble:
            formats = [self._format(upload, name, client, path) for name, path in files.items()]
            answer["streamingData"] = {"expiresInSeconds": "21540", "adaptiveFormats": formats}
            if way_of(client) == "sabr":
                answer["streamingData"]["serverAbrStreamingUrl"] = (
                    "https://rr1---sn-sandbox.googlevideo.com/videoplayback"
                )
        return answer

    def judge(self, query: Mapping[str, str]) -> Grant | None:
        """What a media URL's query allows; None when it is forged, expired or a riddle was not solved."""
        if any(name not in query for name in (*SIGNED, "sig")):
            return None
        if query["sig"] != self._signer.signature({name: query[name] for name in SIGNED}):
            return None
        way = way_of(query["c"])
        if int(query["expire"]) < time.time() or query.get("n") not in (None, self._answer_to_n(query["ei"])):
            return None
        if (way == "riddles" and "n" not in query) or (way == "token" and not query.get("pot")):
            return None
        return Grant(video_id=query["id"].removeprefix("o-"), format=FORMATS[int(query["itag"])], nonce=query["ei"])

    def _answer_to_n(self, nonce: str) -> str:
        return turn(self._signer.challenge(nonce))

    def _format(self, upload: Upload, name: str, client: str, path: Path) -> Json:
        kind, size, way = KINDS[name], path.stat().st_size, way_of(client)
        fields = {
            "expire": str(int(time.time()) + URL_LIFE_S),
            "ei": secrets.token_urlsafe(12),
            "id": f"o-{upload.video_id}",
            "itag": str(kind.itag),
            "source": "youtube",
            "mime": kind.mime,
            "clen": str(size),
            "dur": f"{upload.duration_s:.3f}",
            "c": client,
        }
        signature = self._signer.signature(fields)
        fields |= {"ip": "127.0.0.1", "requiressl": "yes", "sparams": ",".join(SIGNED)}
        if way == "riddles":
            fields["n"] = self._signer.challenge(fields["ei"])
        bitrate = 8 * size // max(1, upload.duration_s)
        answer: Json = {
            "itag": kind.itag,
            "mimeType": f'{kind.mime}; codecs="{kind.codecs}"',
            "bitrate": bitrate + 1000,
            "averageBitrate": bitrate,
            "lastModified": "1705841431266645",
            "contentLength": str(size),
            "quality": "tiny",
            "projectionType": "RECTANGULAR",
            "audioQuality": "AUDIO_QUALITY_MEDIUM",
            "approxDurationMs": str(1000 * upload.duration_s),
            "audioSampleRate": str(kind.rate_hz),
            "audioChannels": 2,
            "loudnessDb": -0.47,
        }
        host = f"rr{1 + sum(upload.video_id.encode()) % 5}---sn-sandbox.googlevideo.com"
        address = f"https://{host}/videoplayback?"
        if way == "riddles":
            cipher = {"s": scramble(signature), "sp": "sig", "url": address + urlencode(fields)}
            answer["signatureCipher"] = urlencode(cipher)
        elif way != "sabr":
            answer["url"] = address + urlencode(fields | {"sig": signature})
        return answer


def _details(upload: Upload, trouble: Trouble) -> Json:
    live = trouble == "live"
    return {
        "videoId": upload.video_id,
        "title": upload.title,
        "lengthSeconds": "0" if live else str(upload.duration_s),
        "channelId": upload.channel_id,
        "isOwnerViewing": False,
        "shortDescription": _description(upload),
        "isCrawlable": True,
        "thumbnail": thumbnails(upload.video_id),
        "allowRatings": True,
        "viewCount": str(upload.views),
        "author": upload.channel,
        "isPrivate": trouble == "private",
        "isUnpluggedCorpus": False,
        "isLiveContent": live,
        **({"isLive": True} if live else {}),
    }


def _description(upload: Upload) -> str:
    if upload.kind != "ATV":
        return upload.title
    names = " · ".join((upload.title, *upload.artists))
    return f"Provided to YouTube by Sandbox Records\n\n{names}\n\n{upload.album or ''}\n\nAuto-generated by YouTube."


def _microformat(upload: Upload, trouble: Trouble) -> Json:
    body: Json = {
        "title": {"simpleText": upload.title},
        "lengthSeconds": str(upload.duration_s),
        "ownerChannelName": upload.channel,
        "externalChannelId": upload.channel_id,
        "category": "Music",
        "isFamilySafe": trouble != "age_restricted",
        "availableCountries": ["DE", "FR"] if trouble == "geo_blocked" else ["DE", "FR", "GB", "US"],
        "publishDate": "2020-01-31T00:00:00-08:00",
        "uploadDate": "2020-01-31T00:00:00-08:00",
    }
    if trouble == "live":
        body["liveBroadcastDetails"] = {"isLiveNow": True, "startTimestamp": "2026-01-01T00:00:00+00:00"}
    return body


def missing_answer(video_id: str) -> Json:
    """What the player says of an id that no upload has."""
    return {
        "responseContext": {"visitorData": VISITOR_DATA},
        "playabilityStatus": {
            "status": "ERROR",
            "reason": "Video unavailable",
            "errorScreen": {
                "playerErrorMessageRenderer": {
                    "reason": {"simpleText": "Video unavailable"},
                    "subreason": {"simpleText": "This video is no longer available"},
                }
            },
        },
        "videoDetails": {"videoId": video_id},
    }
