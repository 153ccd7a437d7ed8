"""The audio this server has: what the database knows, believed only as far as the file is really there."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from models.audio import AudioFormat, StoredAudio
from models.ids import MediaName, RecordingKey, SpotifyId
from services.storage.base import AudioStorage
from services.store.base import DownloadStore

logger = logging.getLogger(__name__)


class AudioLibrary:
    """Looks files up; a document whose file is gone is removed and counted, and the audio counts as unknown."""

    def __init__(self, *, downloads: DownloadStore, storage: AudioStorage) -> None:
        self._downloads = downloads
        self._storage = storage
        self.missing = 0
        """Documents found without their file since the start."""

    async def by_track(self, track_id: SpotifyId, audio_format: AudioFormat) -> StoredAudio | None:
        """The file that serves this track."""
        return await self._present(await self._downloads.by_track(track_id, audio_format))

    async def by_tracks(
        self, track_ids: Iterable[SpotifyId], audio_format: AudioFormat
    ) -> dict[SpotifyId, StoredAudio]:
        """For each track that has one, the file of this format that serves it."""
        found = await self._downloads.by_tracks(track_ids, audio_format)
        return {track_id: audio for track_id, audio in found.items() if await self._present(audio) is not None}

    async def by_recording(self, recording: RecordingKey, audio_format: AudioFormat) -> StoredAudio | None:
        """The file of this recording."""
        return await self._present(await self._downloads.by_recording(recording, audio_format))

    async def by_name(self, name: MediaName) -> StoredAudio | None:
        """The file with this name under `/media/`."""
        return await self._present(await self._downloads.by_name(name))

    async def _present(self, audio: StoredAudio | None) -> StoredAudio | None:
        if audio is None or audio.bucket_url is not None or await self._storage.stat(audio.name) is not None:
            return audio
        self.missing += 1
        logger.error("stored_file_missing", extra={"media_name": audio.name, "recording": audio.recording_key})
        await self._downloads.remove(audio.recording_key, audio.format)
        return None
