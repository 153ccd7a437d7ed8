"""A socket's way out: straight to its transport while there is room, else by Sanic's own `send`, which waits for room.

Sanic's `send` costs a task step, a lock and a frame for each socket and message. A message that goes to thousands is
one frame of the same bytes for all, and nearly always there is room: then it is handed over as it is.
"""

from __future__ import annotations

import contextlib
import socket

from sanic import Websocket
from websockets.protocol import State

from blueprints.frames import Message

ROOM_BYTES = 16_384
"""More than this unsent is a slow reader; Sanic lets a writer that had to wait go on below the same mark."""
GIVEN_UP_AFTER_MS = 60_000


class Outlet:
    """One socket's."""

    __slots__ = ("_ws",)

    def __init__(self, ws: Websocket) -> None:
        self._ws = ws

    def put(self, message: Message) -> bool:
        """Sends it now if there is room; whether it did. Nothing of another frame can be in between: all are whole."""
        ws = self._ws
        protocol = ws.io_proto
        transport = None if protocol is None else protocol.transport
        if transport is None or ws.ws_proto.state is not State.OPEN or transport.get_write_buffer_size() > ROOM_BYTES:
            return False
        transport.write(message.wire)
        return True

    async def send(self, text: str) -> None:
        """Sends it when there is room; raises what Sanic raises when the client has left."""
        await self._ws.send(text)

    async def receive(self) -> str | bytes | None:
        """The client's next message. When the client leaves, Sanic cancels the handler that waits here."""
        # What `recv` does, without the task and the future that it makes for each wait.
        return await self._ws.assembler.get()

    def give_up_on_silence(self) -> None:
        """Has the system end the connection when nothing that was sent is acknowledged for a minute.

        That is how a client that vanished without a word is noticed, at no cost to those who are there.
        """
        protocol = self._ws.io_proto
        transport = None if protocol is None else protocol.transport
        # Linux only; elsewhere the system's own, longer, limit holds.
        option = getattr(socket, "TCP_USER_TIMEOUT", None)
        if transport is None or option is None:
            return
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, option, GIVEN_UP_AFTER_MS)
