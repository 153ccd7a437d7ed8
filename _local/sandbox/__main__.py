"""`python -m _local.sandbox --folder DIR`: runs the sandbox until its standard input ends, or SIGTERM, or Ctrl-C.

When everything listens, one line of JSON on standard output names the settings that point a server here. Whoever starts
it holds the other end of its standard input: however that process ends, the input ends with it, and so do we.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path

from _local.sandbox.service import running_sandbox

STDIN = 0


async def serve(folder: Path) -> None:
    """Serves until told to end."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)

    def watch_stdin() -> None:
        while os.read(STDIN, 1024):
            pass
        loop.call_soon_threadsafe(ended.set)

    # A daemon: nothing can end a blocking read, and it must not hold up the end of the process.
    threading.Thread(target=watch_stdin, name="sandbox-stdin", daemon=True).start()
    async with running_sandbox(folder) as sandbox:
        print(json.dumps(sandbox.settings), flush=True)
        await ended.wait()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m _local.sandbox", description="Local stand-ins, until stdin ends.")
    parser.add_argument("--folder", type=Path, default=Path("var/sandbox"), help="sounds, certificates, ports")
    asyncio.run(serve(parser.parse_args().folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
