"""Talking to a server about matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from _local.sandbox.catalogue_song import video_id
from _local.sandbox.service import Sandbox
from tests.support.house import Answer, House

PLAIN = "IzCc4CLGmqwBlgx92robRa"
TWIN = "piAHZq1zff2Xsujc5PpHEt"
"""The recording of `PLAIN` under another track id."""
RECORDING = "The Quillback Parade: Paper Lighthouse"
RIGHT = video_id(RECORDING, "album audio")
LYRICS_VIDEO = video_id(RECORDING, "lyrics")
"""As right as `RIGHT`, uploaded by somebody."""
LIVE = video_id(RECORDING, "live")


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

    async def served(self, track_id: str, audio_format: str = "m4a") -> str:
        """Downloads the track; the video that its audio came from."""
        answer = await self.house.download(track_id, format=audio_format)
        assert answer.status == 200, answer.json
        media = await self.house.get(answer.json["download_cdn"].removeprefix(self.house.url))
        assert media.status == 200
        files = (await self.match(track_id)).json["files"]
        return next(str(each["video_id"]) for each in files if each["format"] == audio_format)

    def named(self, title: str) -> str:
        """The id of the sandbox's first track of that name."""
        return next(key for key, body in self.sandbox.catalogue.tracks.items() if body["name"] == title)
