"""Talking to a server about matches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _local.sandbox.catalogue_song import video_id
from _local.sandbox.service import Sandbox
from tests.support.house import Answer, House


def upload_of(artist: str, title: str, what: str) -> str:
    """The video id of one of the sandbox's uploads of a song."""
    return video_id(f"{artist}: {title}", what)


@dataclass(frozen=True)
class Desk:
    """A server and its sandbox."""

    house: House
    sandbox: Sandbox

    async def match(self, track_id: str) -> Answer:
        return await self.house.get(f"/api/spotify/track/{track_id}/match")

    async def pin(self, track_id: str, video: Any) -> Answer:
        return await self.house.get(f"/api/spotify/track/{track_id}/match", method="PUT", json={"video_id": video})

    async def unpin(self, track_id: str) -> Answer:
        return await self.house.get(f"/api/spotify/track/{track_id}/match", method="DELETE")

    async def report(self, track_id: str, **body: Any) -> Answer:
        options = {"json": body} if body else {}
        return await self.house.get(f"/api/spotify/track/{track_id}/match/report", method="POST", **options)

    async def download(self, track_id: str, audio_format: str = "m4a") -> bytes:
        """The track's audio, as a client gets it."""
        answer = await self.house.download(track_id, format=audio_format)
        assert answer.status == 200, answer.json
        media = await self.house.get(answer.json["download_cdn"].removeprefix(self.house.url))
        assert media.status == 200
        return media.body

    async def served(self, track_id: str, audio_format: str = "m4a") -> str:
        """Downloads the track; the video that its audio came from."""
        assert len(await self.download(track_id, audio_format)) > 10_000
        files = (await self.match(track_id)).json["files"]
        return next(str(each["video_id"]) for each in files if each["format"] == audio_format)

    async def saved(self, track_id: str, target: Path, audio_format: str = "m4a") -> Path:
        """Downloads the track into a file."""
        target.write_bytes(await self.download(track_id, audio_format))
        return target

    async def is_downloaded(self, track_id: str) -> bool:
        """What the metadata say."""
        return bool((await self.house.metadata(f"spotify:track:{track_id}")).json["music_dl_downloaded"])

    def named(self, title: str, number: int = 0) -> str:
        """The id of a track of that name in the sandbox."""
        return [key for key, body in self.sandbox.catalogue.tracks.items() if body["name"] == title][number]
