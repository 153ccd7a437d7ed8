"""`python -m bench.upstreams FOLDER`: the stand-ins of Spotify and YouTube in one process, asked over its pipes.

The greeting names the settings that point a server here and what there is to ask for. Requests, one JSON object a line:
`{"do": "latency", "spotify_s", "youtube_s"}`, `{"do": "reset"}` (empties the books) and `{"do": "books"}`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from pathlib import Path
from typing import Any

from _local.sandbox.catalogue import sandbox_catalogue
from _local.sandbox.catalogue_lists import shelf
from _local.sandbox.catalogue_playlists import LONG, playlist_id
from _local.sandbox.catalogue_song import spotify_id
from _local.sandbox.spotify import SpotifyStandIn
from _local.sandbox.youtube import YouTubeStandIn, default_sound

LONG_COPIES = 40


class Upstreams:
    """Both stand-ins, and the books they keep."""

    def __init__(self, folder: Path) -> None:
        catalogue = sandbox_catalogue()
        long = catalogue.playlists[playlist_id(LONG)]
        copies = [spotify_id("playlist", "bench", str(number)) for number in range(LONG_COPIES)]
        self.playlists = copies
        # Every one with its album audio on YouTube, and none of them asked for before.
        self.tracks = [release.track_id(song) for release in shelf() for song in release.songs]
        self.spotify = SpotifyStandIn(
            tracks=catalogue.tracks,
            albums=catalogue.albums,
            playlists={**catalogue.playlists, **{copy: {**long, "id": copy} for copy in copies}},
            artists=catalogue.artists,
            image=catalogue.image,
        )
        self.youtube = YouTubeStandIn(catalogue.uploads, default_sound(folder / "sounds"), folder=folder)

    async def start(self) -> dict[str, Any]:
        """Listens; the greeting."""
        await self.spotify.start()
        await self.youtube.start()
        # The catalogue is large and stays: without this each sweep of the collector is time that passes for Spotify's.
        gc.collect()
        gc.freeze()
        return {
            "settings": {
                **self.spotify.settings(),
                "YOUTUBE_PROXY": self.youtube.proxy_url,
                "YOUTUBE_CA_FILE": str(self.youtube.ca_file.absolute()),
            },
            "playlists": self.playlists,
            "tracks": self.tracks,
        }

    async def stop(self) -> None:
        """Closes every connection."""
        await self.spotify.stop()
        await self.youtube.stop()

    def latency(self, *, spotify_s: float, youtube_s: float) -> dict[str, Any]:
        """From now on every answer comes so much later."""
        self.spotify.troubles.latency_s = spotify_s
        self.youtube.faults.clear()
        if youtube_s:
            self.youtube.faults.delay("any", youtube_s)
        return {}

    def reset(self) -> dict[str, Any]:
        """Empties the books."""
        self.spotify.troubles.requests.clear()
        self.youtube.requests.reset()
        return {}

    def books(self) -> dict[str, Any]:
        """What was asked since the last reset."""
        asked = self.youtube.requests
        return {
            "spotify": len(self.spotify.troubles.requests),
            "searches": asked.count("search") + asked.count("music_search"),
            "extractions": asked.count("watch"),
            "fetches": sum(request.range.startswith("bytes=0-") for request in asked.of("media")),
        }


async def serve(folder: Path) -> None:
    """Serves until standard input ends."""
    upstreams = Upstreams(folder)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps(await upstreams.start()), flush=True)
    while line := await reader.readline():
        request = json.loads(line)
        print(json.dumps(getattr(upstreams, request.pop("do"))(**request)), flush=True)
    await upstreams.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
