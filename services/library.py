"""The audio this server has: what the database knows, believed only as far as the file is there or in the bucket."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from pathlib import Path

from models.audio import AudioFormat, StoredAudio
from models.errors import MediaNotReady
from models.ids import MediaName, RecordingKey, SpotifyId
from services.bucket.base import BucketKeeper
from services.storage.base import AudioStorage, OpenAudio
from services.store.base import DownloadStore

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 5.0
FETCH_TRIES = 3
"""A file that was fetched back onto a disk that is too small may have to go before it was opened."""


class AudioLibrary:
    """Keeps finished files and looks them up.

    A document whose file is gone, and not in the bucket either, is removed and counted: the audio counts as unknown.
    The look-ups raise `MediaNotReady` for a file that lies on another machine and is about to come to the bucket.
    """

    def __init__(self, *, downloads: DownloadStore, storage: AudioStorage, bucket: BucketKeeper | None = None) -> None:
        self._downloads = downloads
        self._storage = storage
        self._bucket = bucket
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
        present: dict[SpotifyId, StoredAudio] = {}
        for track_id, audio in found.items():
            # One that another machine is about to upload is waited for by its own job, not by the whole list.
            with contextlib.suppress(MediaNotReady):
                if await self._present(audio) is not None:
                    present[track_id] = audio
        return present

    async def by_recording(self, recording: RecordingKey, audio_format: AudioFormat) -> StoredAudio | None:
        """The file of this recording."""
        return await self._present(await self._downloads.by_recording(recording, audio_format))

    async def by_name(self, name: MediaName) -> StoredAudio | None:
        """The file with this name under `/media/`."""
        return await self._present(await self._downloads.by_name(name))

    async def keep(self, finished: Path, audio: StoredAudio) -> None:
        """Takes the file over under the name in `audio`, then says so, and has it uploaded in the background.

        The file lies in its place before anything says so: a death in between costs a repeat, never a wrong answer.
        Raises `DiskFull`, `StorageFailed` or `DatabaseUnavailable`.
        """
        formers = [
            await self._downloads.by_recording(audio.recording_key, audio.format),
            await self._downloads.by_name(audio.name),
        ]
        await self._storage.keep(finished, audio.name)
        await self._downloads.put(audio)
        if self._bucket is not None:
            await self._bucket.finished(audio)
            for former in formers:
                if former is not None and former.sha256 != audio.sha256:
                    await self._bucket.dropped(former)

    async def open(self, audio: StoredAudio) -> OpenAudio | None:
        """The file, from the disk or fetched back from the bucket; `None` when it is in neither.

        Raises a `StorageError`: then it could not be learnt, or there is no room for it.
        """
        opened = await self._storage.open(audio.name)
        if opened is not None or not self._in_bucket(audio):
            return opened
        return await self.fetch_back(audio)

    async def can_open(self, audio: StoredAudio) -> bool:
        """Whether the file is on the disk with its right size, or in the bucket. Raises `StorageFailed`."""
        file = await self._storage.stat(audio.name)
        return self._in_bucket(audio) if file is None else file.size_bytes == audio.size_bytes

    async def fetch_back(self, audio: StoredAudio) -> OpenAudio | None:
        """The file, fetched back from the bucket now; `None` when the bucket has lost it. Raises a `StorageError`."""
        if self._bucket is None or not self._in_bucket(audio):
            return None
        for _ in range(FETCH_TRIES):
            if not await self._bucket.restore(audio):
                return None
            if (opened := await self._storage.open(audio.name)) is not None:
                return opened
        raise MediaNotReady(retry_after_s=RETRY_AFTER_S)

    async def forget(self, audio: StoredAudio) -> None:
        """Removes the audio everywhere: document, file, and the bucket's copy. May be repeated safely."""
        await self._downloads.remove(audio.recording_key, audio.format)
        await self._storage.delete(audio.name)
        if self._bucket is not None:
            await self._bucket.dropped(audio)

    async def release(self, audio: StoredAudio, track_id: SpotifyId) -> tuple[SpotifyId, ...]:
        """Lets the audio serve this track no more, and gives the tracks that lost it.

        A file under the track's own name goes whole: the track's next one takes the name.
        """
        if audio.track_id == track_id or audio.track_ids == (track_id,):
            await self.forget(audio)
            return audio.track_ids
        await self._downloads.drop_track(audio, track_id)
        return (track_id,)

    async def _present(self, audio: StoredAudio | None) -> StoredAudio | None:
        if audio is None or self._in_bucket(audio) or audio.bucket_url is not None:
            return audio
        if await self._storage.stat(audio.name) is not None:
            return audio
        if self._bucket is not None and await self._bucket.is_awaited(audio):
            raise MediaNotReady(retry_after_s=RETRY_AFTER_S)
        self.missing += 1
        logger.error("stored_file_missing", extra={"media_name": audio.name, "recording": audio.recording_key})
        await self._downloads.remove(audio.recording_key, audio.format)
        return None

    def _in_bucket(self, audio: StoredAudio) -> bool:
        return self._bucket is not None and self._bucket.holds(audio)
