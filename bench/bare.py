"""`python -m bench.bare`: a Sanic application with one handler that returns given bytes, and nothing else.

Asked once by `bench.processes.helper`, with `{"path", "body", "content_type"}`; the answer is `{"port"}`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from sanic import HTTPResponse, Request, Sanic

from bench.processes import HOST, free_port


def make(path: str, body: bytes, content_type: str) -> Sanic[Any, Any]:
    """The application."""
    app: Sanic[Any, Any] = Sanic("bare", configure_logging=False)
    app.config.ACCESS_LOG = False

    @app.get(path)
    async def answer(_request: Request) -> HTTPResponse:
        return HTTPResponse(body, content_type=content_type)

    return app


def end_with_input() -> None:
    """Ends the process when whoever started it closes the pipe, or ends."""
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    """Serves until standard input ends."""
    print(json.dumps({"ready": True}), flush=True)
    wanted = json.loads(sys.stdin.readline())
    port = free_port()
    app = make(wanted["path"], wanted["body"].encode(), wanted["content_type"])

    @app.after_server_start
    async def ready(_app: Sanic[Any, Any]) -> None:
        print(json.dumps({"port": port}), flush=True)

    threading.Thread(target=end_with_input, daemon=True).start()
    app.run(host=HOST, port=port, single_process=True, motd=False, access_log=False)


if __name__ == "__main__":
    main()
