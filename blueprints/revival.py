"""Starts a process of the server again that was killed or crashed: Sanic itself leaves it dead, and goes on with fewer.

Runs in the process that manages the others, as a thread: there is no event loop there.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from sanic import Sanic
from sanic.worker.manager import WorkerManager

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
LONGEST_PAUSE_S = 60.0
"""Between two starts of a process that dies again and again; one that lived longer is started at once."""


class Revival:
    """Watches the processes from `start` to `stop`."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._pauses_s: dict[str, float] = {}
        self._started: dict[str, float] = {}

    def start(self, manager: WorkerManager) -> None:
        """Begins to watch."""
        self._thread = threading.Thread(target=self._watch, args=(manager,), name="revival", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when nothing more is started."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, manager: WorkerManager) -> None:
        seen: dict[str, int] = {}
        while not self._over.wait(LOOK_EVERY_S):
            for process in list(manager.transient_processes):
                pid, code = process.pid, process.exitcode
                # One that ended with 0 was told to.
                if pid is None or not code or process.is_alive() or seen.get(process.name) == pid:
                    continue
                if self._is_due(process.name):
                    seen[process.name] = pid
                    logger.error("process_died", extra={"worker": process.name, "exit_code": code})
                    # As a worker would ask its manager; after a stop was asked for, nobody listens any more.
                    manager.monitor_publisher.send(f"{process.name}:")

    def _is_due(self, name: str) -> bool:
        now = time.monotonic()
        lived_s = now - self._started.get(name, float("-inf"))
        pause_s = self._pauses_s.get(name, 0.0)
        if lived_s < pause_s:
            return False
        self._pauses_s[name] = min(LONGEST_PAUSE_S, max(1.0, 2 * pause_s)) if lived_s < LONGEST_PAUSE_S else 0.0
        self._started[name] = now
        return True


def register(app: Sanic[Any, Any]) -> None:
    """Has the processes of `app` watched, when there are several."""
    revival = Revival()

    async def start(app: Sanic[Any, Any]) -> None:
        revival.start(app.manager)

    async def stop(_app: Sanic[Any, Any]) -> None:
        revival.stop()

    app.register_listener(start, "main_process_ready")
    app.register_listener(stop, "main_process_stop")
