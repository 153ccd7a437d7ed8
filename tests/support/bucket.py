"""Buckets and what works with them, for tests."""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from models.audio import AudioFormat, StoredAudio, job_id, media_name
from models.bucket import parse_bucket_name
from models.ids import RecordingKey, SpotifyId
from services.bucket.base import Bucket, Upload
from services.bucket.github import MAX_REPOSITORY_BYTES, GithubBucket
from services.bucket.github_client import GithubClient
from services.bucket.keeper import BucketService, home_name
from services.bucket.pace import MemoryPaceBook, PaceBook, Window, WritePace
from services.bucket.timing import BucketTiming
from services.library import AudioLibrary
from services.storage.local import LocalStorage
from services.store.bucket_index import MongoBucketIndex
from services.store.bucket_lanes import MongoLanes
from services.store.downloads import MongoDownloadStore
from services.store.mongo import MongoDatabase
from services.store.outbox import MongoOutbox
from tests.support.library import make_audio

REPOSITORY = "somebody/songs"
TOKEN = "ghp_do-not-tell-anybody"
ANY_PACE = (Window(1000, 60.0),)

QUICK = BucketTiming(
    idle_s=0.05,
    turn_wait_s=0.05,
    lease_s=5.0,
    first_pause_s=0.05,
    longest_pause_s=0.2,
    audit_every_s=3600.0,
    audit_confirm_s=0.05,
    settle_s=0.0,
    evict_look_s=0.05,
    evict_pause_s=0.01,
    orphan_s=60.0,
)


def song_bytes(number: int, size_bytes: int = 4000) -> bytes:
    """Bytes of a song, the same for the same number."""
    return random.Random(number).randbytes(size_bytes)


def song_id(number: int) -> SpotifyId:
    """A track id."""
    return SpotifyId(f"{number:022d}")


def song(number: int, data: bytes | None = None, audio_format: AudioFormat = AudioFormat.M4A) -> StoredAudio:
    """The document of a finished song."""
    track_id = song_id(number)
    return make_audio(
        song_bytes(number) if data is None else data,
        audio_format,
        recording_key=RecordingKey(f"track-{track_id}"),
        track_id=track_id,
        track_ids=(track_id,),
        name=media_name(track_id, audio_format),
        job_id=job_id(track_id, audio_format),
        title=f"Song {number}",
    )


def upload(number: int, data: bytes | None = None) -> Upload:
    """A file on its way into a bucket."""
    data = song_bytes(number) if data is None else data
    sha256 = hashlib.sha256(data).hexdigest()
    return Upload(
        path=f"{sha256[:2]}/{song_id(number)}.m4a",
        data=data,
        sha256=sha256,
        content_type="audio/mp4",
        title=f"Song {number}",
    )


def github_bucket(
    host: str,
    name: str = REPOSITORY,
    *,
    token: str = TOKEN,
    book: PaceBook | None = None,
    windows: Sequence[Window] = ANY_PACE,
    cdn_host: str | None = None,
    max_repository_bytes: int = MAX_REPOSITORY_BYTES,
    timeout_s: int = 20,
) -> GithubBucket:
    """A bucket on the stand-in."""
    return GithubBucket(
        places=parse_bucket_name(name),
        client=GithubClient(host=host, token=token, user="A Server", email="server@example.org", timeout_s=timeout_s),
        pace=WritePace(book=book or MemoryPaceBook(), name=host, windows=windows),
        cdn_host=cdn_host,
        max_repository_bytes=max_repository_bytes,
    )


class Shelf:
    """One process's finished songs, over a folder, a database and a bucket."""

    def __init__(
        self,
        *,
        home: Path,
        name: str,
        database: MongoDatabase,
        bucket: Bucket,
        max_bytes: int | None = None,
        timing: BucketTiming = QUICK,
    ) -> None:
        self.home = home
        self.storage = LocalStorage(home)
        self.downloads = MongoDownloadStore(database)
        self.outbox = MongoOutbox(database)
        self.index = MongoBucketIndex(database)
        self.bucket = bucket
        self.service = BucketService(
            bucket=bucket,
            outbox=self.outbox,
            index=self.index,
            lanes=MongoLanes(database),
            downloads=self.downloads,
            storage=self.storage,
            home=name,
            max_bytes=max_bytes,
            timing=timing,
        )
        self.library = AudioLibrary(downloads=self.downloads, storage=self.storage, bucket=self.service)

    async def finish(self, number: int, data: bytes | None = None) -> StoredAudio:
        """A download ends: the same call as in `services.fulfil`."""
        data = song_bytes(number) if data is None else data
        audio = song(number, data)
        work = await self.storage.work_folder(audio.job_id)
        try:
            (work / audio.name).write_bytes(data)
            await self.library.keep(work / audio.name, audio)
        finally:
            await self.storage.discard(work)
        return audio

    async def known(self, number: int) -> StoredAudio | None:
        """The document now."""
        return await self.downloads.by_name(song(number).name)

    async def is_placed(self, number: int) -> bool:
        """Whether the song is believed to lie in the bucket."""
        audio = await self.known(number)
        return audio is not None and audio.bucket_key is not None

    async def is_idle(self) -> bool:
        """Whether nothing is left to be done to the bucket."""
        return await self.outbox.waiting() == 0

    def stat(self, name: str) -> int:
        """One of the counts."""
        found: int = self.service.stats()[name]
        return found

    def local_names(self) -> set[str]:
        """The files on the disk."""
        return {path.name for path in (self.home / "audio").glob("*/*")}

    def local_bytes(self) -> int:
        """What they take."""
        return sum(path.stat().st_size for path in (self.home / "audio").glob("*/*"))


@asynccontextmanager
async def shelf(
    home: Path,
    database: MongoDatabase,
    bucket: Bucket,
    *,
    max_bytes: int | None = None,
    timing: BucketTiming = QUICK,
    started: bool = True,
) -> AsyncIterator[Shelf]:
    """A shelf whose background work runs, if `started`."""
    made = Shelf(
        home=home,
        name=await home_name(home),
        database=database,
        bucket=bucket,
        max_bytes=max_bytes,
        timing=timing,
    )
    await made.storage.prepare()
    if started:
        made.service.start()
    try:
        yield made
    finally:
        await made.service.close()
