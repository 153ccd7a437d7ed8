"""Kept files as a cache: who reads which, when each was last read, and how one is removed without harm.

A reader holds a shared lock (flock) on the file, in whatever process; the time of the last reading is the file's own
access time, set by hand because most disks are mounted so that reading does not.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from models.ids import MediaName

TOUCH_AFTER_S = 1.0
"""A file that was read within so many seconds is not marked as read again."""
NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})
"""What a file system answers that knows no locks: files are read all the same, and none is evicted."""

NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP})
"""What a file system answers that knows no hard links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedFile:
    """A kept file, as found on the disk."""

    name: MediaName
    size_bytes: int
    used_at: float
    """When it was last read, in seconds since 1970."""
    changed_at: float
    """When it came to its place, in seconds since 1970."""


class Eviction(StrEnum):
    """How the removal of a file ended."""

    EVICTED = "evicted"
    GONE = "gone"
    IN_USE = "in_use"
    OTHER_BYTES = "other_bytes"


def cached_files(folder: Path) -> list[CachedFile]:
    """Every file in the folder's folders."""
    found = []
    for path in folder.glob("*/*"):
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            found.append(
                CachedFile(
                    name=MediaName(path.name),
                    size_bytes=status.st_size,
                    used_at=max(status.st_atime, status.st_mtime),
                    changed_at=status.st_ctime,
                )
            )
    return found


def lock_for_reading(descriptor: int) -> bool:
    """Marks an open file as being read and as just read; `False` when it was evicted meanwhile."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError as exc:
        if exc.errno not in NO_LOCKS:
            raise
    status = os.fstat(descriptor)
    if status.st_nlink == 0:
        return False
    now = time.time()
    if now - status.st_atime > TOUCH_AFTER_S:
        # A disk that takes no marks evicts nothing either.
        with contextlib.suppress(OSError):
            os.utime(descriptor, ns=(int(now * 1e9), status.st_mtime_ns))
    return True


def place_new(source: Path, target: Path) -> bool:
    """Moves a file to a place that nothing holds yet: whole or not at all; `False` when something does."""
    try:
        target.hardlink_to(source)
    except FileExistsError:
        return False
    except OSError as exc:
        if exc.errno not in NO_LINKS:
            raise
        # Two that come at the same moment may both find the place empty here; such file systems offer no better.
        if target.exists():
            return False
        source.replace(target)
        return True
    source.unlink()
    return True


def evict(path: Path, sha256: str, aside: Path) -> Eviction:
    """Removes the file at `path` if nobody reads it and its bytes have this SHA-256. `aside`: a folder on that disk."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return Eviction.GONE
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            if exc.errno not in {errno.EWOULDBLOCK, *NO_LOCKS}:
                raise
            return Eviction.IN_USE
        with os.fdopen(os.dup(descriptor), "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                return Eviction.OTHER_BYTES
        return _remove(path, os.fstat(descriptor), aside)
    finally:
        os.close(descriptor)


def _remove(path: Path, wanted: os.stat_result, aside: Path) -> Eviction:
    """Removes the file that was looked at, and no other that took its place in between."""
    taken = aside / f"evicted-{secrets.token_hex(8)}"
    try:
        path.rename(taken)
    except FileNotFoundError:
        return Eviction.GONE
    try:
        if os.path.samestat(taken.stat(), wanted):
            return Eviction.EVICTED
        # A newer file came to this name: back with it, unless a still newer one is there.
        place_new(taken, path)
        return Eviction.OTHER_BYTES
    finally:
        taken.unlink(missing_ok=True)
