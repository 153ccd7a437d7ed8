"""`python -m bench.socket_host bare|product SETTINGS`: a server of sockets that says what it is asked to say.

`product` is the whole application with these settings (a JSON object); `bare` is a Sanic application whose sockets are
kept in a set, and a loop that sends to each. Greeting: `{"port", "pid"}`. Asked with `{"job_id", "events", "pace_s"}`,
it tells so many changes of that job, one every `pace_s` seconds, and answers `{"cpu_s"}`, what the process spent
meanwhile, once all is handed to the sockets (and a little after, so that what is buffered counts).
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sanic import Request, Sanic, Websocket

from app import create_app
from bench.processes import HOST, free_port
from models.ids import JobId, SpotifyId
from models.job import JobState, Progress, Stage
from models.progress import MessageType, ProgressEvent
from models.settings import Settings
from services import logs

FIRST_SEQ = 1_000
"""Beyond what the job's own worker has told."""
SETTLE_S = 0.5

Tell = Callable[[ProgressEvent], Awaitable[None]]


def change(job_id: str, number: int) -> ProgressEvent:
    """A change of a job that is being fetched."""
    progress = Progress(
        stage=Stage.FETCH, percent=number / 10, bytes_done=4096 * number, bytes_total=4_404_019, speed_bps=812_340.0,
        eta_s=3.5, message="Fetching the audio",
    )  # fmt: skip
    return ProgressEvent(
        job_id=JobId(job_id), track_id=SpotifyId(job_id[:22]), seq=FIRST_SEQ + number, state=JobState.RUNNING,
        progress=progress, error=None, name=None, stored_name=None, ts=datetime.now(UTC),
    )  # fmt: skip


def text_of(event: ProgressEvent, kind: MessageType) -> str:
    """The frame's text, as the product writes it."""
    return json.dumps(event.body(kind, None), separators=(",", ":"))


def bare() -> tuple[Sanic[Any, Any], Tell]:
    """The least that a Sanic application can do: a handler that waits, a loop that sends."""
    app: Sanic[Any, Any] = Sanic("bare", configure_logging=False)
    app.config.ACCESS_LOG = False
    sockets: set[Websocket] = set()

    @app.websocket("/ws/progress")  # type: ignore[untyped-decorator]
    async def listen(request: Request, ws: Websocket) -> None:
        await ws.send(text_of(change(str(request.args.get("job_id")), 0), MessageType.SNAPSHOT))
        sockets.add(ws)
        try:
            while await ws.recv() is not None:
                pass
        finally:
            sockets.discard(ws)

    async def tell(event: ProgressEvent) -> None:
        text = text_of(event, MessageType.PROGRESS)
        for ws in tuple(sockets):
            await ws.send(text)

    return app, tell


def product(settings: dict[str, str]) -> tuple[Sanic[Any, Any], Tell]:
    """The whole application; a change comes in as those of its worker do."""
    given = Settings.from_env(settings, None)
    logs.configure(given.log_level)
    app = create_app(settings=given)

    async def tell(event: ProgressEvent) -> None:
        await app.ctx.services.broker.publish_event(event)

    return app, tell


async def spread(tell: Tell, *, job_id: str, first: int, events: int, pace_s: float) -> dict[str, float]:
    """Tells the changes at an even pace."""
    began_s = time.process_time()
    due = time.monotonic()
    for number in range(first, first + events):
        await tell(change(job_id, number))
        due += pace_s
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    await asyncio.sleep(SETTLE_S)
    return {"cpu_s": time.process_time() - began_s}


def main() -> None:
    """Serves until standard input ends."""
    port = free_port()
    app, tell = bare() if sys.argv[1] == "bare" else product(json.loads(sys.argv[2]))

    @app.after_server_start
    async def ready(_app: Sanic[Any, Any]) -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=obey, args=(loop,), daemon=True).start()
        print(json.dumps({"port": port}), flush=True)

    def obey(loop: asyncio.AbstractEventLoop) -> None:
        for line in sys.stdin:
            done = asyncio.run_coroutine_threadsafe(spread(tell, **json.loads(line)), loop)
            print(json.dumps(done.result()), flush=True)
        loop.call_soon_threadsafe(app.stop)

    app.run(host=HOST, port=port, single_process=True, motd=False, access_log=False)


if __name__ == "__main__":
    main()
