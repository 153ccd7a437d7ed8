"""Search rows of ytmusicapi and yt-dlp as candidates. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from models.ids import VideoId, is_video_id
from models.match import Candidate, Finding, QueryKind, Shelf, VideoType

TOPIC = " - Topic"
_MULTIPLIERS = {"": 1, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
_VIEWS = re.compile(r"([\d.,]+)\s*([KMB]?)(?:\s+(?:views|plays))?", re.IGNORECASE)
_OPERATORS = re.compile(r'(?<!\S)-+(?=[^\s-])|["“”„]')


def clean_query(text: str) -> str:
    """`text` without what YouTube takes as an operator: a minus before a word (which excludes it) and quotes."""
    cleaned = " ".join(_OPERATORS.sub(" ", text).split())
    return cleaned or text.strip()


def from_music(rows: Iterable[dict[str, Any]], shelf: Shelf, kind: QueryKind) -> list[Candidate]:
    """Rows of a YouTube Music shelf; those without a video id (withdrawn songs) are left out, ranks kept."""
    found = []
    for rank, row in enumerate(rows):
        video_id = row.get("videoId")
        if not isinstance(video_id, str) or not is_video_id(video_id):
            continue
        artists = [artist for artist in row.get("artists") or () if artist.get("name")]
        video_type = _video_type(row.get("videoType"))
        found.append(
            Candidate(
                video_id=VideoId(video_id),
                title=row.get("title") or "",
                artists=tuple(artist["name"] for artist in artists),
                # For a video the one "artist" is the channel it is on.
                channel=artists[0]["name"] if artists else None,
                channel_id=artists[0].get("id") if artists else None,
                album=(row.get("album") or {}).get("name"),
                duration_s=_number(row.get("duration_seconds")),
                views=parse_views(row.get("views")),
                video_type=video_type,
                is_song=row.get("resultType") == "song",
                official=None if video_type is None else video_type is not VideoType.UGC,
                explicit=row.get("isExplicit"),
                available=bool(row.get("isAvailable", True)),
                found_in=(Finding(shelf=shelf, query_kind=kind, rank=rank),),
            )
        )
    return found


def from_youtube(entries: Iterable[dict[str, Any]], kind: QueryKind) -> list[Candidate]:
    """Entries of a plain YouTube search; live and upcoming ones are left out, ranks kept."""
    found = []
    for rank, entry in enumerate(entries):
        video_id = entry.get("id")
        if not isinstance(video_id, str) or not is_video_id(video_id):
            continue
        if entry.get("live_status") in {"is_live", "is_upcoming"}:
            continue
        channel: str | None = entry.get("channel") or entry.get("uploader")
        is_topic = channel is not None and channel.endswith(TOPIC)
        found.append(
            Candidate(
                video_id=VideoId(video_id),
                title=entry.get("title") or "",
                artists=(channel.removesuffix(TOPIC),) if channel and is_topic else (),
                channel=channel,
                channel_id=entry.get("channel_id"),
                duration_s=_number(entry.get("duration")),
                views=entry.get("view_count"),
                # Only YouTube itself makes channels with this name.
                official=True if is_topic else None,
                channel_verified=bool(entry.get("channel_is_verified")),
                found_in=(Finding(shelf=Shelf.YOUTUBE, query_kind=kind, rank=rank),),
            )
        )
    return found


def parse_views(text: object) -> int | None:
    """`1.2M` → 1200000; `None` when it is not an English count."""
    if not isinstance(text, str) or (found := _VIEWS.fullmatch(text.strip())) is None:
        return None
    try:
        return round(float(found[1].replace(",", "")) * _MULTIPLIERS[found[2].upper()])
    except ValueError:
        return None


def _video_type(text: object) -> VideoType | None:
    name = str(text or "").removeprefix("MUSIC_VIDEO_TYPE_")
    return VideoType(name) if name in VideoType.__members__ else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
