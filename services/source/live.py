"""Audio that is still arriving, shown to the other processes of this machine through the file system.

A worker that fetches `name` keeps `live/<name>.json` up to date: where the bytes lie and how many there are from the
start without a gap. Beside it lies a file that the worker holds locked: when the worker dies, however suddenly, the
system drops the lock, and what it left behind is recognised as dead at once. Neither clocks nor process ids are
compared, so the processes may run in different containers on one volume.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import secrets
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from models.ids import MediaName

logger = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveHead:
    """How far a file has arrived."""

    generation: str
    """Another one means another file: bytes of two generations never belong together."""
    path: Path
    content_type: str
    """Of the raw stream."""
    total: int | None = None
    """Bytes of the whole, when known."""
    available: int = 0
    """Bytes from the start without a gap."""
    finished: bool = False
    """All bytes are there; `available` is how many."""


class LiveDirectory:
    """The folder of what is arriving. All methods touch the disk: call them in a thread. They raise `OSError`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def head(self, name: MediaName) -> LiveHead | None:
        """How far the file is; `None` when nobody fetches it, or who did has died."""
        try:
            text = self._sidecar(name).read_bytes()
        except FileNotFoundError:
            return None
        try:
            fields = json.loads(text)
            head = LiveHead(**{**fields, "path": Path(os.path.normpath(self._folder / fields["path"]))})
        except (ValueError, TypeError, KeyError):
            logger.warning("live_head_unreadable", extra={"media_name": name})
            return None
        return head if self._is_held(self._lock(name, head.generation)) else None

    def hold(self, name: MediaName, generation: str) -> int:
        """Marks this generation as alive until the returned descriptor is closed or the process ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = self._lock(name, generation)
        while True:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                # Another process may have swept the file away between the two steps.
                if lock.is_file() and lock.stat().st_ino == os.fstat(descriptor).st_ino:
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def announce(self, name: MediaName, head: LiveHead) -> None:
        """Shows `head` to everybody, in place of what was shown before; its generation must be held."""
        fields = {**asdict(head), "path": os.path.relpath(head.path, self._folder)}
        fresh = self._folder / f"{name}.{head.generation}.new"
        fresh.write_text(json.dumps(fields), encoding="utf-8")
        fresh.replace(self._sidecar(name))

    def withdraw(self, name: MediaName, generation: str) -> None:
        """Takes the generation away, unless another worker has put its own in the place."""
        current = self.head(name)
        if current is not None and current.generation == generation:
            self._sidecar(name).unlink(missing_ok=True)
        self._lock(name, generation).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Removes what dead processes left behind; how many files that were."""
        removed = 0
        held: set[str] = set()
        files = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        for path in files:
            if path.suffix == ".lock":
                if self._is_held(path):
                    held.add(path.stem)
                else:
                    path.unlink(missing_ok=True)
                    removed += 1
        for path in files:
            # What is written at this moment belongs to a held generation.
            generation_dead = path.suffix == ".new" and path.stem not in held
            name_dead = path.suffix == ".json" and self.head(MediaName(path.stem)) is None
            if generation_dead or name_dead:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _sidecar(self, name: MediaName) -> Path:
        return self._folder / f"{name}.json"

    def _lock(self, name: MediaName, generation: str) -> Path:
        return self._folder / f"{name}.{generation}.lock"

    def _is_held(self, lock: Path) -> bool:
        try:
            descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


class LiveWriter:
    """A worker's side of one file: `async with LiveWriter(directory, name) as writer`.

    Listeners are a courtesy: when the folder cannot be written, that is logged and the download goes on without them.
    """

    def __init__(self, directory: LiveDirectory, name: MediaName) -> None:
        self._directory = directory
        self._name = name
        self._head: LiveHead | None = None
        self._shown: LiveHead | None = None
        self._held: dict[str, int] = {}
        self._dirty = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._broken = False

    async def __aenter__(self) -> LiveWriter:
        self._task = asyncio.create_task(self._keep_shown(), name=f"live:{self._name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.withdraw()

    async def restart(self, path: Path, content_type: str) -> None:
        """Begins a new generation at `path`: the first, or another file in place of what was arriving."""
        self._head = LiveHead(generation=secrets.token_hex(8), path=path, content_type=content_type)
        await self._show()

    def update(self, available: int, total: int | None) -> None:
        """Says how many bytes are there from the start without a gap; returns at once, for the event loop alone."""
        if self._head is not None:
            self._head = replace(self._head, available=available, total=total, finished=available == total)
            self._dirty.set()

    async def finish(self) -> None:
        """Says that what is there now is all; for a stream whose total was not known before."""
        if self._head is not None:
            self._head = replace(self._head, total=self._head.available, finished=True)
            await self._show()

    async def withdraw(self) -> None:
        """Takes the file away from listeners: it is kept elsewhere by now, or it failed."""
        # To its end even for one who is being cancelled: what is still held would look alive for ever.
        await _to_the_end(self._withdraw())

    async def _withdraw(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        async with self._writing:
            await asyncio.to_thread(self._take_away)

    async def _keep_shown(self) -> None:
        while True:
            await self._dirty.wait()
            await self._show()
            await asyncio.sleep(FLUSH_EVERY_S)

    async def _show(self) -> None:
        async with self._writing:
            self._dirty.clear()
            head = self._head
            if head is not None and head != self._shown and not self._broken:
                # A thread cannot be stopped, and the next write must come after this one.
                await _to_the_end(asyncio.to_thread(self._write, head))

    def _write(self, head: LiveHead) -> None:
        try:
            if head.generation not in self._held:
                self._held[head.generation] = self._directory.hold(self._name, head.generation)
            self._directory.announce(self._name, head)
            self._release(keep=head.generation)
            self._shown = head
        except OSError:
            self._broken = True
            logger.warning("live_head_not_written", extra={"media_name": self._name}, exc_info=True)

    def _take_away(self) -> None:
        try:
            self._release(keep=None)
        except OSError:
            logger.warning("live_head_not_withdrawn", extra={"media_name": self._name}, exc_info=True)

    def _release(self, *, keep: str | None) -> None:
        for generation in [held for held in self._held if held != keep]:
            descriptor = self._held.pop(generation)
            try:
                self._directory.withdraw(self._name, generation)
            finally:
                with contextlib.suppress(OSError):
                    os.close(descriptor)


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Awaits `work` whole; a cancellation is passed on afterwards."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
