"""Audio known, in MongoDB.

`downloads` (`_id`: `<recording key>-<format>`) has one document per finished file. `download_tracks` (`_id`: track id)
has a field per format: the `_id` of the download that serves the track. `claims` (`_id` as in `downloads`) says who
fetches a recording now: a claim is never in sight of those who look for files.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from models.audio import AudioFormat, StoredAudio
from models.ids import MediaName, RecordingKey, SpotifyId
from services.store.documents import Clock, parsed, plain, slices, to_ms, utc_now
from services.store.mongo import Document, MongoDatabase
from services.store.versioned import change

PREFERENCE = (AudioFormat.M4A, AudioFormat.OPUS, AudioFormat.MP3)


class MongoDownloadStore:
    """Implements `DownloadStore`."""

    def __init__(self, db: MongoDatabase, *, clock: Clock = utc_now) -> None:
        self._downloads = db.collection("downloads")
        self._tracks = db.collection("download_tracks")
        self._claims = db.collection("claims")
        self._clock = clock

    async def by_track(self, track_id: SpotifyId, audio_format: AudioFormat) -> StoredAudio | None:
        """The file that serves this track."""
        links = await self._tracks.find_one({"_id": track_id}) or {}
        key = links.get(audio_format.value)
        return None if key is None else await self._by_id(key)

    async def by_tracks(
        self, track_ids: Iterable[SpotifyId], audio_format: AudioFormat | None = None
    ) -> dict[SpotifyId, StoredAudio]:
        """For each track that has one, the file that serves it: of this format, or m4a before opus before mp3."""
        wanted = list(dict.fromkeys(track_ids))
        formats = PREFERENCE if audio_format is None else (audio_format,)
        links: dict[SpotifyId, list[str]] = {}
        for ids in slices(wanted):
            for link in await self._tracks.find({"_id": {"$in": ids}}):
                links[link["_id"]] = [link[kind.value] for kind in formats if link.get(kind.value)]
        files: dict[str, StoredAudio] = {}
        for keys in slices(list(dict.fromkeys(key for linked in links.values() for key in linked))):
            for document in await self._downloads.find({"_id": {"$in": keys}}):
                files[document["_id"]] = parsed(StoredAudio, document)
        served = {track_id: [files[key] for key in links.get(track_id, ()) if key in files] for track_id in wanted}
        return {track_id: audio[0] for track_id, audio in served.items() if audio}

    async def by_recording(self, recording_key: RecordingKey, audio_format: AudioFormat) -> StoredAudio | None:
        """The file of this recording."""
        return await self._by_id(_key(recording_key, audio_format))

    async def by_name(self, name: MediaName) -> StoredAudio | None:
        """The file with this name under `/media/`."""
        document = await self._downloads.find_one({"name": name})
        return None if document is None else parsed(StoredAudio, document)

    async def put(self, audio: StoredAudio) -> None:
        """Keeps the document, replacing the recording's former one of that format, and serving its tracks."""
        key = _key(audio.recording_key, audio.format)
        # There is one file of a name: what else was known under it has just been overwritten.
        for other in await self._downloads.find({"name": audio.name}):
            if other["_id"] != key:
                await self._forget(other["_id"], audio.format)

        def merged(former: Document | None) -> Document:
            track_ids = dict.fromkeys([*audio.track_ids, *(former["track_ids"] if former else ())])
            return plain(audio) | {"track_ids": list(track_ids)}  # type: ignore[no-any-return]

        document = await change(self._downloads, key, merged)
        await self._link(document["track_ids"] if document else [], audio.format, key)

    async def add_track(self, audio: StoredAudio, track_id: SpotifyId) -> None:
        """Remembers that this file serves `track_id` too; nothing happens when the file is not known any more."""
        key = _key(audio.recording_key, audio.format)

        def added(document: Document | None) -> Document | None:
            if document is None:
                return None
            return {"track_ids": list(dict.fromkeys([*document["track_ids"], track_id]))}

        if await change(self._downloads, key, added) is not None:
            await self._link([track_id], audio.format, key)

    async def drop_track(self, audio: StoredAudio, track_id: SpotifyId) -> None:
        """Lets this file serve `track_id` no more; its other tracks keep it."""
        key = _key(audio.recording_key, audio.format)

        def dropped(document: Document | None) -> Document | None:
            if document is None or track_id not in document["track_ids"]:
                return None
            return {"track_ids": [other for other in document["track_ids"] if other != track_id]}

        await change(self._downloads, key, dropped)
        await self._unlink(track_id, audio.format, key)

    async def remove(self, recording_key: RecordingKey, audio_format: AudioFormat) -> None:
        """Forgets the file."""
        await self._forget(_key(recording_key, audio_format), audio_format)

    async def claim(self, recording_key: RecordingKey, audio_format: AudioFormat, owner: str, until: datetime) -> bool:
        """Makes `owner` the one that may fetch this recording, unless a living other claim stands. Renews its own."""

        def taken(claim: Document | None) -> Document | None:
            if claim is not None and claim["owner"] != owner and claim["until"] > self._clock():
                return None
            return {"owner": owner, "until": to_ms(until)}

        return await change(self._claims, _key(recording_key, audio_format), taken) is not None

    async def release(self, recording_key: RecordingKey, audio_format: AudioFormat, owner: str) -> None:
        """Gives the claim back, if `owner` still holds it."""
        await self._claims.delete({"_id": _key(recording_key, audio_format), "owner": owner})

    async def _by_id(self, key: str) -> StoredAudio | None:
        document = await self._downloads.find_one({"_id": key})
        return None if document is None else parsed(StoredAudio, document)

    async def _link(self, track_ids: Iterable[str], audio_format: AudioFormat, key: str) -> None:
        await self._tracks.upsert_many({track_id: {"$set": {audio_format.value: key}} for track_id in track_ids})

    async def _forget(self, key: str, audio_format: AudioFormat) -> None:
        document = await self._downloads.find_one({"_id": key})
        if document is None:
            return
        await self._downloads.delete({"_id": key})
        # A link that outlives its document, after a crash here, leads nowhere and harms nobody.
        for track_id in document["track_ids"]:
            await self._unlink(track_id, audio_format, key)

    async def _unlink(self, track_id: str, audio_format: AudioFormat, key: str) -> None:
        await self._tracks.update({"_id": track_id, audio_format.value: key}, {"$unset": {audio_format.value: ""}})


def _key(recording_key: RecordingKey, audio_format: AudioFormat) -> str:
    return f"{recording_key}-{audio_format.value}"
