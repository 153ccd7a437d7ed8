"""Extraction by yt-dlp in a child process: a video id becomes a media address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from models.audio import AudioFormat, MediaStream
from models.errors import VideoFormatMissing, VideoIsLive
from models.ids import VideoId
from models.settings import Settings
from services.source.classify import LibraryError, extract_error, source_error
from services.source.pool import ChildPool

STAGE = "extract"
NO_RUNTIME = "No JavaScript runtime (deno) was found; only player clients that need none are asked."

# (container, codec as yt-dlp writes it, codec as we name it)
M4A = ("m4a", "mp4a", "aac")
OPUS = ("webm", "opus", "opus")
WANTED = {AudioFormat.M4A: (M4A,), AudioFormat.OPUS: (OPUS,), AudioFormat.MP3: (M4A, OPUS)}


class YtDlpExtractor:
    """An `Extractor`; formats are yt-dlp's choice of clients and its order of quality."""

    def __init__(self, *, pool: ChildPool, settings: Settings) -> None:
        self._pool = pool
        self._timeout_s = settings.extract_timeout_ms / 1000

    async def extract(self, video_id: VideoId, audio_format: AudioFormat) -> MediaStream:
        """See `Extractor.extract`."""
        try:
            answer = await self._pool.ask("extract", stage=STAGE, timeout_s=self._timeout_s, video_id=video_id)
        except LibraryError as exc:
            raise source_error(extract_error(exc.trouble), exc.trouble, stage=STAGE, video_id=video_id) from exc
        warnings = answer.warnings
        if self._pool.versions().get("deno_path") is None:
            warnings = (NO_RUNTIME, *warnings)
        return media_stream(video_id, audio_format, answer.value, warnings)


def media_stream(
    video_id: VideoId, audio_format: AudioFormat, info: dict[str, Any], warnings: tuple[str, ...]
) -> MediaStream:
    """The best stream of sound alone that serves the format. Raises `VideoIsLive`, `VideoFormatMissing`."""
    if info.get("live_status") in {"is_live", "is_upcoming", "post_live"}:
        raise VideoIsLive(stage=STAGE, video_id=video_id, live_status=info["live_status"])
    # yt-dlp lists the best last.
    for entry in reversed(info["formats"]):
        for extension, prefix, codec in WANTED[audio_format]:
            if _fits(entry, extension, prefix):
                return MediaStream(
                    video_id=video_id,
                    url=entry["url"],
                    headers=entry.get("http_headers") or {},
                    extension=extension,
                    codec=codec,
                    bitrate_bps=_bits(entry.get("abr") or entry.get("tbr")),
                    size_bytes=entry.get("filesize"),
                    duration_s=info.get("duration"),
                    title=info.get("title"),
                    available_at=_moment(entry.get("available_at")),
                    warnings=warnings,
                )
    offered = [f"{entry.get('ext')}/{entry.get('acodec')}/{entry.get('protocol')}" for entry in info["formats"]]
    raise VideoFormatMissing(stage=STAGE, video_id=video_id, offered=offered, warnings=list(warnings))


def _fits(entry: dict[str, Any], extension: str, codec: str) -> bool:
    return (
        entry.get("protocol") in {"http", "https"}
        and entry.get("vcodec") == "none"
        and entry.get("ext") == extension
        and str(entry.get("acodec") or "").startswith(codec)
    )


def _bits(kilobits: float | None) -> int | None:
    return round(kilobits * 1000) if kilobits else None


def _moment(timestamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC) if timestamp else None
