"""`make run`: the server with the real services, or, when there are no Spotify credentials, with the bundled sandbox.

The server is the same in both cases: the sandbox is a process beside it, and the server learns of it from nothing but
its ordinary settings. This process starts both, passes signals on, and ends with the server's exit code. Neither
outlives it: the sandbox reads from a pipe that ends with us, and on Linux the kernel tells the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from _local.sandbox.catalogue_examples import first_tries
from models.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = ROOT / "_local" / "local.env"
SERVER = (sys.executable, "-m", "app")
SANDBOX = (sys.executable, "-m", "_local.sandbox", "--folder")
PORT_WAIT_S = 15.0
SANDBOX_START_S = 120.0
SANDBOX_STOP_S = 5.0
PR_SET_PDEATHSIG = 1


def main() -> int:
    """The command; 2 when the settings cannot be used."""
    try:
        settings = Settings.from_env(os.environ, ENV_FILE)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    os.chdir(ROOT)
    if "MAKELEVEL" in os.environ:
        end_with_parent()
    if not port_is_free(settings.core_service_host, settings.core_service_port):
        print(
            f"Port {settings.core_service_port} is in use: stop what listens there, or set CORE_SERVICE_PORT.",
            file=sys.stderr,
        )
        return 1
    if settings.has_spotify_credentials:
        os.execv(SERVER[0], SERVER)
    return asyncio.run(with_sandbox(settings))


async def with_sandbox(settings: Settings) -> int:
    """Runs sandbox and server until the server ends; its exit code."""
    stop = asyncio.Queue[int]()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.put_nowait, number)
    print("No Spotify credentials in _local/local.env: serving the bundled sandbox catalogue.", flush=True)
    # Groups of their own: Ctrl-C reaches this process alone, which passes it on once and in order.
    sandbox = await asyncio.create_subprocess_exec(
        *SANDBOX, str(settings.music_dl_home / "sandbox"), stdin=PIPE, stdout=PIPE, process_group=0
    )
    try:
        added = await announced(sandbox)
        if added is None:
            print("The sandbox did not start.", file=sys.stderr)
            return 1
        if not stop.empty():
            return 0
        server = await asyncio.create_subprocess_exec(
            *SERVER, env=os.environ | added, process_group=0, preexec_fn=end_with_parent
        )
        print(invitation(settings.core_service_port), flush=True)
        return await watched(server, sandbox, stop)
    finally:
        await ended(sandbox)


async def announced(sandbox: Process) -> dict[str, str] | None:
    """The settings that the sandbox names once it listens; `None` when it does not come so far."""
    assert sandbox.stdout is not None
    with contextlib.suppress(TimeoutError, ValueError):
        line = await asyncio.wait_for(sandbox.stdout.readline(), SANDBOX_START_S)
        return {str(name): str(value) for name, value in json.loads(line).items()}
    return None


async def watched(server: Process, sandbox: Process, stop: asyncio.Queue[int]) -> int:
    """Waits for the server, passing signals on: the first one asks it to stop, the second one ends it."""
    server_end = asyncio.create_task(server.wait(), name="server")
    sandbox_end = asyncio.create_task(sandbox.wait(), name="sandbox")
    signalled = asyncio.create_task(stop.get(), name="signal")
    asked, lost = False, False
    while not server_end.done():
        waiting = {server_end, signalled} if lost else {server_end, signalled, sandbox_end}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if signalled.done():
            tell(server, signal.SIGKILL if asked else signal.SIGTERM)
            asked, signalled = True, asyncio.create_task(stop.get(), name="signal")
        if sandbox_end.done() and not lost and not server_end.done():
            lost = True
            print(f"The sandbox has ended (exit code {sandbox_end.result()}): stopping the server.", file=sys.stderr)
            tell(server, signal.SIGTERM)
    signalled.cancel()
    sandbox_end.cancel()
    code = server_end.result()
    if lost:
        return 1
    return 128 - code if code < 0 else code


def tell(process: Process, number: int) -> None:
    """Sends a signal to a process that may just have ended."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)


async def ended(sandbox: Process) -> None:
    """Ends the sandbox: by the end of its input, or by force."""
    assert sandbox.stdin is not None
    sandbox.stdin.close()
    try:
        await asyncio.wait_for(sandbox.wait(), SANDBOX_STOP_S)
    except TimeoutError:
        tell(sandbox, signal.SIGKILL)
        await sandbox.wait()


def end_with_parent() -> None:
    """Asks the kernel for SIGTERM when the parent ends; without Linux, nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def port_is_free(host: str, port: int, *, wait_s: float = PORT_WAIT_S) -> bool:
    """Whether the port can be bound; waits a little, for a former server may be about to end."""
    deadline = time.monotonic() + wait_s
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return True
            except OSError:
                if time.monotonic() > deadline:
                    return False
        time.sleep(0.2)


def invitation(port: int) -> str:
    """What to try first."""
    base = f"http://127.0.0.1:{port}"
    album, track = first_tries()
    return (
        f"  Open {base}/ and paste {album}\n"
        f"  or   curl '{base}/api/spotify/metadata?link={album}'\n"
        f"       curl '{base}/api/spotify/download/track/{track}'\n"
        "  More links: docs/sandbox.md"
    )


if __name__ == "__main__":
    sys.exit(main())
