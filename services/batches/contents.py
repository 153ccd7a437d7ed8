"""What lies in a batch's archive: the files under names that any system takes, `playlist.m3u8` and `failures.json`."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

from models.audio import StoredAudio
from models.batch import Batch, BatchFailure, BatchRow
from models.errors import JobCancelled, MediaNotFound, StorageFailed
from models.job import JobState
from services.archive import Archive, Content, Entry, Text
from services.library import AudioLibrary
from services.store.base import BatchStore

NAME_BYTES = 180
"""Of an entry's name, in UTF-8, without its number and extension: file systems take 255 in all."""
FORBIDDEN = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class _Item:
    """A track that has its file."""

    row: BatchRow
    audio: StoredAudio
    entry: Entry

    @property
    def label(self) -> str:
        return _label(self.row, self.audio)


class BatchContents:
    """Makes archives of batches that have ended."""

    def __init__(self, *, batches: BatchStore, library: AudioLibrary) -> None:
        self._batches = batches
        self._library = library

    async def archive(self, batch: Batch) -> Archive:
        """The archive of what is there now; what is not is told in `failures.json`."""
        rows = await self._batches.rows(batch)
        known = await self._library.by_tracks([row.track_id for row in rows], batch.format)
        failures = {failure.position: failure for failure in batch.failures}
        width = max(2, len(str(1 + max((row.positions[0] for row in rows), default=0))))
        items: list[_Item] = []
        for row in rows:
            audio = known.get(row.track_id)
            if audio is not None and await self._library.can_open(audio):
                failures.pop(row.positions[0], None)
                items.append(_Item(row, audio, self._entry(row, audio, width)))
            else:
                failures.setdefault(row.positions[0], _gone(batch, row))
        texts = {
            "playlist.m3u8": _playlist(batch, items),
            "failures.json": _failures(batch, len(items), [failures[position] for position in sorted(failures)]),
        }
        entries = [item.entry for item in items]
        entries += [_text_entry(batch, name, Text(text)) for name, text in texts.items()]
        return Archive(f"{batch.source.name or 'tracks'}.zip", entries)

    def _entry(self, row: BatchRow, audio: StoredAudio, width: int) -> Entry:
        number = f"{row.positions[0] + 1:0{width}}"
        return Entry(
            # Unique by its number, on systems that know no upper case too.
            name=f"{number} {safe_name(_label(row, audio))}.{audio.format.value}",
            size_bytes=audio.size_bytes,
            modified_at=audio.created_at,
            open=partial(self._open, audio),
        )

    async def _open(self, audio: StoredAudio) -> Content:
        opened = await self._library.open(audio)
        if opened is None:
            raise StorageFailed("A file of the archive was removed.", media_name=audio.name)
        return opened


def safe_name(text: str) -> str:
    """`text` as part of a file name: any script, no separators, nothing invisible, of bounded length."""
    kept = "".join(
        "_" if char in FORBIDDEN else " " if unicodedata.category(char)[0] in "CZ" else char
        for char in unicodedata.normalize("NFC", text)
    )
    words = " ".join(kept.split()).encode()[:NAME_BYTES].decode(errors="ignore")
    # Spaces and dots at the end are lost on some systems.
    return words.strip(" .") or "_"


def _label(row: BatchRow, audio: StoredAudio) -> str:
    artists = ", ".join(row.artists or audio.artists)
    title = row.title or audio.title
    return f"{artists} - {title}" if artists else title


def _gone(batch: Batch, row: BatchRow) -> BatchFailure:
    """Why a track of which no failure is known has no file."""
    cause = JobCancelled if batch.state is JobState.CANCELLED else MediaNotFound
    return BatchFailure(
        position=row.positions[0],
        track_id=row.track_id,
        code=cause.code,
        message=cause.default_message(),
        retryable=True,
        title=row.title,
    )


def _playlist(batch: Batch, items: Sequence[_Item]) -> str:
    """An extended M3U: every place of the list whose track is there, in the list's order (RFC 8216, 4.1: UTF-8)."""
    lines = ["#EXTM3U"]
    if batch.source.name:
        lines.append(f"#PLAYLIST:{' '.join(batch.source.name.split())}")
    places = sorted(((position, item) for item in items for position in item.row.positions), key=lambda place: place[0])
    for _, item in places:
        lines.append(f"#EXTINF:{round(item.audio.duration_ms / 1000)},{' '.join(item.label.split())}")
        lines.append(item.entry.name)
    return "\n".join(lines) + "\n"


def _failures(batch: Batch, done: int, failures: Sequence[BatchFailure]) -> str:
    told = {
        "batch_id": batch.id,
        "source": asdict(batch.source),
        "format": batch.format.value,
        "complete": batch.complete,
        "done": done,
        "failures": [asdict(failure) for failure in failures],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _text_entry(batch: Batch, name: str, text: Text) -> Entry:
    return Entry(name=name, size_bytes=len(text), modified_at=batch.updated_at, open=text.open)
