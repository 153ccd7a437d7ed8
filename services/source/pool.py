"""A pool of child processes that hold yt-dlp and ytmusicapi.

The libraries block, hang, change the process's locale and weigh some sixty megabytes: they never run in the server.
A request that is cancelled or late costs its child's life, which is the only sure way to end the work behind it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from models.errors import ServerStopping, SourceFailed, SourceTimeout
from models.settings import Settings
from services.source.classify import LibraryError, Trouble
from services.source.process import Child, ChildDied, ChildOptions
from services.source.trust import combined_bundle
from services.source.versions import find_deno, library_versions

logger = logging.getLogger(__name__)

T = TypeVar("T")

REQUEST_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a library gave, and what it warned of on the way."""

    value: Any
    warnings: tuple[str, ...]


class ChildPool:
    """Hands each request to a free child; at most `size` live, idle ones beyond `warm` end after `idle_s` seconds."""

    def __init__(
        self,
        *,
        settings: Settings,
        size: int,
        warm: int = 1,
        idle_s: float = 120.0,
        boot_s: float = 60.0,
        requests_per_child: int = 200,
    ) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(size)
        self._warm = min(warm, size)
        self._idle_s = idle_s
        self._boot_s = boot_s
        # The libraries' caches grow; a child's memory is bounded by its life.
        self._requests_per_child = requests_per_child
        self._options: ChildOptions | None = None
        self._versions: dict[str, Any] = {}
        self._children: set[Child] = set()
        self._idle: dict[Child, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._counts: Counter[str] = Counter(calls=0, errors=0)

    async def start(self) -> None:
        """Prepares the options and starts the first child; does not wait until its libraries are loaded."""
        options, self._versions = await asyncio.to_thread(_prepare, self._settings)
        self._options = options
        if options.deno_path is None:
            logger.warning("javascript_runtime_missing", extra={"runtime": "deno"})
        if self._warm:
            await self._warm_up()

    async def aclose(self) -> None:
        """Ends every child; requests still running raise `ServerStopping`."""
        self._closed = True
        for timer in self._idle.values():
            timer.cancel()
        self._idle.clear()
        while self._tasks:
            for child in self._children:
                child.kill()
            await asyncio.wait(self._tasks)

    def versions(self) -> dict[str, Any]:
        """See `library_versions`; empty before `start`."""
        return dict(self._versions)

    def stats(self) -> Mapping[str, int]:
        """Searches and extractions since the start: calls, errors (a video that cannot be had is one)."""
        return dict(self._counts)

    @property
    def pids(self) -> frozenset[int]:
        """Process ids of the children that live now."""
        return frozenset(child.pid for child in self._children)

    async def ask(self, operation: str, *, stage: str, timeout_s: float, **arguments: Any) -> Answer:
        """What the library answers.

        Raises `LibraryError` when the library did, `SourceTimeout` after `timeout_s` seconds (waiting for a free child
        not counted), `SourceFailed` when the child died.
        """
        async with self._slots:
            child = await self._take(stage)
            self._counts["calls"] += 1
            try:
                reply = await self._converse(child, {"operation": operation, **arguments}, stage, timeout_s)
            except BaseException as error:
                self._counts["errors"] += isinstance(error, Exception)
                child.kill()
                raise
            self._give_back(child)
        warnings = tuple(reply["warnings"])
        if "error" in reply:
            self._counts["errors"] += 1
            raise LibraryError(Trouble.from_reply(reply["error"], warnings))
        return Answer(reply["value"], warnings)

    async def _converse(self, child: Child, request: dict[str, Any], stage: str, timeout_s: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._boot_s):
                await child.boot()
        except TimeoutError:
            raise SourceFailed(stage=stage, reason="child did not start in time") from None
        except ChildDied as exc:
            raise self._died(exc, stage) from exc
        try:
            async with asyncio.timeout(timeout_s):
                return await child.ask(request)
        except TimeoutError:
            logger.warning("youtube_child_late", extra={"operation": request["operation"], "timeout_s": timeout_s})
            raise SourceTimeout(stage=stage) from None
        except ChildDied as exc:
            raise self._died(exc, stage) from exc

    def _died(self, exc: ChildDied, stage: str) -> SourceFailed | ServerStopping:
        if self._closed:
            return ServerStopping(stage=stage)
        logger.warning("youtube_child_died", extra={"reason": str(exc)})
        return SourceFailed(stage=stage, reason=f"child died: {exc}")

    # -- children

    async def _take(self, stage: str) -> Child:
        if self._closed:
            raise ServerStopping(stage=stage)
        while self._idle:
            # The one used last: the others may grow old and end.
            child, timer = self._idle.popitem()
            timer.cancel()
            if child.alive:
                return child
        spawning = self._own(self._spawn(), "youtube-child-spawn")
        try:
            return await asyncio.shield(spawning)
        except asyncio.CancelledError:
            spawning.add_done_callback(self._shelve)
            raise
        except ChildDied as exc:
            raise self._died(exc, stage) from exc

    def _give_back(self, child: Child) -> None:
        if self._closed or child.served >= self._requests_per_child:
            child.kill()
        else:
            self._idle[child] = asyncio.get_running_loop().call_later(self._idle_s, self._expire, child)

    def _expire(self, child: Child) -> None:
        if len(self._idle) > self._warm:
            del self._idle[child]
            child.kill()

    async def _spawn(self) -> Child:
        if self._options is None:
            raise RuntimeError("the pool was not started")
        child = await Child.spawn(self._options)
        self._children.add(child)
        self._own(self._watch(child), f"youtube-child-{child.pid}")
        if self._closed:
            child.kill()
        return child

    def _shelve(self, spawning: asyncio.Task[Child]) -> None:
        """Keeps a child that nobody waits for any more."""
        if spawning.cancelled():
            return
        if (exc := spawning.exception()) is not None:
            logger.warning("youtube_child_not_started", extra={"reason": str(exc)})
        elif spawning.result() in self._children:
            self._give_back(spawning.result())

    async def _watch(self, child: Child) -> None:
        await child.wait()
        self._children.discard(child)
        if timer := self._idle.pop(child, None):
            timer.cancel()
        # One that never came up is not replaced at once: the next would most likely do the same.
        if child.booted:
            self._keep_warm()

    def _keep_warm(self) -> None:
        if not self._closed and len(self._children) < self._warm:
            self._own(self._warm_up(), "youtube-child-warm")

    async def _warm_up(self) -> None:
        try:
            child = await self._spawn()
        except ChildDied as exc:
            logger.warning("youtube_child_not_started", extra={"reason": str(exc)})
            return
        # Free at once: the first request rather waits for this one than for a second.
        self._give_back(child)
        self._own(self._boot(child), f"youtube-child-{child.pid}-boot")

    async def _boot(self, child: Child) -> None:
        try:
            await child.boot()
        except ChildDied as exc:
            if not self._closed:
                logger.warning("youtube_child_not_started", extra={"reason": str(exc)})

    def _own(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _prepare(settings: Settings) -> tuple[ChildOptions, dict[str, Any]]:
    home = settings.music_dl_home
    cache_dir = home / "cache" / "ytdlp"
    cache_dir.mkdir(parents=True, exist_ok=True)
    deno = find_deno()
    ca_file = settings.youtube_ca_file
    options = ChildOptions(
        cache_dir=str(cache_dir),
        request_timeout_s=REQUEST_TIMEOUT_S,
        retries=settings.max_retry,
        proxy=settings.youtube_proxy,
        ca_bundle=str(combined_bundle(ca_file, home / "tmp")) if ca_file else None,
        cookies_file=_text(settings.youtube_cookies_file),
        deno_path=_text(deno),
        ytdlp_options=settings.ytdlp_options,
    )
    return options, library_versions(deno)


def _text(path: Path | None) -> str | None:
    return str(path) if path is not None else None
