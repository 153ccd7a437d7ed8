"""Spotify links: what a user pastes, read without asking anybody.

`parse_link` knows every shape: pages of open.spotify.com and play.spotify.com (`intl-xx/`, `embed/`, `user/NAME/`,
trailing parts, query, fragment, with or without scheme, any case of host), `spotify:` URIs, and short links, which
only their host can resolve. Text around the link is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from models.errors import InvalidLink, PodcastLink
from models.ids import SpotifyId
from models.music import Kind

PAGE_HOST = "open.spotify.com"
PAGE_HOSTS = frozenset({PAGE_HOST, "play.spotify.com"})
SHORT_HOSTS = frozenset({"spotify.link", "spotify.app.link"})

MAX_TEXT_LENGTH = 4096
"""A longer text is refused unread."""

_KINDS = frozenset(kind.value for kind in Kind)
_PODCASTS = frozenset({"show", "episode"})

# Leftmost wins and swallows its whole run, so that an address inside another address is never taken for the link.
# Every repetition is bounded or has one way to match: the time is linear in the text.
_CANDIDATE = re.compile(
    r"""
    (?<![a-z0-9+.\-]) (?P<url> [a-z][a-z0-9+.\-]{0,15} :// [^\s<>"'`]* )
  | (?<![a-z0-9:_%\-]) (?P<uri> spotify: (?:user:[^\s:/]{1,256}:)? [a-z]{1,16} : [0-9a-z]{1,64} )
  | (?<![a-z0-9_.@/:%\\\-]) (?P<bare> (?:open\.spotify\.com|play\.spotify\.com|spotify\.link|spotify\.app\.link)
        (?: : [0-9]{1,5} )? / [^\s<>"'`]* )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ID = re.compile(r"([0-9A-Za-z]{22})(?![0-9A-Za-z_\-])")
_TOKEN = re.compile(r"[0-9A-Za-z_\-]{1,64}")
_PREFIX = re.compile(r"intl-[a-z]{2,3}(?:-[a-z0-9]{2,4})?|embed(?:-podcast)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SpotifyRef:
    """What a link points at."""

    kind: Kind
    id: SpotifyId

    @property
    def spotify_url(self) -> str:
        """The plain page address."""
        return f"https://{PAGE_HOST}/{self.kind.value}/{self.id}"


@dataclass(frozen=True, slots=True)
class ShortLink:
    """A link that only its host can resolve."""

    url: str
    """Always `https`, one of the allowed hosts, a path without query."""


def parse_link(text: str) -> SpotifyRef | ShortLink:
    """The first Spotify link in `text`.

    Raises `PodcastLink` when the first one is a show or an episode, and `InvalidLink` when there is none: also for
    look-alike hosts, user names or odd ports before the path, and texts above `MAX_TEXT_LENGTH`.
    """
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidLink("The text is too long to be a Spotify link.")
    for found in links_in(text):
        return found
    raise InvalidLink


def links_in(text: str) -> Iterator[SpotifyRef | ShortLink]:
    """Every Spotify link in `text`, in order; raises `PodcastLink` when it comes to one."""
    for candidate in _CANDIDATE.finditer(text):
        if candidate["uri"]:
            found: SpotifyRef | ShortLink | None = _from_uri(candidate["uri"])
        else:
            found = _from_url(candidate["url"] or f"https://{candidate['bare']}")
        if found is not None:
            yield found


def _from_uri(uri: str) -> SpotifyRef | None:
    *_, kind, spotify_id = uri.split(":")
    return _reference(kind, spotify_id)


def _from_url(url: str) -> SpotifyRef | ShortLink | None:
    parts = _allowed(url)
    if parts is None:
        return None
    segments = [segment for segment in parts.path.split("/") if segment]
    if parts.hostname in SHORT_HOSTS:
        return _short(f"https://{parts.hostname}", segments)
    while segments and _PREFIX.fullmatch(segments[0]):
        del segments[0]
    if segments[:1] == ["s"]:
        return _short(f"https://{PAGE_HOST}/s", segments[1:])
    if segments[:1] == ["user"]:
        del segments[:2]
    return _reference(*segments[:2]) if len(segments) >= 2 else None


def _allowed(url: str) -> SplitResult | None:
    """The address in parts, if it is one of Spotify's, plainly written."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or "\\" in parts.netloc:
        return None
    if port not in {None, 80, 443} or parts.hostname not in PAGE_HOSTS | SHORT_HOSTS:
        return None
    return parts


def _short(prefix: str, segments: list[str]) -> ShortLink | None:
    token = _TOKEN.match(segments[0]) if segments else None
    return ShortLink(f"{prefix}/{token[0]}") if token else None


def _reference(kind: str, spotify_id: str) -> SpotifyRef | None:
    kind = kind.lower()
    if kind in _PODCASTS:
        raise PodcastLink
    match = _ID.match(spotify_id)
    if kind not in _KINDS or match is None:
        return None
    return SpotifyRef(Kind(kind), SpotifyId(match[1]))
