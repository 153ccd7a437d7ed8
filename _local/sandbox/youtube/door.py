"""The proxy's door: CONNECT tunnels end here in TLS of our own, and nothing is ever forwarded."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable

from .authority import Authority
from .faults import Faults
from .journal import Journal

logger = logging.getLogger(__name__)

HOSTS = ("youtube.com", "googlevideo.com", "ytimg.com", "youtube-nocookie.com", "googleusercontent.com")
LONGEST_HEAD = 64 << 10

Inner = Callable[[], asyncio.Protocol]


def known_host(host: str) -> bool:
    """Whether this stand-in plays `host`."""
    return any(host == name or host.endswith("." + name) for name in HOSTS)


class Door(asyncio.Protocol):
    """One accepted connection, until it is known what speaks on it; then an HTTP protocol takes it over."""

    def __init__(self, *, authority: Authority, inner: Inner, journal: Journal, faults: Faults) -> None:
        self._authority = authority
        self._inner = inner
        self._journal = journal
        self._faults = faults
        self._head = bytearray()
        self._transport: asyncio.Transport | None = None
        self._tunnel: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        assert transport is not None
        self._head += data
        if b"\r\n\r\n" not in self._head:
            if len(self._head) > LONGEST_HEAD:
                transport.abort()
            return
        method, target = (self._head.split(b" ", 2) + [b""])[:2]
        if method == b"CONNECT":
            self._connect(transport, target.decode("latin-1"))
        elif target.startswith(b"http://"):
            self._plain(transport)
        else:
            _refuse(transport, "400 Bad Request", "This is a proxy.")

    def _plain(self, transport: asyncio.Transport) -> None:
        inner = self._inner()
        transport.set_protocol(inner)
        inner.connection_made(transport)
        inner.data_received(bytes(self._head))

    def _connect(self, transport: asyncio.Transport, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._journal.add(host=host, method="CONNECT", path=target, kind="connect")
        if self._faults.take("drop", "connect"):
            transport.abort()
        elif fault := self._faults.take("status", "connect"):
            _refuse(transport, f"{fault.status} Refused", "refused by script")
        elif not known_host(host) or port != "443":
            logger.warning("sandbox_unknown_host", extra={"host": host, "port": port})
            _refuse(transport, "403 Forbidden", f"{host} is not played here, and nothing is forwarded.")
        else:
            transport.pause_reading()
            transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            # the event loop keeps only weak references to tasks; the transport keeps us until the handover
            self._tunnel = asyncio.create_task(self._upgrade(transport, host), name=f"tls-{host}")

    async def _upgrade(self, transport: asyncio.Transport, host: str) -> None:
        handover = _Handover(self._inner())
        try:
            context = self._authority.context(host)
            secure = await asyncio.get_running_loop().start_tls(transport, handover, context, server_side=True)
        except (OSError, ssl.SSLError) as error:
            logger.info("sandbox_tls_failed", extra={"host": host, "error": str(error)})
            transport.abort()
            return
        if secure is None:  # the peer left during the handshake
            return
        handover.attach(secure)


class _Handover(asyncio.Protocol):
    """Keeps what arrives between the end of the TLS handshake and the moment the HTTP protocol is attached."""

    def __init__(self, inner: asyncio.Protocol) -> None:
        self._inner = inner
        self._early: list[bytes] = []
        self._lost = False

    def attach(self, transport: asyncio.Transport) -> None:
        if self._lost:
            return
        transport.set_protocol(self._inner)
        self._inner.connection_made(transport)
        for data in self._early:
            self._inner.data_received(data)

    def data_received(self, data: bytes) -> None:
        self._early.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True


def _refuse(transport: asyncio.Transport, status: str, reason: str) -> None:
    body = reason.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    transport.write(head.encode() + body)
    transport.close()
