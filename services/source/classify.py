"""What a failure of yt-dlp or ytmusicapi means. Pure; the sentences are YouTube's and yt-dlp's own.

Video troubles stand in the sentence yt-dlp raises. When the player call itself failed the sentence only says that there
were no formats, and the cause stands in the warnings before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from models.errors import (
    BotCheck,
    SessionLimited,
    SourceBlocked,
    SourceError,
    SourceFailed,
    SourceRateLimited,
    SourceTimeout,
    SourceUnreachable,
    VideoAgeRestricted,
    VideoDrmProtected,
    VideoFailed,
    VideoFormatMissing,
    VideoGeoBlocked,
    VideoIsLive,
    VideoMembersOnly,
    VideoPrivate,
    VideoRemoved,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A library's exception, as it came over the pipe."""

    message: str
    names: frozenset[str] = frozenset()
    """Names of the exception's classes, their bases, and those of its causes."""
    warnings: tuple[str, ...] = ()
    status: int | None = None
    """HTTP status of the answer it stumbled over."""
    retry_after_s: float | None = None

    @classmethod
    def from_reply(cls, error: dict[str, Any], warnings: tuple[str, ...]) -> Trouble:
        """From the child's `error` object."""
        retry_after = error.get("retry_after")
        return cls(
            message=error["message"],
            names=frozenset(error["names"]),
            warnings=warnings,
            status=error["status"],
            retry_after_s=float(retry_after) if retry_after and retry_after.isdigit() else None,
        )


class LibraryError(Exception):
    """A library in a child process raised; `trouble` says what."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(trouble.message)


Rules = tuple[tuple[re.Pattern[str], type[SourceError]], ...]


def _rules(*pairs: tuple[str, type[SourceError]]) -> Rules:
    return tuple((re.compile(pattern, re.IGNORECASE), error) for pattern, error in pairs)


# Every video would fail the same way; looked for first, because "Video unavailable" stands before some of them.
BLOCKED = _rules(
    (r"confirm (that )?you're not a bot|unusual traffic|captcha", BotCheck),
    (r"content isn't available, try again later|session has been rate-limited|account has been rate-limited",
     SessionLimited),
    (r"HTTP Error 429|Too Many Requests", SourceRateLimited),
    (r"IP is likely being blocked", SourceBlocked),
)  # fmt: skip

VIDEO = _rules(
    (r"in your country|from your location|geo.?restrict", VideoGeoBlocked),
    (r"private video|video is private", VideoPrivate),
    (r"members-only|channel's members|Music Premium|requires payment|purchase", VideoMembersOnly),
    (r"confirm your age|age-restricted|age.verif|inappropriate for some users", VideoAgeRestricted),
    (r"DRM protected", VideoDrmProtected),
    (r"live event|live stream|premiere|currently live|is upcoming|waiting for the stream", VideoIsLive),
    (r"removed|terminated|no longer available|copyright|closed their (youtube )?account|does not exist", VideoRemoved),
    (r"content isn't available", VideoFailed),
    (r"video (is )?(un|not )available|video isn't available|incomplete youtube id", VideoRemoved),
)

# In yt-dlp's sentence or warnings when a call did not get its answer.
TRANSPORT = _rules(
    (r"HTTP Error 5\d\d", SourceFailed),
    (r"HTTP Error 40[13]", SourceBlocked),
    (r"HTTP Error \d{3}", SourceFailed),
    (r"timed? ?out", SourceTimeout),
    (r"unable to connect|connection|proxy|resolve|unreachable|SSL|certificate|getaddrinfo|\[Errno|IncompleteRead",
     SourceUnreachable),
    (r"parse JSON|JSON ?decode|Expecting value", SourceFailed),
)  # fmt: skip

# The formats are there for whoever solves the player's riddle; that we could not is no property of the video.
RIDDLE = re.compile(r"challenge solving failed|signature solving failed|PO Token|JavaScript runtime", re.IGNORECASE)
NO_FORMATS = re.compile(r"no video formats|failed to extract any player response", re.IGNORECASE)
FORMAT_MISSING = re.compile(r"requested format is not available|only images are available", re.IGNORECASE)

TIMEOUTS = {"Timeout", "TimeoutError", "ReadTimeout", "ConnectTimeout"}
NETWORK = {"ConnectionError", "ProxyError", "SSLError", "TransportError", "ChunkedEncodingError", "RemoteDisconnected"}


def extract_error(trouble: Trouble) -> type[SourceError]:
    """The class of an extraction's failure; `VideoFailed` when nothing is known."""
    sentence = _plain(trouble.message)
    if found := _first(BLOCKED + VIDEO, sentence):
        return found
    warnings = [_plain(warning) for warning in trouble.warnings]
    if FORMAT_MISSING.search(sentence):
        return VideoFailed if any(RIDDLE.search(warning) for warning in warnings) else VideoFormatMissing
    if NO_FORMATS.search(sentence):
        # Rules outside, warnings inside: one client's 429 says more than another's broken connection.
        for rule in BLOCKED + TRANSPORT:
            if any(rule[0].search(warning) for warning in warnings):
                return rule[1]
        return VideoFailed
    return _first(TRANSPORT, sentence) or _by_name(trouble) or VideoFailed


def search_error(trouble: Trouble) -> type[SourceError]:
    """The class of a search's failure; `SourceFailed` when nothing is known (an answer of a new shape, mostly)."""
    sentence = _plain(trouble.message)
    if trouble.status == 429:
        # ytmusicapi reads JSON before it looks at the status, and 429 comes as a page.
        return SourceRateLimited
    return _first(BLOCKED, sentence) or _by_name(trouble) or _first(TRANSPORT, sentence) or SourceFailed


def source_error(kind: type[SourceError], trouble: Trouble, *, stage: str, **facts: Any) -> SourceError:
    """The error to raise; what the library said goes into its facts, which no client sees."""
    return kind(
        stage=stage,
        retry_after_s=trouble.retry_after_s,
        sentence=trouble.message[:500],
        warnings=[warning[:500] for warning in trouble.warnings],
        status=trouble.status,
        **facts,
    )


def _by_name(trouble: Trouble) -> type[SourceError] | None:
    if trouble.names & TIMEOUTS:
        return SourceTimeout
    return SourceUnreachable if trouble.names & NETWORK else None


def _first(rules: Rules, text: str) -> type[SourceError] | None:
    return next((error for pattern, error in rules if pattern.search(text)), None)


def _plain(text: str) -> str:
    return text.replace("\u2019", "'").replace("\u2018", "'")
