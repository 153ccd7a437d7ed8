"""Audio: formats, what an extraction gives, what was measured, what is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.errors import UnsupportedFormat
from models.ids import DurationMs, JobId, MediaName, RecordingKey, SpotifyId, VideoId


class AudioFormat(StrEnum):
    """What a caller may ask for. m4a (AAC) and opus are passed through as YouTube has them; mp3 is a transcode."""

    M4A = "m4a"
    OPUS = "opus"
    MP3 = "mp3"

    @property
    def content_type(self) -> str:
        """The media type of a finished file."""
        return {"m4a": "audio/mp4", "opus": "audio/ogg", "mp3": "audio/mpeg"}[self.value]

    @property
    def is_transcode(self) -> bool:
        """Whether the sound was encoded again."""
        return self is AudioFormat.MP3

    @classmethod
    def parse(cls, text: str | None) -> AudioFormat:
        """The format named by `text` (m4a when nothing is named); raises `UnsupportedFormat`."""
        if not text:
            return cls.M4A
        try:
            return cls(text.lower())
        except ValueError:
            raise UnsupportedFormat from None


def media_name(track_id: SpotifyId, audio_format: AudioFormat) -> MediaName:
    """The file's name under `/media/`: from the id alone, so it is known before the download starts."""
    return MediaName(f"{track_id}.{audio_format.value}")


def job_id(track_id: SpotifyId, audio_format: AudioFormat) -> JobId:
    """The id of the one job for this wish: the same wish is the same job, on every replica."""
    return JobId(f"{track_id}-{audio_format.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStream:
    """A media address that yt-dlp extracted; valid for some hours and for the extracting IP address only."""

    video_id: VideoId
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    """Request headers that the media server expects."""
    extension: str
    """Container: `m4a` or `webm`."""
    codec: str
    """`aac` or `opus`."""
    bitrate_bps: int | None = None
    size_bytes: int | None = None
    duration_s: float | None = None
    title: str | None = None
    available_at: datetime | None = None
    """The media server refuses before this moment (aware, UTC)."""
    warnings: tuple[str, ...] = ()
    """What yt-dlp warned of on the way."""

    @property
    def content_type(self) -> str:
        """The media type of the raw stream, before it is finished."""
        return "audio/mp4" if self.extension == "m4a" else "audio/webm"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """What was measured on a file by decoding all of it."""

    duration_ms: DurationMs
    codec: str
    """`aac`, `opus` or `mp3`."""
    bitrate_bps: int | None
    sample_rate_hz: int | None
    channels: int | None
    mean_volume_db: float
    max_volume_db: float
    track_gain_db: float | None = None
    """ReplayGain 2.0 (reference -18 LUFS)."""
    track_peak: float | None = None
    """Linear, 1.0 is full scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAudio:
    """A finished file: one document of `downloads`, one per recording and format."""

    recording_key: RecordingKey
    format: AudioFormat
    name: MediaName
    """File name under `/media/` (of the track it was first fetched for)."""
    track_id: SpotifyId
    """The track it was first fetched for."""
    track_ids: tuple[SpotifyId, ...]
    """All track ids known to be this recording."""
    video_id: VideoId
    size_bytes: int
    sha256: str
    """Of the finished, tagged file; lower-case hex."""
    duration_ms: DurationMs
    codec: str
    bitrate_bps: int | None
    transcoded: bool
    match_score: float
    match_confidence: float
    title: str
    artists: tuple[str, ...]
    created_at: datetime
    job_id: JobId
    bucket_url: str | None = None
    """Where anybody may fetch it from the bucket; `None` for a bucket that is not public."""
    bucket_key: str | None = None
    """Where it lies in the bucket, in the bucket's own words; set once its bytes were found to be right there."""
    bucket_version: str | None = None
    """The bucket's name for these bytes: git's blob id, S3's ETag."""

    @property
    def etag(self) -> str:
        """Strong entity tag, quotes included."""
        return f'"{self.sha256[:32]}"'
