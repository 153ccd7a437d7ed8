"""The addresses under which clients get audio."""

from __future__ import annotations

from models.audio import StoredAudio
from models.ids import MediaName


class MediaUrls:
    """Builds absolute addresses; `base_url` is the one the client reached this server under."""

    def url(self, name: MediaName, base_url: str) -> str:
        """The address of a file of this server, finished or still arriving."""
        return f"{base_url}/media/{name}"

    def of(self, audio: StoredAudio, base_url: str) -> str:
        """The address of a finished file: in the bucket once it lies there."""
        return audio.bucket_url or self.url(audio.name, base_url)
