"""What the tests paste: links of the sandbox's catalogue."""

from __future__ import annotations

from _local.sandbox.catalogue import sandbox_catalogue
from _local.sandbox.catalogue_examples import first_tries
from _local.sandbox.catalogue_playlists import LONG, SMALL, playlist_id

ALBUM = first_tries()[0]
"""Eight tracks."""


def named(name: str) -> str:
    """The link of the album of that name."""
    [found] = [album for album in sandbox_catalogue().albums.values() if album["name"] == name]
    return f"https://open.spotify.com/album/{found['id']}"


UNLUCKY = named("The Unlucky Tapes")
"""Ten tracks, of which six fail."""
MANY_SCRIPTS = f"https://open.spotify.com/playlist/{playlist_id(SMALL)}"
LONG_LIST = f"https://open.spotify.com/playlist/{playlist_id(LONG)}"
