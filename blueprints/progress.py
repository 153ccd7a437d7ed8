"""Live progress: `WS /ws/progress`, and the same as server-sent events. docs/websocket.md is written for clients."""

from __future__ import annotations

import contextlib
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Sanic, Websocket
from sanic.exceptions import WebsocketClosed
from sanic_ext import openapi
from websockets.exceptions import ConnectionClosed

from blueprints.callers import caller_of, urls_for
from blueprints.frames import FrameWriter
from blueprints.guards import raise_refusal
from blueprints.middleware import base_url_of
from blueprints.outlet import Outlet
from blueprints.progress_socket import ProgressSocket, close_code
from blueprints.progress_wishes import is_job_id, seq_of, wishes_of_query
from blueprints.socket_clock import SocketClock
from models.errors import JobNotFound, MusicError, ServerStopping
from models.ids import JobId
from models.progress import MessageType
from models.settings import Settings
from services.limits.service import CallerLimits
from services.progress import ProgressHub, Subscription, Update
from services.urls import MediaUrls

bp = Blueprint("progress")

RECONNECT_MS = 2000


@bp.before_server_start
async def share(app: Sanic[Any, Any]) -> None:
    """Gives every handler of this process the same writer, so that it can share messages, and the same clock."""
    writer, clock = FrameWriter(), SocketClock()
    clock.start()
    app.ctx.socket_clock = clock
    app.ext.add_dependency(FrameWriter, lambda: writer)
    app.ext.add_dependency(SocketClock, lambda: clock)


@bp.after_server_stop
async def stop_clock(app: Sanic[Any, Any]) -> None:
    """No socket is open any more."""
    clock: SocketClock = app.ctx.socket_clock
    await clock.close()


@bp.websocket("/ws/progress")  # type: ignore[untyped-decorator]
async def progress_socket(
    request: Request,
    ws: Websocket,
    hub: ProgressHub,
    frames: FrameWriter,
    clock: SocketClock,
    urls: MediaUrls,
    limits: CallerLimits,
    settings: Settings,
) -> None:
    """Snapshot, changes and end of each named job; jobs may be added and dropped while the socket is open."""
    base_url = base_url_of(request, settings)
    urls = urls_for(request, urls)
    socket = ProgressSocket(
        outlet=Outlet(ws),
        frames=frames,
        render=lambda update: frames.update(update, urls, base_url),
        clock=clock,
        ping_every_s=settings.progress_ping_ms / 1000,
        idle_s=settings.progress_idle_ms / 1000,
    )
    # What a client that leaves makes of a send is no fault; domain errors do not reach Sanic's error handler from here.
    with contextlib.suppress(ConnectionClosed, WebsocketClosed):
        try:
            raise_refusal(request)
            wishes = wishes_of_query(request.get_query_args(keep_blank_values=True))
            async with limits.socket(caller_of(request)):
                code, reason = await socket.serve(hub, wishes)
            await ws.close(code, reason)
        except MusicError as error:
            await ws.close(close_code(error), error.code)


@bp.get("/api/downloads/<job_id:str>/events")
@openapi.definition(
    summary="Live progress of a download, as server-sent events",
    description="The frames of the WebSocket, as `event: snapshot|progress|end` with `id: SEQ`; ends after `end`.",
    parameter=[openapi.definitions.Parameter("since", int, "query", "`seq` of the last message that was heard")],
    tag="downloads",
)
async def progress_events(
    request: Request,
    job_id: str,
    hub: ProgressHub,
    frames: FrameWriter,
    urls: MediaUrls,
    limits: CallerLimits,
    settings: Settings,
) -> HTTPResponse | None:
    """The same as the socket, for one job. A browser that comes back after the end gets 204, and stays away."""
    if not is_job_id(job_id):
        raise JobNotFound
    heard = request.headers.get("last-event-id")
    given = heard if heard and heard.isdigit() else request.args.get("since")
    since = None if given is None else seq_of(given)
    base_url = base_url_of(request, settings)
    urls = urls_for(request, urls)
    async with limits.socket(caller_of(request)):
        with hub.subscribe() as reader:
            await reader.add(JobId(job_id), since=since)
            update = await reader.next(0)
            if heard and update is not None and update.kind is MessageType.END:
                return HTTPResponse(status=204)
            response = await request.respond(
                content_type="text/event-stream; charset=utf-8",
                # Proxies that collect an answer before they pass it on would make it useless.
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
            await response.send(f"retry: {RECONNECT_MS}\n\n")
            with contextlib.suppress(ServerStopping):
                while update is None or update.kind not in {MessageType.END, MessageType.ERROR}:
                    if update is not None:
                        await response.send(_event(update, frames.update(update, urls, base_url).text))
                    update = await _next(reader, response, settings.progress_ping_ms / 1000)
                await response.send(_event(update, frames.update(update, urls, base_url).text))
            await response.eof()
    return None


async def _next(reader: Subscription, response: Any, ping_every_s: float) -> Update:
    while (update := await reader.next(ping_every_s)) is None:
        await response.send(": ping\n\n")
    return update


def _event(update: Update, text: str) -> str:
    event = update.event
    # The snapshot of a finished job has no id: a client cut off before the `end` must get it when it comes back.
    ended = event is not None and event.is_final and update.kind is MessageType.SNAPSHOT
    line = "" if event is None or ended else f"id: {event.seq}\n"
    return f"{line}event: {update.kind.value}\ndata: {text}\n\n"
