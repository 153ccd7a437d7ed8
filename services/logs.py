"""Logs as JSON lines with the id of the request they belong to."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

import ujson

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that the running code serves, if any."""

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One line a record: time, level, event, request id, and everything given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
        line.update({key: value for key, value in vars(record).items() if key not in _STANDARD and value is not None})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return ujson.dumps(line, ensure_ascii=False, escape_forward_slashes=False, default=str)


def configure(level: str) -> None:
    """Sends every log of the process to standard error, from `level` up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The broker's supervisor tells of lost connections itself, with more to go by.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    # Sanic brings handlers of its own; its records shall come this way too, and only once.
    for name in ("sanic.root", "sanic.error", "sanic.server", "sanic.websockets"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
