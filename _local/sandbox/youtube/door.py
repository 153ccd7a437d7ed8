"""The proxy's door: CONNECT tunnels end here in TLS of our own, and nothing is ever forwarded."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from weakref import WeakSet

from .authority import Authority
from .faults import Faults
from .journal import Journal
from .resetting import reset

logger = logging.getLogger(__name__)

HOSTS = ("youtube.com", "googlevideo.com", "ytimg.com", "youtube-nocookie.com", "googleusercontent.com")
LONGEST_HEAD = 64 << 10


def known_host(host: str) -> bool:
    """Whether this stand-in plays `host`."""
    return any(host == name or host.endswith("." + name) for name in HOSTS)


class Doorway:
    """Makes a door for each connection and owns them all, also after HTTP (`inner`) has taken them over."""

    def __init__(
        self, *, authority: Authority, inner: Callable[[], asyncio.Protocol], journal: Journal, faults: Faults
    ) -> None:
        self._authority = authority
        self._inner = inner
        self._journal = journal
        self._faults = faults
        self._transports: WeakSet[asyncio.Transport] = WeakSet()
        self._tunnels: set[asyncio.Task[None]] = set()

    def __call__(self) -> asyncio.Protocol:
        return _Door(self)

    async def close(self) -> None:
        """Drop every connection."""
        for tunnel in self._tunnels:
            tunnel.cancel()
        await asyncio.gather(*self._tunnels, return_exceptions=True)
        for transport in list(self._transports):
            transport.abort()
        await asyncio.sleep(0)  # aborted sockets are closed by the loop's next round

    def enter(self, transport: asyncio.Transport) -> None:
        self._transports.add(transport)

    def admit(self, transport: asyncio.Transport, head: bytes) -> None:
        """Read the first request's head and open a tunnel, answer plain HTTP, or refuse."""
        method, target = [*head.split(b" ", 2), b"", b""][:2]
        if method == b"CONNECT":
            transport.pause_reading()
            tunnel = asyncio.create_task(self._connect(transport, target.decode("latin-1")), name="sandbox-tunnel")
            self._tunnels.add(tunnel)
            tunnel.add_done_callback(self._tunnels.discard)
        elif target.startswith(b"http://"):
            inner = self._inner()
            transport.set_protocol(inner)
            inner.connection_made(transport)
            inner.data_received(head)
        else:
            _refuse(transport, "400 Bad Request", "This is a proxy.")

    async def _connect(self, transport: asyncio.Transport, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._journal.add(host=host, method="CONNECT", path=target, kind="connect")
        if slow := self._faults.take("latency", "connect"):
            await asyncio.sleep(slow.seconds)
        if self._faults.take("drop", "connect"):
            reset(transport)
        elif fault := self._faults.take("status", "connect"):
            _refuse(transport, f"{fault.status} Scripted", "Scripted fault.")
        elif not known_host(host) or port != "443":
            logger.warning("sandbox_unknown_host", extra={"host": host, "port": port})
            _refuse(transport, "403 Forbidden", f"{target} is not played here, and nothing is forwarded.")
        else:
            transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._secure(transport, host)

    async def _secure(self, transport: asyncio.Transport, host: str) -> None:
        handover = _Handover(self._inner())
        try:
            context = await asyncio.to_thread(self._authority.context, host)
            secure = await asyncio.get_running_loop().start_tls(transport, handover, context, server_side=True)
        except (OSError, ssl.SSLError) as error:
            logger.info("sandbox_tls_failed", extra={"host": host, "error": str(error)})
            transport.abort()
            return
        except asyncio.CancelledError:
            transport.abort()
            raise
        if secure is not None:  # None: the client left during the handshake
            handover.attach(secure)


class _Door(asyncio.Protocol):
    """One accepted connection, until the head of its first request has arrived."""

    def __init__(self, doorway: Doorway) -> None:
        self._doorway = doorway
        self._head = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._doorway.enter(transport)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" in self._head:
            self._doorway.admit(self._transport, bytes(self._head))
        elif len(self._head) > LONGEST_HEAD:
            self._transport.abort()


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

    def connection_lost(self, _error: Exception | None) -> None:
        self._lost = True


def _refuse(transport: asyncio.Transport, status: str, reason: str) -> None:
    body = reason.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    transport.write(head.encode() + body)
    transport.close()
