"""The bucket seam: where finished files are kept for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from models.audio import StoredAudio


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way into the bucket."""

    path: str
    """Where it shall lie, relative to the place's folder: names the bytes, see `path_of`."""
    data: bytes = field(repr=False)
    sha256: str
    content_type: str
    title: str
    """What a person would call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A file that lies in the bucket, its bytes compared."""

    key: str
    version: str
    """The bucket's own name for the bytes: git's blob id, S3's ETag."""
    url: str | None
    """Where anybody may fetch it; `None` when the bucket is not public."""
    written: bool
    """Whether this call wrote it; `False`: it lay there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketFile:
    """What the bucket says of a file."""

    size_bytes: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketReport:
    """Whether the bucket can be written."""

    ok: bool
    reason: str
    """One sentence for an operator."""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Bucket(Protocol):
    """Keeps files by path. Every verb may raise a `BucketError`, and may be repeated safely.

    The caller of `put` and `delete` MUST hold all `lanes`, on behalf of every process that writes to this bucket.
    """

    @property
    def kind(self) -> str:
        """`github`, `s3` or `folder`."""
        ...

    @property
    def lanes(self) -> tuple[str, ...]:
        """Names of what must not be written to by two at once, sorted."""
        ...

    @property
    def max_file_bytes(self) -> int:
        """The largest file it takes."""
        ...

    @property
    def in_flight(self) -> int:
        """Requests that still run, those of cancelled callers included."""
        ...

    def holds(self, key: str) -> bool:
        """Whether the key is one of this bucket's; no question to the bucket."""
        ...

    async def put(self, uploads: Sequence[Upload]) -> dict[str, Placed]:
        """Places as many of the files as it may now; what was placed, by path.

        A file that lies there already, from a call that died or whose answer was lost, is found and not written again.
        Raises when none could be placed.
        """
        ...

    async def get(self, key: str, version: str, target: Path) -> None:
        """Writes the file to `target`; raises `BucketFileMissing` when the bucket answers that there is none.

        Raises `OSError` for trouble with `target`.
        """
        ...

    async def stat(self, key: str) -> BucketFile | None:
        """What lies under the key; `None` when nothing does."""
        ...

    async def delete(self, key: str) -> bool:
        """Removes the file; whether there was one."""
        ...

    async def files(self) -> Mapping[str, BucketFile]:
        """Every file, by key."""
        ...

    async def check(self) -> BucketReport:
        """Tries whether it can be written, leaving nothing behind; never raises a `BucketError`."""
        ...

    async def close(self) -> None:
        """Lets go of threads and connections."""
        ...


class BucketKeeper(Protocol):
    """What the rest of the server needs of the bucket."""

    def holds(self, audio: StoredAudio) -> bool:
        """Whether the file can be fetched back from the bucket."""
        ...

    async def is_awaited(self, audio: StoredAudio) -> bool:
        """Whether another machine has the file on its disk and is about to upload it.

        Raises `DatabaseUnavailable`.
        """
        ...

    async def finished(self, audio: StoredAudio) -> None:
        """Notes that the file is to be uploaded, and that the disk has become fuller; never raises."""
        ...

    async def dropped(self, audio: StoredAudio) -> None:
        """Notes that the bucket's copy, if there is one, serves nobody any more; never raises."""
        ...

    async def restore(self, audio: StoredAudio) -> bool:
        """Fetches the file back onto the disk, its bytes compared.

        `False`: the bucket has lost it, and so it was forgotten. Raises a `StorageError` when that could not be learnt.
        """
        ...


def path_of(audio: StoredAudio) -> str:
    """The file's path: it names the bytes, so a path never means another file, and spreads over 256 folders."""
    return f"{audio.sha256[:2]}/{audio.track_id}-{audio.sha256[:16]}.{audio.format.value}"


def public_url(template: str, *, repository: str, branch: str, path: str) -> str:
    """A file's address at the CDN; `{path}` is appended when the template does not name it."""
    filled = template if "{path}" in template else f"{template}/{{path}}"
    return filled.replace("{repository}", repository).replace("{branch}", branch).replace("{path}", path)
