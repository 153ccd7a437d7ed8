"""Several Sanic processes: a signal to stop waits for its turn in the process that manages them.

Sanic's own handler asks the processes' shared table at once. When the signal comes in the midst of another question to
that table, which the manager asks ten times a second, the two answers are mixed up: the manager crashes, and ends with
1 while its processes are still stopping. Here the handler only leaves a message, the one that Sanic's own `terminate`
sends; the manager reads it between two questions.
"""

from __future__ import annotations

import logging
import signal
from types import FrameType
from typing import Any

from sanic import Sanic

logger = logging.getLogger(__name__)

TERMINATE = "__TERMINATE__"


def register(app: Sanic[Any, Any]) -> None:
    """Has the manager of `app` stop in good order, when there are several processes."""

    async def install(app: Sanic[Any, Any]) -> None:
        manager = app.manager
        asked = False

        def stop(number: int, frame: FrameType | None) -> None:
            nonlocal asked
            if asked:
                # Somebody insists: Sanic kills what has not ended yet.
                manager.shutdown_signal(number, frame)  # type: ignore[no-untyped-call]
                return
            asked = True
            logger.info("server_stops", extra={"signal": signal.Signals(number).name})
            manager.monitor_publisher.send(TERMINATE)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)

    app.register_listener(install, "main_process_ready")
