"""Ending a connection the hard way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct


def reset(transport: asyncio.Transport | None) -> None:
    """Send a TCP reset instead of an orderly end; bytes not yet sent are thrown away."""
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):  # the peer was faster: nothing is left to reset
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
