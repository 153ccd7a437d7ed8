"""What was asked of the stand-in, for tests that count."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "connect",
    "home",
    "search",
    "watch",
    "player",
    "next",
    "iframe_api",
    "player_script",
    "media",
    "manifest",
    "image",
    "music_home",
    "music_search",
    "unknown",
]
"""`search` is www.youtube.com's, `music_search` is music.youtube.com's; `connect` a proxy tunnel."""


@dataclass(kw_only=True)
class Request:
    """One request, written down as it arrives. `range` is the Range header, `client` InnerTube's client name."""

    at: float = field(default_factory=time.monotonic)
    """When it came, on the monotonic clock."""
    answered_at: float | None = None
    """When its answer had been written."""

    host: str
    method: str
    path: str
    kind: Kind
    video_id: str = ""
    query: str = ""
    client: str = ""
    range: str = ""


class Journal:
    """All requests in order; iterable, countable, emptied by `reset`."""

    def __init__(self) -> None:
        self._requests: list[Request] = []

    def add(
        self,
        *,
        host: str,
        method: str,
        path: str,
        kind: Kind,
        video_id: str = "",
        query: str = "",
        client: str = "",
        range: str = "",  # noqa: A002 - the header's own name
    ) -> Request:
        request = Request(
            host=host,
            method=method,
            path=path,
            kind=kind,
            video_id=video_id,
            query=query,
            client=client,
            range=range,
        )
        self._requests.append(request)
        return request

    def of(self, kind: Kind | None = None, video_id: str | None = None) -> list[Request]:
        """Requests of one kind and video (`None`: any)."""
        return [r for r in self._requests if kind in (None, r.kind) and video_id in (None, r.video_id)]

    def count(self, kind: Kind | None = None, video_id: str | None = None) -> int:
        return len(self.of(kind, video_id))

    def reset(self) -> None:
        self._requests.clear()

    def __iter__(self) -> Iterator[Request]:
        return iter(list(self._requests))

    def __len__(self) -> int:
        return len(self._requests)
