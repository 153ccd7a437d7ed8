"""The embedded server's process: MongoDB's wire protocol over SQLite files (`nx-27017`), for one owner.

Started by `services.store.embedded_process`. It serves the listening socket that it inherits, so that clients wait in
that socket's queue, and are not refused, while a killed child is replaced. It ends when its standard input does: the
owner's death, however sudden, closes that pipe.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import logging
import os
import signal
import socket
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from neosqlite.collection import Collection
from neosqlite.collection.query_helper import QueryHelper
from neosqlite.collection.sql_translator_unified import SQLClauseBuilder
from nx_27017.handler import NeoSQLiteHandler
from nx_27017.server import handle_client

from services.store.embedded_aggregate import repair_aggregation

logger = logging.getLogger("embedded_mongo")

READY = b"ready\n"
"""Written to standard output once requests are served."""
LOCK_DEADLINE_S = 30.0


def repair_library() -> None:
    """Mends what is wrong or slow in neosqlite 1.17.2.

    * Its SQL path for updates stores dates as text and booleans as numbers; the Python path is right.
    * It joins the arms of `$or` without brackets, so that `{"_id": 1, "$or": [...]}` finds other documents too.
    * It deletes expired documents on every read, by a scan of the collection; `sweep` does so once a minute.
    * Its aggregations answer wrongly where dates or groups by several fields are in play (`embedded_aggregate`).
    """
    repair_aggregation()
    build_condition = SQLClauseBuilder._build_logical_condition

    def never(*_args: object, **_kwargs: object) -> bool:
        return False

    def in_brackets(*args: Any, **kwargs: Any) -> tuple[str | None, list[Any]]:
        sql, parameters = build_condition(*args, **kwargs)
        return (f"({sql})" if sql else sql), parameters

    def nothing(_collection: Collection) -> None:
        return None

    QueryHelper._can_use_sql_updates = never  # type: ignore[method-assign]
    SQLClauseBuilder._build_logical_condition = in_brackets  # type: ignore[method-assign]
    Collection._auto_purge_ttl = nothing  # type: ignore[method-assign,assignment]


def lock_files(home: Path) -> int:
    """Waits until no other child has the files open, and keeps others out until this process ends.

    Updates are exact because one process does them all; an old child may still be closing when its owner was killed.
    """
    lock = os.open(home / "files.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_DEADLINE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError("another server keeps the database files open") from None
            time.sleep(0.02)
        else:
            return lock


def sweep(handler: NeoSQLiteHandler) -> int:
    """Removes expired documents, as MongoDB's TTL monitor does, and gives space back; the number removed."""
    removed = 0
    for name, connection in list(handler.databases.items()):
        with handler._lock_for(name):
            for collection in connection.list_collection_names():
                removed += connection[collection].purge_expired()
            connection.db.execute("PRAGMA incremental_vacuum")
            connection.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return removed


async def sweep_forever(handler: NeoSQLiteHandler, interval_s: float) -> None:
    """Sweeps every `interval_s` seconds."""
    while True:
        await asyncio.sleep(interval_s)
        try:
            removed = await asyncio.to_thread(sweep, handler)
        except sqlite3.Error:
            logger.exception("the sweep failed")
        else:
            logger.debug("the sweep removed %d documents", removed)


async def serve(listener: socket.socket, handler: NeoSQLiteHandler, sweep_interval_s: float) -> None:
    """Serves until a termination signal or the end of standard input."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(sys.stdin.fileno(), stop.set)

    clients: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        clients[task] = writer
        try:
            await handle_client(reader, writer, handler)
        finally:
            del clients[task]

    server = await asyncio.start_server(client, sock=listener)
    sweeper = asyncio.create_task(sweep_forever(handler, sweep_interval_s), name="sweep")
    os.write(sys.stdout.fileno(), READY)
    # From here on, whatever a library prints goes where the owner reads it.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    await stop.wait()
    # Not readable any more, but always "ready": without this the loop would spin while it winds up.
    loop.remove_reader(sys.stdin.fileno())
    server.close()
    for writer in clients.values():
        # Its handler reads the end of the stream and returns, after the operation that runs.
        writer.close()
    sweeper.cancel()
    await asyncio.gather(sweeper, *(task for task in clients if task), return_exceptions=True)


def main() -> None:
    """Runs the server on an inherited socket."""
    parser = argparse.ArgumentParser(prog="embedded_child", description="MongoDB's wire protocol over SQLite files.")
    parser.add_argument("--home", type=Path, required=True, help="folder of the database files")
    parser.add_argument("--socket", type=int, required=True, help="descriptor of the listening socket")
    parser.add_argument("--sweep-interval-s", type=float, default=60.0, help="seconds between two sweeps")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    repair_library()
    listener = socket.socket(fileno=arguments.socket)
    lock_files(arguments.home)
    handler = NeoSQLiteHandler(data_dir=str(arguments.home / "data"), journal_mode="WAL")
    # Running operations end first: the loop's own wind-up waits for its threads.
    asyncio.run(serve(listener, handler, arguments.sweep_interval_s))
    handler.close_all()


if __name__ == "__main__":
    main()
