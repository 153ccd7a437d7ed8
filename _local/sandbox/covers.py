"""Cover pictures out of nothing but zlib: a diagonal two-colour gradient as PNG, the colours from the id."""

from __future__ import annotations

import hashlib
import struct
import zlib

from _local.sandbox.catalogue_song import COVER_SIZES


def cover(image_id: str) -> bytes | None:
    """The picture `<id>-<size>`; `None` when the size is not offered."""
    identifier, _, size = image_id.rpartition("-")
    if not identifier or not size.isdigit() or int(size) not in COVER_SIZES:
        return None
    return png(identifier, int(size))


def png(seed: str, size: int) -> bytes:
    """A square PNG, 8 bits RGB."""
    digest = hashlib.sha256(seed.encode()).digest()
    start, end = digest[:3], digest[3:6]
    # One long ramp; every row is a window on it, one pixel further: that makes it diagonal, and quick to build.
    length = 2 * size
    ramp = b"".join(
        bytes(a + (b - a) * step // length for a, b in zip(start, end, strict=True)) for step in range(length)
    )
    rows = b"".join(b"\0" + ramp[3 * y : 3 * (y + size)] for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
