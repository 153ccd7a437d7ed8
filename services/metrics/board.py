"""Numbers that the processes of one server share: each writes its own, whoever is asked reads all of them.

A process has a file of fixed size under the server's folder, mapped into memory and locked while it lives. To count is
to add to a float in memory; what is there survives the process, even one that is killed. A new process takes the
file of a dead one and counts on, so that sums never fall, and there are no more files than processes at one time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import mmap
import os
import secrets
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

NAMES_BYTES = 64 * 1024
NUMBERS = 16 * 1024
SIZE = NAMES_BYTES + 8 * NUMBERS
"""About 500 rows of 200 bytes; names are bounded, see `families`."""
SCRAP = 64
"""The first numbers are nobody's: what finds no room is written there."""
_USED = struct.Struct("<Q")
_SUFFIX = ".numbers"

Name = tuple[str, tuple[str, ...]]
"""A family's name and its labels' values."""


@dataclass(frozen=True, slots=True)
class Page:
    """One process's numbers at one moment."""

    alive: bool
    rows: dict[Name, list[float]]


@contextlib.contextmanager
def shared_counts(home: Path) -> Iterator[Path | None]:
    """A folder for the processes of one server, as long as it lives; `None` when the disk does not let us.

    What servers have left that were killed is removed.
    """
    root = home / "metrics"
    lock = -1
    try:
        root.mkdir(parents=True, exist_ok=True)
        # One at a time: a folder that is made and not yet locked looks like a dead server's.
        guard = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            for former in root.iterdir():
                if former.is_dir() and not _locked(former / "lock"):
                    shutil.rmtree(former, ignore_errors=True)
            folder = root / f"{os.getpid()}-{secrets.token_hex(4)}"
            folder.mkdir()
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
        finally:
            os.close(guard)
    except OSError as error:
        # Worth a word, and no reason not to serve.
        logger.warning("metrics_not_shared", extra={"cause": str(error)})
        yield None
        return
    try:
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


class Board:
    """This process's numbers. All but `slot` and `values` block on the disk; without a folder nothing is shared."""

    def __init__(self, folder: Path | None = None) -> None:
        """Raises `OSError` when there is no room for the file."""
        self._folder = folder
        self._file = -1
        self._path: Path | None = None
        self._memory: mmap.mmap | bytearray = bytearray(SIZE) if folder is None else self._map(folder)
        self.values = memoryview(self._memory)[NAMES_BYTES:].cast("d")
        """Add to `values[slot(…)]`; only ever from the event loop's thread."""
        self._slots: dict[Name, tuple[int, int]] = {}
        self._next = SCRAP
        for family, labels, size in _names(self._memory):
            self._slots[family, labels] = (self._next, size)
            self._next += size

    def slot(self, family: str, labels: tuple[str, ...] = (), size: int = 1) -> int:
        """Where the row's first number stands among `values`; a new row is all zeros."""
        found = self._slots.get((family, labels))
        if found is not None:
            return found[0]
        line = json.dumps([family, labels, size], ensure_ascii=False).encode() + b"\n"
        used: int = _USED.unpack_from(self._memory)[0]
        start = _USED.size + used
        slot = self._next
        if start + len(line) > NAMES_BYTES or slot + size > NUMBERS:
            logger.error("metrics_full", extra={"family": family, "labels": labels})
            slot = 0
        else:
            self._memory[start : start + len(line)] = line
            # Readers see the name once it is whole.
            _USED.pack_into(self._memory, 0, used + len(line))
            self._next += size
        self._slots[family, labels] = (slot, size)
        return slot

    def pages(self) -> list[Page]:
        """What every process of this server has counted, this one first; those that are gone included."""
        pages = [_page(self._memory, alive=True)]
        if self._folder is not None:
            for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
                if path != self._path:
                    content = path.read_bytes()
                    # Shorter while its process is just beginning.
                    if len(content) == SIZE:
                        pages.append(_page(content, alive=_locked(path)))
        return pages

    def close(self) -> None:
        """Leaves the file to the next process; what is still counted stays."""
        if self._file >= 0:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)
            self._file = -1

    def _map(self, folder: Path) -> mmap.mmap:
        number = 0
        while True:
            path = folder / f"{number}{_SUFFIX}"
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Written, not only made longer: a page that finds no room on the disk later would kill the process.
                if (size := os.fstat(file).st_size) < SIZE:
                    os.pwrite(file, bytes(SIZE - size), size)
                memory = mmap.mmap(file, SIZE)
            except BlockingIOError:
                os.close(file)
                number += 1
            except BaseException:
                os.close(file)
                raise
            else:
                self._file, self._path = file, path
                return memory


def _locked(path: Path) -> bool:
    """Whether a living process holds the lock on this file."""
    with contextlib.suppress(FileNotFoundError):
        file = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
    return False


def _page(memory: mmap.mmap | bytearray | bytes, *, alive: bool) -> Page:
    numbers = memoryview(memory)[NAMES_BYTES:].cast("d")
    rows: dict[Name, list[float]] = {}
    at = SCRAP
    for family, labels, size in _names(memory):
        rows[family, labels] = list(numbers[at : at + size])
        at += size
    return Page(alive, rows)


def _names(memory: mmap.mmap | bytearray | bytes) -> Iterator[tuple[str, tuple[str, ...], int]]:
    used: int = _USED.unpack_from(memory)[0]
    for line in bytes(memory[_USED.size : _USED.size + used]).splitlines():
        family, labels, size = json.loads(line)
        yield family, tuple(labels), size
