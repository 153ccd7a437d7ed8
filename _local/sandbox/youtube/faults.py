"""Trouble on demand: what the stand-in does wrong, for whom and how often. Scriptable while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from _local.sandbox.upload import Trouble

from .journal import Kind

Endpoint = Kind | Literal["any"]
"""Where a fault strikes: a kind of request as the journal names it, or any of them inside a tunnel."""

Action = Literal[
    "drop",
    "status",
    "bad_json",
    "latency",
    "empty",
    "trouble",
    "throttle",
    "reset",
    "truncate",
    "stall",
    "spoil",
    "expire",
]

CUTS: tuple[Action, ...] = ("reset", "truncate", "stall")


@dataclass(kw_only=True)
class Fault:
    """One scripted fault. `left` counts down to 0 (None: for ever); an empty `video_id` means every video."""

    action: Action
    endpoint: Endpoint
    video_id: str = ""
    left: int | None = None
    status: int = 0
    html: bool = False
    seconds: float = 0.0
    trouble: Trouble = ""
    bytes_per_s: float = 0.0
    shared: bool = False
    after_bytes: int | None = None
    after_requests: int | None = None
    retry_after: int | None = None


class Faults:
    """The script. Each method adds one fault; `clear` takes all of them away. Among several the oldest acts first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def clear(self) -> None:
        self._faults.clear()

    def fail(
        self,
        endpoint: Endpoint,
        status: int,
        *,
        times: int | None = None,
        video_id: str = "",
        html: bool = False,
        retry_after: int | None = None,
    ) -> None:
        """Answer `status`: as InnerTube's JSON error, or as an HTML page (what YouTube Music sends with 429)."""
        self._add(Fault(action="status", endpoint=endpoint, video_id=video_id, left=times, status=status, html=html,
                        retry_after=retry_after))  # fmt: skip

    def bad_json(self, endpoint: Endpoint, *, times: int | None = None, video_id: str = "") -> None:
        """200 with half a JSON document."""
        self._add(Fault(action="bad_json", endpoint=endpoint, video_id=video_id, left=times))

    def delay(self, endpoint: Endpoint, seconds: float, *, times: int | None = None, video_id: str = "") -> None:
        """Wait before answering. Adds to another fault of the same request."""
        self._add(Fault(action="latency", endpoint=endpoint, video_id=video_id, left=times, seconds=seconds))

    def drop(self, endpoint: Endpoint, *, times: int | None = None, video_id: str = "") -> None:
        """Reset the connection instead of answering; `connect` drops the proxy's tunnel."""
        self._add(Fault(action="drop", endpoint=endpoint, video_id=video_id, left=times))

    def empty(self, endpoint: Endpoint, *, times: int | None = None) -> None:
        """Search finds nothing (empty shelves, as from blocked addresses)."""
        self._add(Fault(action="empty", endpoint=endpoint, left=times))

    def trouble(self, trouble: Trouble, *, times: int | None = None, video_id: str = "") -> None:
        """The player refuses as if the upload had this trouble.

        `times` counts player calls, of which one extraction makes one for each client; the watch page agrees meanwhile
        and is not counted.
        """
        self._add(Fault(action="trouble", endpoint="player", video_id=video_id, left=times, trouble=trouble))

    def throttle(self, bytes_per_s: float, *, video_id: str = "", shared: bool = False) -> None:
        """Media flows at most so fast on each connection, or (`shared`) on all of them together."""
        self._add(Fault(action="throttle", endpoint="media", video_id=video_id, bytes_per_s=bytes_per_s, shared=shared))

    def reset_media(self, after_bytes: int, *, times: int | None = 1, video_id: str = "") -> None:
        """Reset the connection after so many bytes of one answer's body (only answers longer than that)."""
        self._media("reset", after_bytes, times, video_id)

    def truncate_media(self, after_bytes: int, *, times: int | None = 1, video_id: str = "") -> None:
        """Close the connection cleanly after so many bytes of one answer's body: a body shorter than it says."""
        self._media("truncate", after_bytes, times, video_id)

    def stall_media(self, after_bytes: int, *, times: int | None = 1, video_id: str = "") -> None:
        """Stop sending after so many bytes, and keep the connection open."""
        self._media("stall", after_bytes, times, video_id)

    def spoil_media(self, *, times: int | None = None, video_id: str = "") -> None:
        """Wrong bytes of the right number, one answer each."""
        self._media("spoil", 0, times, video_id)

    def expire_media(
        self,
        *,
        after_bytes: int | None = None,
        after_requests: int | None = None,
        times: int | None = 1,
        video_id: str = "",
    ) -> None:
        """A media URL dies (403 from then on) once it was asked so often, or has sent so many bytes.

        Running answers finish. A new player call gives a fresh URL; `times` URLs die so, then no more."""
        self._add(Fault(action="expire", endpoint="media", video_id=video_id, left=times, after_bytes=after_bytes,
                        after_requests=after_requests))  # fmt: skip

    def take(self, action: Action, endpoint: Endpoint, video_id: str = "") -> Fault | None:
        """The fault to act on now, counted as used."""
        fault = self.find(action, endpoint, video_id)
        if fault is not None:
            self.use(fault)
        return fault

    def cut(self, video_id: str, length: int) -> Fault | None:
        """The fault that ends a media body of `length` bytes early, counted as used."""
        for action in CUTS:
            for fault in self._matching(action, "media", video_id):
                if (fault.after_bytes or 0) < length:
                    self.use(fault)
                    return fault
        return None

    def find(self, action: Action, endpoint: Endpoint, video_id: str = "") -> Fault | None:
        """The fault that would act, not counted."""
        return next(iter(self._matching(action, endpoint, video_id)), None)

    def use(self, fault: Fault) -> None:
        """Count one use."""
        if fault.left is not None:
            fault.left -= 1
            if fault.left <= 0 and fault in self._faults:
                self._faults.remove(fault)

    def _matching(self, action: Action, endpoint: Endpoint, video_id: str) -> list[Fault]:
        return [
            f
            for f in self._faults
            if f.action == action
            and (f.endpoint == endpoint or (f.endpoint == "any" and endpoint != "connect"))
            and f.video_id in ("", video_id)
        ]

    def _media(self, action: Action, after_bytes: int, times: int | None, video_id: str) -> None:
        self._add(Fault(action=action, endpoint="media", video_id=video_id, left=times, after_bytes=after_bytes))

    def _add(self, fault: Fault) -> None:
        if fault.left is None or fault.left > 0:
            self._faults.append(fault)
