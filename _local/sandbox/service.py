"""The whole sandbox in one process: every stand-in with the catalogue, on ports that stay the same if they can."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from _local.sandbox.catalogue import Catalogue, sandbox_catalogue
from _local.sandbox.github import GitHubStandIn
from _local.sandbox.ipapi import IpApiStandIn
from _local.sandbox.lrclib import LrclibStandIn
from _local.sandbox.spotify import SpotifyStandIn
from _local.sandbox.spotify_faults import Fault
from _local.sandbox.youtube import YouTubeStandIn, default_sound

BUCKET = "sandbox/songs"
BUCKET_TOKEN = "sandbox-token"
NAMES = ("spotify", "youtube", "github", "ipapi", "lrclib")


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The running stand-ins, and the settings (environment names) that point a server at them."""

    settings: dict[str, str]
    catalogue: Catalogue
    spotify: SpotifyStandIn
    youtube: YouTubeStandIn
    github: GitHubStandIn
    ipapi: IpApiStandIn
    lrclib: LrclibStandIn


@contextlib.asynccontextmanager
async def running_sandbox(folder: Path) -> AsyncIterator[Sandbox]:
    """Starts everything.

    `folder` keeps the sounds, the certificate authority and the ports. The ports matter because the metadata that a
    server remembers has addresses of cover pictures in it.
    """
    ports = Ports(folder / "ports.json")
    catalogue = sandbox_catalogue()
    spotify, github = _spotify(catalogue), GitHubStandIn()
    ipapi, lrclib = IpApiStandIn(), LrclibStandIn(catalogue.lyrics)
    github.create(BUCKET, token=BUCKET_TOKEN)
    async with contextlib.AsyncExitStack() as stack:
        await spotify.start(ports.take("spotify"))
        stack.push_async_callback(spotify.stop)
        youtube = YouTubeStandIn(
            catalogue.uploads, default_sound(folder / "sounds"), folder=folder, port=ports.take("youtube")
        )
        await youtube.start()
        stack.push_async_callback(youtube.stop)
        for video_id, bytes_per_s in catalogue.slow_videos.items():
            youtube.faults.throttle(bytes_per_s, video_id=video_id)
        for name, stand_in in (("github", github), ("ipapi", ipapi), ("lrclib", lrclib)):
            await stand_in.start(port=ports.take(name))
            stack.push_async_callback(stand_in.stop)
        settings = {
            **spotify.settings(),
            "YOUTUBE_PROXY": youtube.proxy_url,
            "YOUTUBE_CA_FILE": str(youtube.ca_file.absolute()),
            # Nobody is to be spared here.
            "YOUTUBE_MIN_INTERVAL_MS": "0",
            "IP_INFO_API_BASE_URL": ipapi.url,
            "MUSIC_DL_STORAGE_HOST": github.url,
            "LYRICS_API_HOST": lrclib.url,
        }
        urls = (spotify.url, youtube.proxy_url, github.url, ipapi.url, lrclib.url)
        ports.keep(dict(zip(NAMES, (int(url.rpartition(":")[2]) for url in urls), strict=True)))
        yield Sandbox(
            settings=settings,
            catalogue=catalogue,
            spotify=spotify,
            youtube=youtube,
            github=github,
            ipapi=ipapi,
            lrclib=lrclib,
        )


def _spotify(catalogue: Catalogue) -> SpotifyStandIn:
    spotify = SpotifyStandIn(
        tracks=catalogue.tracks,
        albums=catalogue.albums,
        playlists=catalogue.playlists,
        artists=catalogue.artists,
        short_links=catalogue.short_links,
        image=catalogue.image,
    )
    refused = json.dumps({"error": {"status": 403, "message": "Forbidden"}})
    for playlist_id in catalogue.refused_playlists:
        spotify.troubles.faults.append(
            Fault(f"GET /v1/playlists/{playlist_id}", status=403, body=refused, content_type="application/json",
                  times=None)
        )  # fmt: skip
    return spotify


class Ports:
    """Remembers which ports were used, in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        self._former: dict[str, int] = {}
        # A missing, half or foreign file only means that the ports are new ones.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            known = json.loads(file.read_text())
            self._former = {name: int(port) for name, port in known.items()}

    def take(self, name: str) -> int:
        """The former port when nobody listens there, else 0: any."""
        port = self._former.get(name, 0)
        if not 1024 <= port <= 65535:
            return 0
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return 0
        return port

    def keep(self, ports: dict[str, int]) -> None:
        """Writes the file, whole or not at all."""
        draft = self._file.with_suffix(".part")
        draft.write_text(json.dumps(ports))
        draft.replace(self._file)
