"""The size and SHA-256 of a file."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from models.errors import StorageFailed


async def digest(path: Path) -> tuple[int, str]:
    """(size in bytes, SHA-256 in lower-case hex) of `path`, read in a thread; raises `StorageFailed`."""
    return await asyncio.to_thread(_digest, path)


def _digest(path: Path) -> tuple[int, str]:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256")
            return file.tell(), found.hexdigest()
    except OSError as exc:
        raise StorageFailed(path=str(path)) from exc
