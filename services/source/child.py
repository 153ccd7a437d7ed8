"""The program that holds yt-dlp and ytmusicapi: `python -m services.source.child`.

Started by `services.source.pool`, never imported by the server. One JSON object a line: options first, then requests,
in answer `{"ready": true}` and then one line for each request. It ends when its standard input does, whatever it is
busy with, and takes its own children (the JavaScript runtime) along.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from queue import SimpleQueue
from typing import Any, BinaryIO


def take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the server, on descriptors of their own: what libraries print goes to standard error instead."""
    reader = os.fdopen(os.dup(0), "rb")
    writer = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return reader, writer


def die_with_children() -> None:
    """Ends this process and everything it started, at once."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def read_requests(reader: BinaryIO, requests: SimpleQueue[dict[str, Any]]) -> None:
    """Queues requests until the server closes the pipe or dies, which closes it too."""
    for line in reader:
        requests.put(json.loads(line))
    die_with_children()


def send(writer: BinaryIO, message: dict[str, Any]) -> None:
    """One message to the server; it being gone is noticed by the reader."""
    writer.write(json.dumps(message, default=str).encode() + b"\n")
    writer.flush()


def main() -> None:
    """Serves until the pipe ends."""
    reader, writer = take_over_pipes()
    options = json.loads(reader.readline())
    if options["ca_bundle"]:
        # yt-dlp has no option for a certificate file; with `no-certifi` it trusts what OpenSSL trusts by default.
        os.environ["SSL_CERT_FILE"] = options["ca_bundle"]
    requests: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=read_requests, args=(reader, requests), name="requests", daemon=True).start()

    from services.source.libraries import Libraries

    libraries = Libraries(options)
    send(writer, {"ready": True})
    while True:
        send(writer, libraries.serve(requests.get()))


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(1)
