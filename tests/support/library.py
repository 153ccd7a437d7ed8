"""A `downloads` collection that lives in this process, for tests that are not about the database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from models.audio import AudioFormat, StoredAudio, job_id, media_name
from models.ids import DurationMs, MediaName, RecordingKey, SpotifyId
from tests.support.facts import TRACK_ID, VIDEO_ID


class MemoryDownloads:
    """`DownloadStore`, honest but forgetful."""

    def __init__(self) -> None:
        self.documents: dict[tuple[RecordingKey, AudioFormat], StoredAudio] = {}
        self._claims: dict[tuple[RecordingKey, AudioFormat], tuple[str, datetime]] = {}

    async def by_track(self, track_id: SpotifyId, audio_format: AudioFormat) -> StoredAudio | None:
        found = (audio for audio in self.documents.values() if track_id in audio.track_ids)
        return next((audio for audio in found if audio.format is audio_format), None)

    async def by_tracks(
        self, track_ids: Iterable[SpotifyId], audio_format: AudioFormat | None = None
    ) -> dict[SpotifyId, StoredAudio]:
        found: dict[SpotifyId, StoredAudio] = {}
        for track_id in track_ids:
            for kind in AudioFormat if audio_format is None else (audio_format,):
                audio = await self.by_track(track_id, kind)
                if audio is not None:
                    found.setdefault(track_id, audio)
        return found

    async def by_recording(self, recording_key: RecordingKey, audio_format: AudioFormat) -> StoredAudio | None:
        return self.documents.get((recording_key, audio_format))

    async def by_name(self, name: MediaName) -> StoredAudio | None:
        return next((audio for audio in self.documents.values() if audio.name == name), None)

    async def put(self, audio: StoredAudio) -> None:
        self.documents[audio.recording_key, audio.format] = audio

    async def add_track(self, audio: StoredAudio, track_id: SpotifyId) -> None:
        await self.put(replace(audio, track_ids=(*audio.track_ids, track_id)))

    async def remove(self, recording_key: RecordingKey, audio_format: AudioFormat) -> None:
        self.documents.pop((recording_key, audio_format), None)

    async def claim(self, recording_key: RecordingKey, audio_format: AudioFormat, owner: str, until: datetime) -> bool:
        holder, end = self._claims.get((recording_key, audio_format), (owner, until))
        if holder != owner and end > datetime.now(UTC):
            return False
        self._claims[recording_key, audio_format] = (owner, until)
        return True

    async def release(self, recording_key: RecordingKey, audio_format: AudioFormat, owner: str) -> None:
        if self._claims.get((recording_key, audio_format), ("",))[0] == owner:
            del self._claims[recording_key, audio_format]


def make_audio(data: bytes, audio_format: AudioFormat = AudioFormat.M4A, **changes: Any) -> StoredAudio:
    """The document of a file with these bytes."""
    values: dict[str, Any] = {
        "recording_key": RecordingKey(f"track-{TRACK_ID}"),
        "format": audio_format,
        "name": media_name(TRACK_ID, audio_format),
        "track_id": TRACK_ID,
        "track_ids": (TRACK_ID,),
        "video_id": VIDEO_ID,
        "size_bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "duration_ms": DurationMs(200_000),
        "codec": "aac",
        "bitrate_bps": 128_000,
        "transcoded": False,
        "match_score": 100.0,
        "match_confidence": 0.99,
        "title": "Sæglópur",
        "artists": ("Sigur Rós", "椎名林檎"),
        "created_at": datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
        "job_id": job_id(TRACK_ID, audio_format),
    }
    return StoredAudio(**{**values, **changes})
