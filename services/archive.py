"""A ZIP that is written while it is sent: entries stored, sizes exact, nothing held in memory or on the disk.

Source: APPNOTE.TXT 6.3.10 (PKWARE). A stored entry is as long in the archive as outside, so the archive's length is
known before its first byte: clients see how far they are, and a broken transfer is known for one. The checksum stands
before an entry's bytes, not after them in a data descriptor, which several readers refuse for stored entries; each file
is therefore read once for the sum just before it is read again to be sent, when it still lies in the system's cache.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

from models.errors import StorageFailed

MAX_32 = 0xFFFF_FFFF
MAX_16 = 0xFFFF

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64 = struct.Struct("<4sIQI")
_EXTRA = struct.Struct("<2H")

_PLAIN, _ZIP64 = 20, 45
"""Versions needed to extract."""
_MADE_BY_UNIX = 3 << 8
_UTF8_NAME = 1 << 11
_ZIP64_EXTRA = 1
_REGULAR_FILE = 0o100644 << 16


class Content(Protocol):
    """An entry's bytes, open; may be read more than once, and is the same each time."""

    def read(self) -> AsyncIterator[bytes]:
        """The bytes, in bounded chunks."""
        ...

    def close(self) -> None:
        """Lets them go."""
        ...


class Text:
    """A short text that lies in memory."""

    def __init__(self, text: str) -> None:
        self._bytes = text.encode()

    def __len__(self) -> int:
        return len(self._bytes)

    async def read(self) -> AsyncIterator[bytes]:
        """See `Content`."""
        yield self._bytes

    async def open(self) -> Content:
        """Itself."""
        return self

    def close(self) -> None:
        """See `Content`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of the archive. Names are unique, relative, and at most 65,535 bytes of UTF-8."""

    name: str
    size_bytes: int
    modified_at: datetime
    open: Callable[[], Awaitable[Content]]
    """Raises `StorageFailed` when the file is not as it was any more."""


@dataclass(frozen=True, slots=True)
class _Placed:
    entry: Entry
    offset: int
    crc: int = 0


class Archive:
    """A ZIP of these entries. `zip64_from`: sizes and offsets from there on need the 64-bit form."""

    def __init__(self, name: str, entries: Sequence[Entry], *, zip64_from: int = MAX_32) -> None:
        self.name = name
        self._entries = tuple(entries)
        self._zip64_from = zip64_from

    @property
    def size_bytes(self) -> int:
        """The archive's exact length."""
        offset = 0
        directory = 0
        for entry in self._entries:
            placed = _Placed(entry, offset)
            offset += len(self._local(placed)) + entry.size_bytes
            directory += len(self._central(placed))
        return offset + directory + len(self._end(offset, directory))

    async def stream(self) -> AsyncIterator[bytes]:
        """The archive's bytes, no faster than they are taken; raises `StorageFailed` when a file has changed."""
        offset = 0
        directory: list[bytes] = []
        for entry in self._entries:
            content = await entry.open()
            try:
                placed = _Placed(entry, offset, await _checksum(entry, content))
                header = self._local(placed)
                yield header
                async with aclosing(cast(Any, _exactly(entry, content))) as chunks:
                    async for chunk in chunks:
                        yield chunk
            finally:
                content.close()
            offset += len(header) + entry.size_bytes
            directory.append(self._central(placed))
        lines = b"".join(directory)
        yield lines + self._end(offset, len(lines))

    def _local(self, placed: _Placed) -> bytes:
        """The header before an entry's bytes."""
        entry = placed.entry
        name = entry.name.encode()
        large = entry.size_bytes >= self._zip64_from
        extra = _zip64_extra(entry.size_bytes, entry.size_bytes) if large else b""
        size = MAX_32 if large else entry.size_bytes
        version = _ZIP64 if large else _PLAIN
        time, date = _dos_time(entry.modified_at)
        return (
            _LOCAL.pack(b"PK\3\4", version, _UTF8_NAME, 0, time, date, placed.crc, size, size, len(name), len(extra))
            + name
            + extra
        )

    def _central(self, placed: _Placed) -> bytes:
        """The entry's line in the directory at the end."""
        entry = placed.entry
        name = entry.name.encode()
        large, far = entry.size_bytes >= self._zip64_from, placed.offset >= self._zip64_from
        wide = [*((entry.size_bytes, entry.size_bytes) if large else ()), *((placed.offset,) if far else ())]
        extra = _zip64_extra(*wide) if wide else b""
        size = MAX_32 if large else entry.size_bytes
        offset = MAX_32 if far else placed.offset
        version = _ZIP64 if wide else _PLAIN
        time, date = _dos_time(entry.modified_at)
        return (
            _CENTRAL.pack(
                b"PK\1\2", _MADE_BY_UNIX | version, version, _UTF8_NAME, 0, time, date, placed.crc, size, size,
                len(name), len(extra), 0, 0, 0, _REGULAR_FILE, offset,
            )
            + name
            + extra
        )  # fmt: skip

    def _end(self, offset: int, size: int) -> bytes:
        """What follows the directory, which lies at `offset` and has `size` bytes."""
        count = len(self._entries)
        end = b""
        if count >= MAX_16 or size >= self._zip64_from or offset >= self._zip64_from:
            end = _END_64.pack(
                b"PK\6\6", _END_64.size - 12, _MADE_BY_UNIX | _ZIP64, _ZIP64, 0, 0, count, count, size, offset
            ) + _LOCATOR_64.pack(b"PK\6\7", 0, offset + size, 1)
            count, size, offset = min(count, MAX_16), min(size, MAX_32), min(offset, MAX_32)
        return end + _END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)


async def _checksum(entry: Entry, content: Content) -> int:
    crc = 0
    async with aclosing(cast(Any, _exactly(entry, content))) as chunks:
        async for chunk in chunks:
            # Here, not in a thread: a chunk takes less time than handing it over.
            crc = zlib.crc32(chunk, crc)
    return crc


async def _exactly(entry: Entry, content: Content) -> AsyncIterator[bytes]:
    """The bytes, as many as were promised."""
    left = entry.size_bytes
    async with aclosing(cast(Any, content.read())) as chunks:
        async for chunk in chunks:
            left -= len(chunk)
            yield chunk
    if left:
        raise StorageFailed("A file of the archive has changed.", entry=entry.name)


def _zip64_extra(*values: int) -> bytes:
    return _EXTRA.pack(_ZIP64_EXTRA, 8 * len(values)) + struct.pack(f"<{len(values)}Q", *values)


def _dos_time(moment: datetime) -> tuple[int, int]:
    """Time and date as the format has them: two-second steps, years 1980 to 2107."""
    year = min(max(moment.year, 1980), 2107)
    return (
        moment.hour << 11 | moment.minute << 5 | moment.second // 2,
        (year - 1980) << 9 | moment.month << 5 | moment.day,
    )
