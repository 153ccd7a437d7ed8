"""Folders for work in progress, one for each run. Each is locked by the process that works there, while it lives."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import secrets
import shutil
import time
from pathlib import Path

logger = logging.getLogger(__name__)

_UNSAFE = re.compile(r"[^0-9A-Za-z._-]+")
_DRAFT = "."


class WorkFolders:
    """Makes and removes the folders in `home/parts`, which several processes may share. All blocks: use a thread."""

    def __init__(self, parts: Path, *, stale_s: float) -> None:
        """`stale_s`: what cannot be judged by its lock is left behind when nobody has touched it for so long."""
        self._parts = parts
        self._stale_s = stale_s
        self._locks: dict[Path, int] = {}

    def prepare(self) -> None:
        """Makes the folder of folders."""
        self._parts.mkdir(parents=True, exist_ok=True)

    def make(self, owner: str) -> Path:
        """A fresh folder; what dead processes left of the same owner's work goes."""
        prefix = f"{_UNSAFE.sub('_', owner)[:80].lstrip(_DRAFT)}-"
        self.prepare()
        self.sweep(prefix)
        folder = self._parts / f"{prefix}{secrets.token_hex(4)}"
        # It gets its name when it is locked: between the two it would look like a dead one's.
        draft = self._parts / f"{_DRAFT}{folder.name}"
        draft.mkdir()
        lock = os.open(draft, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # A file system without locks: such folders are judged by their age.
            with contextlib.suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
            draft.rename(folder)
        except BaseException:
            os.close(lock)
            raise
        self._locks[folder] = lock
        return folder

    def remove(self, folder: Path) -> None:
        """Removes one with all that is in it; may be called twice."""
        shutil.rmtree(folder, ignore_errors=True)
        lock = self._locks.pop(folder, None)
        if lock is not None:
            os.close(lock)

    def sweep(self, prefix: str = "") -> int:
        """Removes those that begin so and whose process has ended; how many."""
        removed = 0
        for folder in self._parts.iterdir():
            if not folder.name.startswith(prefix):
                continue
            try:
                if self._left_behind(folder):
                    shutil.rmtree(folder)
                    removed += 1
            except (FileNotFoundError, NotADirectoryError):
                # Other processes sweep the same folders, and workers finish meanwhile.
                continue
            except OSError as error:
                # No reason to refuse the work that is to be done.
                logger.warning("stale_part_not_removed", extra={"folder": folder.name, "cause": str(error)})
        if removed:
            logger.info("stale_parts_removed", extra={"count": removed, "of": prefix})
        return removed

    def _left_behind(self, folder: Path) -> bool:
        if not folder.name.startswith(_DRAFT):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            except OSError:
                pass
            else:
                return True
            finally:
                os.close(lock)
        newest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
        return newest < time.time() - self._stale_s
