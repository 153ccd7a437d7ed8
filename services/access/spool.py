"""Batches on disk until the queue has them: what outlives a killed process, a broker that is away, a full database.

Every process has a folder of its own under `home/access/spool`, and holds the lock in it. A folder whose lock is free
belongs to a process that is gone: whoever comes across it takes its batches over.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import threading
import time
from collections import deque
from pathlib import Path

logger = logging.getLogger(__name__)

MAX_BYTES = 128 * 1024 * 1024
"""About half a million records."""
_LOCK = "lock"


class Spool:
    """One process's batches, oldest first. Every verb blocks on the disk: call it in a thread. Threads may share it."""

    def __init__(self, home: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._root = home / "access" / "spool"
        self._dead = home / "access" / "dead"
        self._max_bytes = max_bytes
        self._folder: Path | None = None
        self._lock_file = -1
        self._guard = threading.Lock()
        self._waiting: deque[tuple[str, int]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def open(self) -> None:
        """Makes the folder and takes over what dead processes left."""
        self._root.mkdir(parents=True, exist_ok=True)
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        unseen = self._root / f".{name}"
        unseen.mkdir()
        self._lock_file = os.open(unseen / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        # Seen by others only now that it is locked.
        self._folder = unseen.rename(self._root / name)
        self.adopt()

    def close(self) -> None:
        """Lets the folder go, with what is still in it."""
        if self._folder is None:
            return
        if not self._waiting:
            (self._folder / _LOCK).unlink()
            self._folder.rmdir()
        os.close(self._lock_file)
        self._folder = None

    def put(self, batch_id: str, body: bytes) -> bool:
        """Keeps the batch; `False` when there is no more room. Raises `OSError`."""
        folder = self._opened()
        with self._guard:
            if self._bytes + len(body) > self._max_bytes:
                return False
        name = f"{time.time_ns():020d}-{batch_id}.json"
        _write(f"{folder}/{name}", body)
        with self._guard:
            self._waiting.append((name, len(body)))
            self._bytes += len(body)
        return True

    def oldest(self) -> tuple[str, bytes] | None:
        """The name and the body of the batch that waited longest. Raises `OSError`."""
        with self._guard:
            if not self._waiting:
                return None
            name, _ = self._waiting[0]
        return name, (self._opened() / name).read_bytes()

    def remove(self, name: str) -> None:
        """Forgets the batch: the queue has it. Raises `OSError`."""
        (self._opened() / name).unlink(missing_ok=True)
        with self._guard:
            for entry in self._waiting:
                if entry[0] == name:
                    self._waiting.remove(entry)
                    self._bytes -= entry[1]
                    break

    def bury(self, body: bytes) -> None:
        """Puts bytes aside that are no batch, for an operator to look at. Raises `OSError`."""
        self._dead.mkdir(parents=True, exist_ok=True)
        (self._dead / f"{time.time_ns():020d}-{secrets.token_hex(4)}.json").write_bytes(body)

    def buried(self) -> int:
        """How many files lie aside."""
        return sum(1 for _ in self._dead.iterdir()) if self._dead.is_dir() else 0

    def adopt(self) -> int:
        """Takes over the batches of processes that are gone; how many there were. Raises `OSError`."""
        own = self._opened()
        found: list[tuple[str, int]] = []
        for folder in sorted(self._root.iterdir()):
            if folder != own and not folder.name.startswith("."):
                found += _taken(folder, own)
        if found:
            logger.info("access_batches_adopted", extra={"batches": len(found)})
            with self._guard:
                self._waiting = deque(sorted([*found, *self._waiting]))
                self._bytes += sum(size for _, size in found)
        return len(found)

    def _opened(self) -> Path:
        if self._folder is None:
            raise OSError("the spool is closed")
        return self._folder


def _write(path: str, body: bytes) -> None:
    """The whole file or none. With few calls: at each of them the thread has to fight for the interpreter again."""
    part = f"{path}.part"
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(body)
        while rest:
            rest = rest[os.write(file, rest) :]
    finally:
        os.close(file)
    os.rename(part, path)  # noqa: PTH104 - `Path` would be made twice


def _taken(folder: Path, own: Path) -> list[tuple[str, int]]:
    try:
        lock_file = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return []
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        moved = []
        for path in folder.glob("*.json"):
            moved.append((path.name, path.stat().st_size))
            path.rename(own / path.name)
        # What a process was still writing when it died is gone, as is what it had in memory.
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    except (BlockingIOError, FileNotFoundError):
        return []
    else:
        return moved
    finally:
        os.close(lock_file)
