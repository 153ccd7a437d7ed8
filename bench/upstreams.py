"""`python -m bench.upstreams FOLDER`: the stand-ins of Spotify and YouTube in one process, asked over its pipes.

The greeting names the settings that point a server here and what there is to ask for. Requests, one JSON object a line:
`{"do": "latency", "spotify_s", "youtube_s", "line_bps"}`, `{"do": "reset"}` (empties the books),
`{"do": "books"}` and `{"do": "moments"}`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from _local.sandbox.catalogue import sandbox_catalogue
from _local.sandbox.catalogue_lists import shelf
from _local.sandbox.catalogue_playlists import LONG, playlist_id
from _local.sandbox.catalogue_song import spotify_id
from _local.sandbox.spotify import SpotifyStandIn
from _local.sandbox.youtube import YouTubeStandIn, default_sound

LONG_COPIES = 40
SONGS = 60
SONG_S = 240
SONG_MELODY = "bench"


class Upstreams:
    """Both stand-ins, and the books they keep."""

    def __init__(self, folder: Path) -> None:
        catalogue = sandbox_catalogue()
        long = catalogue.playlists[playlist_id(LONG)]
        copies = [spotify_id("playlist", "bench", str(number)) for number in range(LONG_COPIES)]
        self.playlists = copies
        # Every one with its album audio on YouTube, and none of them asked for before.
        self.tracks = [release.track_id(song) for release in shelf() for song in release.songs]
        # The last of them are as long as songs are, and sound alike: the sandbox's are short, to be made quickly.
        self.songs, self.tracks = self.tracks[-SONGS:], self.tracks[:-SONGS]
        songs = {song: {**catalogue.tracks[song], "duration_ms": 1000 * SONG_S} for song in self.songs}
        codes = {song["external_ids"]["isrc"] for song in songs.values()}
        uploads = [
            replace(upload, duration_s=SONG_S, melody=SONG_MELODY) if codes & set(upload.tags) else upload
            for upload in catalogue.uploads
        ]
        by_code = {tag: upload.video_id for upload in uploads for tag in upload.tags}
        self.videos = [by_code[songs[song]["external_ids"]["isrc"]] for song in self.songs]
        sound = default_sound(folder / "sounds")
        for kind in ("m4a", "opus"):
            sound(next(upload for upload in uploads if upload.melody == SONG_MELODY), kind)
        self.spotify = SpotifyStandIn(
            tracks={**catalogue.tracks, **songs},
            albums=catalogue.albums,
            playlists={**catalogue.playlists, **{copy: {**long, "id": copy} for copy in copies}},
            artists=catalogue.artists,
            image=catalogue.image,
        )
        self.youtube = YouTubeStandIn(uploads, sound, folder=folder)

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
            "songs": self.songs,
            "videos": self.videos,
        }

    async def stop(self) -> None:
        """Closes every connection."""
        await self.spotify.stop()
        await self.youtube.stop()

    def latency(self, *, spotify_s: float, youtube_s: float, line_bps: float = 0.0) -> dict[str, Any]:
        """From now on every answer comes so much later, and media at most so many bytes a second in all."""
        self.spotify.troubles.latency_s = spotify_s
        self.youtube.faults.clear()
        if youtube_s:
            self.youtube.faults.delay("any", youtube_s)
        if line_bps:
            self.youtube.faults.throttle(line_bps, shared=True)
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

    def moments(self) -> dict[str, Any]:
        """Since the last reset: when each kind of request first came and was last answered, on the monotonic clock."""
        found: dict[str, list[float]] = {}
        for request in self.youtube.requests:
            if request.answered_at is not None:
                first, last = found.get(request.kind, (request.at, request.answered_at))
                found[request.kind] = [min(first, request.at), max(last, request.answered_at)]
        return found


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
