"""yt-dlp and ytmusicapi as the child process uses them: loaded once, one request at a time.

Answers are plain JSON values close to what the libraries give; the server makes its own types of them.
"""

from __future__ import annotations

import functools
import io
import socket
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import requests
import yt_dlp
from requests.adapters import HTTPAdapter
from ytmusicapi import YTMusic

FORMAT_FIELDS = (
    "format_id", "url", "ext", "protocol", "acodec", "vcodec", "abr", "tbr", "filesize", "http_headers", "available_at",
)  # fmt: skip
ENTRY_FIELDS = (
    "id", "title", "duration", "channel", "channel_id", "channel_is_verified", "uploader", "view_count", "live_status",
)  # fmt: skip


AT_ONCE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]

# yt-dlp is not typed.
open_downloader: Callable[[dict[str, Any]], Any] = yt_dlp.YoutubeDL


SHORTS_AMONG = 20
"""Results are read lazily: this many more may be looked at, mostly on the same page, to make up for shorts."""


class Listener:
    """Keeps what yt-dlp warns of during one request: a failed player call shows there and nowhere else."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        """yt-dlp's chatter; not wanted."""

    def warning(self, message: str, *, once: bool = False, only_once: bool = False) -> None:  # noqa: ARG002
        """Something that may explain a failure."""
        self.warnings.append(message)

    def error(self, message: str) -> None:
        """Raised as an exception too; kept because it may hold more than the exception says."""
        self.warnings.append(message)


class PromptAdapter(HTTPAdapter):
    """Sends at once through a proxy, too.

    urllib3 would let the request's second packet wait there until the first is acknowledged: 40 ms for each search.
    """

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The connections through `proxy`."""
        return super().proxy_manager_for(proxy, socket_options=AT_ONCE, **options)


class Libraries:
    """Answers requests `{"operation": …, …}` with `{"value": …}` or `{"error": …}`, and the warnings on the way."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._listener = Listener()
        self._last_reply: requests.Response | None = None
        self._downloader: Any = self._open_downloader()
        self._music: YTMusic | None = None

    def serve(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request; never raises."""
        self._listener.warnings = []
        self._last_reply = None
        try:
            value = getattr(self, f"do_{request.pop('operation')}")(**request)
        except Exception as exc:  # noqa: BLE001 - whatever a library raises is news for the server
            # A fresh start next time: a session that was turned away or half set up is not worth keeping.
            self._forget()
            return {"error": self._describe(exc), "warnings": self._listener.warnings}
        return {"value": value, "warnings": self._listener.warnings}

    # -- operations

    def do_music(self, query: str, shelf: Literal["songs", "videos"], limit: int) -> list[dict[str, Any]]:
        """Rows of a YouTube Music shelf (`songs` or `videos`)."""
        if self._music is None:
            self._music = self._open_music()
        rows: list[dict[str, Any]] = self._music.search(query, filter=shelf, limit=limit)
        return rows[:limit]

    def do_youtube(self, query: str, limit: int) -> list[dict[str, Any]]:
        """Entries of a plain YouTube search; unprocessed, so that no video of it is extracted."""
        search = f"ytsearch{limit + SHORTS_AMONG}:{query}"
        found = self._ready_downloader().extract_info(search, download=False, process=False)
        # Shorts stand among the results, without a length or a channel, and none of them is a whole recording.
        videos = (entry for entry in found["entries"] if "/shorts/" not in (entry.get("url") or ""))
        return [{name: entry.get(name) for name in ENTRY_FIELDS} for entry in islice(videos, limit)]

    def do_extract(self, video_id: str) -> dict[str, Any]:
        """A video's facts and formats, worst first as yt-dlp sorts them."""
        url = f"https://www.youtube.com/watch?v={video_id}"
        info = self._ready_downloader().extract_info(url, download=False)
        formats = [{name: entry.get(name) for name in FORMAT_FIELDS} for entry in info.get("formats") or ()]
        facts = {name: info.get(name) for name in ("id", "title", "duration", "live_status")}
        return {**facts, "formats": formats}

    # -- set-up

    def _ready_downloader(self) -> Any:
        # Kept between requests: open connections, the player's script and the runtime's version stay known.
        if self._downloader is None:
            self._downloader = self._open_downloader()
        return self._downloader

    def _open_downloader(self) -> Any:
        return open_downloader(downloader_params(self._options, self._listener))

    def _open_music(self) -> YTMusic:
        session = requests.Session()
        session.mount("https://", PromptAdapter())
        session.hooks["response"].append(self._note_reply)
        bound: dict[str, Any] = {"timeout": self._options["request_timeout_s"]}
        if self._options["ca_bundle"]:
            # On each request, because REQUESTS_CA_BUNDLE would win over the session's own attribute.
            bound["verify"] = self._options["ca_bundle"]
        session.request = functools.partial(session.request, **bound)  # type: ignore[method-assign]
        proxy = self._options["proxy"]
        proxies = {"http": proxy, "https": proxy} if proxy else None
        # ytmusicapi knows the shelves by their English names: in any other language it finds nothing, silently.
        return YTMusic(requests_session=session, proxies=proxies, language="en")

    def _note_reply(self, reply: requests.Response, **_: Any) -> None:
        self._last_reply = reply

    def _forget(self) -> None:
        self._music = None
        if self._downloader is not None:
            self._downloader.close()
            self._downloader = None

    def _describe(self, exc: BaseException) -> dict[str, Any]:
        """The exception for `classify`: names of its classes and causes, sentence, HTTP status where there is one."""
        chain = list(_causes(exc))
        statuses = [status for each in chain if isinstance(status := getattr(each, "status", None), int)]
        status = statuses[0] if statuses else None
        retry_after = None
        if status is None and self._last_reply is not None:
            status = self._last_reply.status_code
            retry_after = self._last_reply.headers.get("Retry-After")
        return {
            "names": sorted({base.__name__ for each in chain for base in type(each).__mro__}),
            "message": str(getattr(exc, "msg", None) or exc),
            "status": status,
            "retry_after": retry_after,
        }


def downloader_params(options: dict[str, Any], listener: Listener) -> dict[str, Any]:
    """YoutubeDL's parameters; the operator's own are merged last and win."""
    params: dict[str, Any] = {
        "quiet": True,
        "noprogress": True,
        "logger": listener,
        "allowed_extractors": ["youtube", "youtube:search"],
        "noplaylist": True,
        "format": "bestaudio/best",
        "skip_download": True,
        "socket_timeout": options["request_timeout_s"],
        # Both are lower in the library than on the command line.
        "retries": options["retries"],
        "extractor_retries": options["retries"],
        "cachedir": options["cache_dir"],
        "js_runtimes": {"deno": {"path": options["deno_path"]}} if options["deno_path"] else {},
        # The search page tells a search nothing: its answer is one call to the API.
        "extractor_args": {"youtubetab": {"skip": ["webpage"]}},
        "compat_opts": {"no-certifi"} if options["ca_bundle"] else set(),
    }
    if options["proxy"]:
        params["proxy"] = options["proxy"]
    if options["cookies_file"]:
        # A stream, because yt-dlp writes the file anew when it closes, and several children share it.
        params["cookiefile"] = io.StringIO(Path(options["cookies_file"]).read_text(encoding="utf-8"))
    return merge_params(params, options["ytdlp_options"])


def merge_params(params: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """`more` over `params`; extractor arguments merge one level deeper, compatibility options add up."""
    merged = {**params, **more}
    arguments = {site: dict(given) for site, given in params["extractor_args"].items()}
    for site, given in more.get("extractor_args", {}).items():
        # JSON is written by hand: "a,b" is taken as on yt-dlp's command line.
        lists = {name: value.split(",") if isinstance(value, str) else value for name, value in given.items()}
        arguments.setdefault(site, {}).update(lists)
    merged["extractor_args"] = arguments
    merged["compat_opts"] = params["compat_opts"] | set(more.get("compat_opts", ()))
    return merged


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """The exception, then what it wraps: yt-dlp keeps causes in `exc_info` and `cause` besides Python's own links."""
    pending: list[BaseException] = [exc]
    seen: set[int] = set()
    while pending:
        each = pending.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        wrapped = getattr(each, "exc_info", None)
        inner = [wrapped[1]] if isinstance(wrapped, tuple) and len(wrapped) > 1 else []
        inner += [getattr(each, "cause", None), each.__cause__, each.__context__]
        pending += [one for one in inner if isinstance(one, BaseException)]
