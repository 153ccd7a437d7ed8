"""Finished audio as plain files under `home/audio`, work in progress under `home/parts`."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from models.errors import InvalidRequest, StorageFailed
from models.ids import MediaName
from services.storage.base import StoredFile
from services.storage.cached import CachedFile, Eviction, cached_files, evict, lock_for_reading, place_new
from services.storage.faults import translated
from services.storage.work import WorkFolders

logger = logging.getLogger(__name__)

T = TypeVar("T")

CHUNK_BYTES = 128 * 1024

_NAME = re.compile(r"[0-9A-Za-z]{22}\.(?:m4a|opus|mp3)")
_UNSAFE = re.compile(r"[^0-9A-Za-z._-]+")


class LocalStorage:
    """Keeps files in a folder that several processes may share.

    `home/audio/<first two characters>/<name>` holds what is finished; a file appears there by a rename, so it is whole
    from the first moment on. `home/parts` holds what is being made, on the same file system, in a folder for each run
    of a job.
    """

    def __init__(self, home: Path, *, stale_part_s: float = 6 * 3600.0) -> None:
        self._audio = home / "audio"
        self._parts = home / "parts"
        self._work = WorkFolders(self._parts, stale_s=stale_part_s)

    def path_for(self, name: MediaName) -> Path:
        """Where the file of that name lies or would lie; raises `InvalidRequest`."""
        if not _NAME.fullmatch(name):
            raise InvalidRequest("This is not the name of an audio file.")
        return self._audio / name[:2] / name

    async def work_folder(self, owner: str) -> Path:
        """See `AudioStorage`."""
        making = asyncio.ensure_future(_in_thread(self._work.make, owner))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            # The thread cannot be stopped; what it makes nobody would remove.
            making.add_done_callback(self._remove_unwanted)
            raise

    async def discard(self, folder: Path) -> None:
        """See `AudioStorage`."""
        await asyncio.shield(_in_thread(self._work.remove, folder))

    async def prepare(self) -> None:
        """Makes the folders; call it once before anything else. Raises `StorageFailed`."""
        await _in_thread(self._prepare)

    async def sweep(self) -> int:
        """Removes the work folders that dead processes have left; how many."""
        return await _in_thread(self._work.sweep)

    async def keep(self, source: Path, name: MediaName) -> None:
        """See `AudioStorage`. The bytes are on the disk, not in its cache, when this returns."""
        await _in_thread(_keep, source, self.path_for(name))

    async def stat(self, name: MediaName) -> StoredFile | None:
        """See `AudioStorage`."""
        return await _in_thread(_stat, self.path_for(name))

    async def open(self, name: MediaName) -> LocalAudio | None:
        """See `AudioStorage`."""
        opening = asyncio.ensure_future(_in_thread(_open, self.path_for(name)))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # The thread cannot be stopped; what it opens nobody would close.
            opening.add_done_callback(_close_unwanted)
            raise

    async def delete(self, name: MediaName) -> bool:
        """See `AudioStorage`."""
        return await _in_thread(_delete, self.path_for(name))

    async def add(self, source: Path, name: MediaName) -> bool:
        """See `EvictableStorage`."""
        return await _in_thread(_add, source, self.path_for(name))

    async def files(self) -> list[CachedFile]:
        """Every kept file. Raises `StorageFailed`."""
        return await _in_thread(cached_files, self._audio)

    async def evict(self, name: MediaName, sha256: str) -> Eviction:
        """Removes the file if nobody reads it and its bytes have this SHA-256. Raises `StorageFailed`."""
        return await _in_thread(evict, self.path_for(name), sha256, self._parts)

    def _prepare(self) -> None:
        self._audio.mkdir(parents=True, exist_ok=True)
        self._work.prepare()

    def _remove_unwanted(self, making: asyncio.Future[Path]) -> None:
        if not making.cancelled() and making.exception() is None:
            self._work.remove(making.result())


class LocalAudio:
    """An open file; see `OpenAudio`."""

    def __init__(self, descriptor: int, file: StoredFile) -> None:
        self._descriptor = descriptor
        self._file = file

    @property
    def file(self) -> StoredFile:
        """See `OpenAudio`."""
        return self._file

    async def read(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """See `OpenAudio`."""
        stop = self._file.size_bytes if end is None else min(end, self._file.size_bytes)
        position = start
        while position < stop:
            chunk = await _in_thread(os.pread, self._descriptor, min(CHUNK_BYTES, stop - position), position)
            if not chunk:
                raise StorageFailed("An audio file became shorter while it was read.")
            position += len(chunk)
            yield chunk

    def close(self) -> None:
        """See `OpenAudio`."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


async def _in_thread(work: Callable[..., T], *arguments: object) -> T:
    with translated():
        return await asyncio.to_thread(work, *arguments)


def _keep(source: Path, target: Path) -> None:
    _sync(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    _sync(target.parent)


def _add(source: Path, target: Path) -> bool:
    _sync(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    return place_new(source, target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _stat(path: Path) -> StoredFile | None:
    try:
        return _file(path.stat())
    except FileNotFoundError:
        return None


def _file(status: os.stat_result) -> StoredFile:
    return StoredFile(size_bytes=status.st_size, modified_at=datetime.fromtimestamp(status.st_mtime, UTC))


def _open(path: Path) -> LocalAudio | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if not lock_for_reading(descriptor):
            os.close(descriptor)
            return None
        return LocalAudio(descriptor, _file(os.fstat(descriptor)))
    except OSError:
        os.close(descriptor)
        raise


def _close_unwanted(opening: asyncio.Future[LocalAudio | None]) -> None:
    if not opening.cancelled() and opening.exception() is None and (audio := opening.result()) is not None:
        audio.close()


def _delete(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
