"""A name server for one name whose addresses a test changes, as Docker's does when a service is scaled."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

HEADER = struct.Struct("!6H")
ANSWERED = 0x8180
A, INTERNET = 1, 1
NAME_OF_QUESTION = 0xC00C
TTL_S = 1


class NameServer(asyncio.DatagramProtocol):
    """Answers every question for an A record with `addresses`, in turn another one first."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked = 0
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def port(self) -> int:
        """Its UDP port on 127.0.0.1."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    async def start(self) -> None:
        """Listens."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    def stop(self) -> None:
        """Closes the socket."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of the protocol."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One question."""
        assert self._transport is not None
        number, *_ = HEADER.unpack_from(data)
        end = data.index(b"\0", HEADER.size) + 5
        (kind,) = struct.unpack_from("!H", data, end - 4)
        self.asked += 1
        first = self.asked % max(1, len(self.addresses))
        turned = (self.addresses[first:] + self.addresses[:first]) if kind == A else []
        records = b"".join(
            struct.pack("!HHHIH", NAME_OF_QUESTION, A, INTERNET, TTL_S, 4) + socket.inet_aton(each) for each in turned
        )
        answer = HEADER.pack(number, ANSWERED, 1, len(turned), 0, 0) + data[HEADER.size : end] + records
        self._transport.sendto(answer, addr)
