"""Progress messages as JSON text, one shape for WebSocket and server-sent events (DESIGN §5, docs/asyncapi.yaml)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ujson
from websockets.frames import Frame, Opcode

from models.errors import JobNotFound, MusicError
from models.ids import JobId
from models.job import JobState
from models.progress import MessageType, ProgressEvent
from services.progress import Update
from services.urls import MediaUrls

MESSAGES_KEPT = 128


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready to be sent."""

    text: str
    wire: bytes
    """The WebSocket frame: what a server sends is not masked, so that these bytes are the same for every socket."""

    @classmethod
    def of(cls, text: str) -> Message:
        """Wraps the text."""
        return cls(text, Frame(Opcode.TEXT, text.encode()).serialize(mask=False))


class FrameWriter:
    """Writes messages; one that goes to thousands of readers is made once."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[JobId, int, MessageType, str | None, datetime], Message] = OrderedDict()

    def update(self, update: Update, urls: MediaUrls, base_url: str) -> Message:
        """An update's message; `base_url` is the address under which this reader reaches the server."""
        event = update.event
        if event is None:
            return Message.of(self.error(JobNotFound(), job_id=update.job_id))
        url = _file_url(event, urls, base_url)
        key = (event.job_id, event.seq, update.kind, url, event.ts)
        message = self._made.get(key)
        if message is None:
            message = self._made[key] = Message.of(_dumps(event.body(update.kind, url)))
            if len(self._made) > MESSAGES_KEPT:
                self._made.popitem(last=False)
        return message

    def error(self, error: MusicError, *, job_id: str | None = None) -> str:
        """The text of something that went wrong with one job or one message; the socket stays open."""
        fault = {
            "code": error.code,
            "message": error.message,
            "retryable": error.retryable,
            "retry_after": error.retry_after_s,
            "stage": error.stage,
        }
        return _dumps({"type": MessageType.ERROR.value, "job_id": job_id, "error": fault, "ts": _now()})

    def ping(self) -> Message:
        """What keeps an idle socket open through proxies."""
        return Message.of(_dumps({"type": MessageType.PING.value, "ts": _now()}))


def _file_url(event: ProgressEvent, urls: MediaUrls, base_url: str) -> str | None:
    if event.state is not JobState.DONE or event.stored_name is None:
        return None
    return urls.url(event.stored_name, base_url)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _dumps(body: dict[str, Any]) -> str:
    return ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)
