"""What the bucket's work is written down in, so that it outlives every process; kept in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.audio import AudioFormat, StoredAudio
from models.ids import MediaName, RecordingKey
from services.bucket.base import Placed

ANY_HOME = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """Something that is still to be done to the bucket: a file to be uploaded, or one to be removed."""

    id: str
    """`<recording key>-<format>` of an upload, so that a newer file takes the place of the one it replaces; else
    `remove:<bucket key>`."""
    home: str
    """Whose disk has the file; a removal may be done from any (`ANY_HOME`)."""
    not_before: datetime
    created_at: datetime
    recording_key: RecordingKey | None = None
    format: AudioFormat | None = None
    name: MediaName | None = None
    sha256: str | None = None
    size_bytes: int = 0
    bucket_key: str | None = None
    """What is to be removed; `None` in an upload."""
    attempt: int = 0
    error: str | None = None
    """Code of the last failure."""


class Outbox(Protocol):
    """`outbox`: what is to be done. Every verb raises `DatabaseUnavailable` when the database does not answer."""

    async def add(self, entry: OutboxEntry) -> None:
        """Keeps the entry, replacing the one with its id."""
        ...

    async def due(self, home: str, now: datetime, limit: int) -> list[OutboxEntry]:
        """Entries that this home may work on now, those due longest first."""
        ...

    async def get(self, entry_id: str) -> OutboxEntry | None:
        """The entry with this id."""
        ...

    async def done(self, entry: OutboxEntry) -> None:
        """Removes the entry, unless a newer one took its place."""
        ...

    async def postpone(self, entry: OutboxEntry, not_before: datetime, error: str) -> None:
        """Counts a failed attempt, unless a newer entry took its place."""
        ...

    async def waiting(self) -> int:
        """How many entries there are."""
        ...


class BucketIndex(Protocol):
    """The bucket's side of `downloads`: which file lies where. Every verb may raise `DatabaseUnavailable`."""

    async def unplaced(self, after: str, limit: int) -> Sequence[tuple[str, StoredAudio]]:
        """Files that no bucket holds, with their ids, by id, from the one after `after`."""
        ...

    async def placed(self, after: str, limit: int) -> Sequence[tuple[str, StoredAudio]]:
        """Files that a bucket holds, with their ids, by id, from the one after `after`."""
        ...

    async def place(self, audio_id: str, sha256: str, placed: Placed) -> bool:
        """Writes down where the file lies; `False` when it is not known any more, or is another file by now."""
        ...

    async def displace(self, audio_id: str, bucket_key: str) -> bool:
        """Writes down that it does not lie there any more; `False` when that was not believed."""
        ...

    async def uses(self, bucket_key: str) -> bool:
        """Whether any file is believed to lie there."""
        ...


class Lanes(Protocol):
    """`bucket_lanes`: who may write to a repository and branch now. Every verb may raise `DatabaseUnavailable`."""

    async def claim(self, lane: str, owner: str, until: datetime) -> bool:
        """Makes `owner` the only writer, unless another one lives; renews its own claim."""
        ...

    async def release(self, lane: str, owner: str) -> None:
        """Lets the next writer in, if `owner` still is the writer."""
        ...


def audio_id(audio: StoredAudio) -> str:
    """The document's `_id` in `downloads`."""
    return f"{audio.recording_key}-{audio.format.value}"
