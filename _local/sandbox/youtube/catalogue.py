"""All uploads, and what a search for words finds among them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal

from _local.sandbox.upload import Upload

Shelf = Literal["songs", "videos"]

LEAST_SHARE = 0.5
"""Share of a query's words that a hit must have."""


class Catalogue:
    """Uploads by id and by words. Later uploads of the same id replace earlier ones."""

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self._uploads = {upload.video_id: upload for upload in uploads}
        self._words = {upload.video_id: _index(upload) for upload in self._uploads.values()}

    def put(self, upload: Upload) -> None:
        """Add an upload, or replace the one of the same id."""
        self._uploads[upload.video_id] = upload
        self._words[upload.video_id] = _index(upload)

    def get(self, video_id: str) -> Upload | None:
        return self._uploads.get(video_id)

    def search(self, query: str) -> list[Upload]:
        """YouTube's list: by share of the query's words, coarsely, then by views. Not helpfully sorted."""
        excluded = {w for part in query.split() if part.startswith("-") for w in _words(part)}
        wanted = [w for w in _words(query) if w not in excluded]
        return [u for u in self._ranked(wanted) if not excluded & self._words[u.video_id]]

    def music(self, query: str, shelf: Shelf | None) -> list[Upload]:
        """YouTube Music's list. An ISRC finds its recording only when written in two parts (`US FZ2275105`)."""
        if isrc := re.fullmatch(r"([A-Z]{2}) ([A-Z0-9]{2,3}\d{7})", query.strip().upper()):
            hits = [u for u in self._uploads.values() if "".join(isrc.groups()) in u.tags]
        else:
            hits = self._ranked(_words(query))
        return [u for u in hits if shelf is None or (u.kind == "ATV") == (shelf == "songs")]

    def _ranked(self, wanted: Sequence[str]) -> list[Upload]:
        if not wanted:
            return []
        shares = {u.video_id: _share(wanted, self._words[u.video_id]) for u in self._uploads.values()}
        hits = [u for u in self._uploads.values() if shares[u.video_id] >= LEAST_SHARE]
        return sorted(hits, key=lambda u: (-round(4 * shares[u.video_id]), -u.views, _shuffle(u.video_id)))


def _share(wanted: Sequence[str], words: Iterable[str]) -> float:
    have = set(words)
    return sum(word in have for word in wanted) / len(wanted)


def _index(upload: Upload) -> set[str]:
    return {w for text in (upload.title, upload.channel, *upload.artists, upload.album or "") for w in _words(text)}


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(
        r"\w+", "".join(c for c in plain if not unicodedata.combining(c)).replace("'", "").replace("’", "")
    )


def _shuffle(video_id: str) -> str:
    return hashlib.sha256(video_id.encode()).hexdigest()
