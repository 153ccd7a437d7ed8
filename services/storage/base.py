"""The storage seam: where finished audio is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from models.ids import MediaName
from services.storage.cached import CachedFile, Eviction


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What is known of a kept file."""

    size_bytes: int
    modified_at: datetime
    """Aware, UTC."""


class OpenAudio(Protocol):
    """A kept file that is open: what it was at that moment can be read to its end, though it be replaced or deleted."""

    @property
    def file(self) -> StoredFile:
        """Its size and age."""
        ...

    def read(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end` (to the file's end by default), in bounded chunks.

        Raises `StorageFailed`.
        """
        ...

    def close(self) -> None:
        """Lets the file go; may be called twice."""
        ...


class AudioStorage(Protocol):
    """Keeps finished files by name. Every verb raises `InvalidRequest` for a text that is no media name."""

    async def work_folder(self, owner: str) -> Path:
        """A fresh folder for work on `owner` (such as a job id), from which `keep` takes files over cheaply.

        Raises `DiskFull` or `StorageFailed`.
        """
        ...

    async def discard(self, folder: Path) -> None:
        """Removes a work folder and what is left in it; never raises."""
        ...

    async def keep(self, source: Path, name: MediaName) -> None:
        """Takes the file at `source` over as `name`, replacing the former one: whole or not at all.

        `source` is gone afterwards. Raises `DiskFull` or `StorageFailed`.
        """
        ...

    async def stat(self, name: MediaName) -> StoredFile | None:
        """The file's size and age; `None` when there is no such file. Raises `StorageFailed`."""
        ...

    async def open(self, name: MediaName) -> OpenAudio | None:
        """The file, open for reading; `None` when there is no such file. Raises `StorageFailed`."""
        ...

    async def delete(self, name: MediaName) -> bool:
        """Removes the file; whether there was one. Those who have it open can read on. Raises `StorageFailed`."""
        ...


class EvictableStorage(AudioStorage, Protocol):
    """Keeps finished files as a cache of what lies elsewhere."""

    async def add(self, source: Path, name: MediaName) -> bool:
        """Takes the file at `source` over as `name`, unless there is a file of that name; whether it did.

        Raises `DiskFull` or `StorageFailed`.
        """
        ...

    async def files(self) -> list[CachedFile]:
        """Every kept file. Raises `StorageFailed`."""
        ...

    async def evict(self, name: MediaName, sha256: str) -> Eviction:
        """Removes the file if nobody reads it and its bytes have this SHA-256. Raises `StorageFailed`."""
        ...
