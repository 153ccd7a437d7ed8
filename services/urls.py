"""The addresses that clients are told."""

from __future__ import annotations

from models.audio import StoredAudio
from models.ids import JobId, MediaName
from services.tickets import Tickets

TICKET = "ticket"
"""The parameter of an address that holds its ticket."""
SOCKET_PATH = "/ws/progress"


class MediaUrls:
    """Builds absolute addresses; `base_url` is the one the client reached this server under.

    Those made by `for_key` carry a ticket of that key, since players and browsers cannot send the key itself.
    """

    def __init__(self, tickets: Tickets | None = None, key_name: str | None = None) -> None:
        """`tickets`: `None` when nobody needs a key."""
        self._tickets = tickets
        self._key_name = key_name

    def for_key(self, key_name: str | None) -> MediaUrls:
        """The addresses for the holder of this key; the plain ones when no key is needed, or none was shown."""
        if self._tickets is None or key_name is None:
            return self
        return MediaUrls(self._tickets, key_name)

    def variant(self, base_url: str) -> str:
        """Names what answers with addresses depend on, for a cache that several callers share."""
        return base_url if self._key_name is None else f"{base_url} {self._key_name}"

    def url(self, name: MediaName, base_url: str) -> str:
        """The address of a file of this server, finished or still arriving."""
        return base_url + self._opened(f"/media/{name}")

    def of(self, audio: StoredAudio, base_url: str) -> str:
        """The address of a finished file: in the bucket once it lies there."""
        return audio.bucket_url or self.url(audio.name, base_url)

    def archive(self, batch_id: JobId, base_url: str) -> str:
        """The address of a finished batch's files."""
        return base_url + self._opened(f"/api/downloads/{batch_id}/archive.zip")

    def events(self, job_id: JobId, base_url: str) -> str:
        """Where progress is told as server-sent events."""
        return base_url + self._opened(f"/api/downloads/{job_id}/events")

    def socket(self, job_id: JobId, base_url: str) -> str:
        """Where progress is told over a WebSocket; further jobs can be named on it."""
        return f"ws{base_url.removeprefix('http')}{self._opened(SOCKET_PATH, f'job_id={job_id}')}"

    def _opened(self, path: str, query: str = "") -> str:
        if self._tickets is not None and self._key_name is not None:
            ticket = f"{TICKET}={self._tickets.issue(self._key_name, path)}"
            query = f"{query}&{ticket}" if query else ticket
        return f"{path}?{query}" if query else path
