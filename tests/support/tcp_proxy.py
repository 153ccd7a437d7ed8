"""A TCP proxy that can cut: connections through it are broken, refused or let through at a test's word."""

from __future__ import annotations

import asyncio
import contextlib


class TcpProxy:
    """Forwards to `127.0.0.1:target_port`; `port` is its own."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusing = False
        self._frozen = asyncio.Event()
        self._frozen.set()
        self.port = 0
        self.accepted = 0

    async def __aenter__(self) -> TcpProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.thaw()
        self.cut()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def cut(self) -> None:
        """Breaks every open connection, as a cable does: with a reset, without a goodbye."""
        for writer in list(self._writers):
            writer.transport.abort()

    def refuse(self) -> None:
        """Breaks what is open and hangs up on whoever comes, until `admit`."""
        self._refusing = True
        self.cut()

    def admit(self) -> None:
        """Lets connections through again."""
        self._refusing = False

    def freeze(self) -> None:
        """Keeps connections open and forwards nothing, until `thaw`."""
        self._frozen.clear()

    def thaw(self) -> None:
        """Forwards again, what was held back included."""
        self._frozen.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        upstream: asyncio.StreamWriter | None = None
        try:
            if self._refusing:
                return
            self.accepted += 1
            upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self._target_port)
            self._writers.add(upstream)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, upstream))
                group.create_task(self._pump(upstream_reader, writer))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # a broken connection is what this is for
        finally:
            self._tasks.discard(task)
            for each in (writer, upstream):
                if each is not None:
                    self._writers.discard(each)
                    each.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await self._frozen.wait()
            sink.write(data)
            await sink.drain()
        with contextlib.suppress(OSError):
            sink.write_eof()
