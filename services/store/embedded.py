"""The embedded database: a child process that speaks MongoDB's wire protocol, for a machine that has no MongoDB.

Several processes may share one folder. One of them owns the server: it holds `owner.lock` and the listening socket, and
keeps a child serving it. The others read the address from `address.json`; when the owner is gone, however suddenly, the
lock is free, and the next of them takes over on the same port.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from models.errors import DatabaseUnavailable
from services.store.embedded_process import ChildFailed, EmbeddedProcess
from services.store.mongo import MongoDatabase

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
PORTS = range(20_000, 32_000)
"""Below the ports that outgoing connections use: a client that tries to come back could otherwise occupy ours."""
START_DEADLINE_S = 30.0
PORT_DEADLINE_S = 10.0
POLL_S = 0.1
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0
PING_TIMEOUT_MS = 2000


class EmbeddedMongo:
    """Keeps an embedded server running under `home/mongo`, from `start` to `stop`; shared with others there."""

    def __init__(self, home: Path, *, sweep_interval_s: float = 60.0) -> None:
        """`sweep_interval_s`: seconds between two removals of expired documents."""
        self._folder = home / "mongo"
        self._sweep_interval_s = sweep_interval_s
        self._lock: int | None = None
        self._owns = False
        self._listener: socket.socket | None = None
        self._process: EmbeddedProcess | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._port: int | None = None
        self.restarts = 0
        """How often a child that had died was replaced."""

    @property
    def uri(self) -> str:
        """The address for `MongoDatabase`; stays the same while any process shares the folder."""
        if self._port is None:
            raise RuntimeError("the embedded database is not started")
        return f"mongodb://{HOST}:{self._port}/?directConnection=true"

    @property
    def owns_server(self) -> bool:
        """Whether the server is this process's child."""
        return self._owns

    @property
    def pid(self) -> int | None:
        """The child's process id, while this process has one."""
        return self._process.pid if self._process else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Returns when the database answers; raises `DatabaseUnavailable` when it does not within half a minute."""
        try:
            async with asyncio.timeout(START_DEADLINE_S):
                await asyncio.to_thread(self._open_folder)
                await self._join()
        except OSError as exc:  # a time-out, too
            await self.stop()
            raise DatabaseUnavailable(cause=f"the embedded database did not start: {exc!r}") from exc
        except BaseException:
            await self.stop()
            raise
        self._keeper = asyncio.create_task(self._keep(), name="embedded-mongo")

    async def stop(self) -> None:
        """Ends the child, if it is ours, and lets the next process take over."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self._process is not None:
            await self._process.stop()
            self._process = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        self._owns = False

    def _open_folder(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder / "owner.lock", os.O_RDWR | os.O_CREAT, 0o600)

    async def _join(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            if self._take_lock():
                try:
                    await self._serve()
                except (ChildFailed, OSError) as error:
                    logger.warning("embedded_mongo_failed", extra={"cause": str(error)})
                    pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                else:
                    return
            elif await self._found_elsewhere():
                return
            await asyncio.sleep(pause_s)

    def _take_lock(self) -> bool:
        if not self._owns and self._lock is not None:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._owns = True
        return self._owns

    async def _found_elsewhere(self) -> bool:
        port = await asyncio.to_thread(self._read_port)
        if port is None:
            return False
        database = MongoDatabase(f"mongodb://{HOST}:{port}/?directConnection=true", timeout_ms=PING_TIMEOUT_MS)
        try:
            await database.ping()
        except DatabaseUnavailable:
            # Its owner is starting or ending: the caller looks again, and at the lock too.
            return False
        finally:
            database.close()
        self._port = port
        return True

    async def _keep(self) -> None:
        """Replaces a child that dies; without one, waits for the ownership to fall free."""
        pause_s = FIRST_PAUSE_S
        while True:
            if self._process is not None:
                code = await self._process.wait()
                self._process = None
                self.restarts += 1
                logger.warning("embedded_mongo_died", extra={"exit_code": code, "restarts": self.restarts})
            elif not self._take_lock():
                await asyncio.sleep(POLL_S)
                continue
            else:
                logger.info("embedded_mongo_taken_over", extra={"pid": os.getpid()})
            try:
                await self._serve()
                pause_s = FIRST_PAUSE_S
            except (ChildFailed, OSError) as error:
                logger.warning("embedded_mongo_failed", extra={"cause": str(error)})
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _serve(self) -> None:
        """Starts the child on our socket and waits until it serves; raises `ChildFailed`."""
        if self._listener is None:
            self._listener = await self._listen()
            port = int(self._listener.getsockname()[1])
            if self._port is not None and self._port != port:
                logger.error("embedded_mongo_moved", extra={"from_port": self._port, "to_port": port})
            self._port = port
            await asyncio.to_thread(self._write_port, port)
        self._process = await EmbeddedProcess.start(
            self._folder, self._listener, sweep_interval_s=self._sweep_interval_s
        )

    async def _listen(self) -> socket.socket:
        """The listening socket: on the port used before if it can be had, so that addresses handed out stay true."""
        known = self._port or await asyncio.to_thread(self._read_port)
        deadline = asyncio.get_running_loop().time() + PORT_DEADLINE_S
        while known is not None:
            if (listener := _bound(known)) is not None:
                return listener
            # While a dead owner's child still closes its files, the port is about to fall free.
            if asyncio.get_running_loop().time() > deadline or not await asyncio.to_thread(self._files_are_open):
                break
            await asyncio.sleep(FIRST_PAUSE_S)
        for port in _preferred_ports(self._folder):
            if (listener := _bound(port)) is not None:
                return listener
        raise ChildFailed("no port is free")

    def _files_are_open(self) -> bool:
        probe = os.open(self._folder / "files.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(probe)
        return False

    def _read_port(self) -> int | None:
        try:
            return int(json.loads((self._folder / "address.json").read_bytes())["port"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _write_port(self, port: int) -> None:
        address = {"host": HOST, "port": port, "owner_pid": os.getpid()}
        part = self._folder / f"address.json.{os.getpid()}"
        part.write_text(json.dumps(address) + "\n", encoding="utf-8")
        part.replace(self._folder / "address.json")


def _bound(port: int) -> socket.socket | None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        return None
    return listener


def _preferred_ports(folder: Path) -> Iterator[int]:
    """All ports of the range, from one that depends on the folder: the same folder tends to get the same port."""
    first = zlib.crc32(str(folder.absolute()).encode()) % len(PORTS)
    yield from PORTS[first:]
    yield from PORTS[:first]
