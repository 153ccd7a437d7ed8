"""Thumbnails: one plain colour for each video."""

from __future__ import annotations

import asyncio
import hashlib

from .ffmpeg import run_ffmpeg


class Pictures:
    """Small JPEG pictures made with ffmpeg and kept in memory."""

    def __init__(self) -> None:
        self._pictures: dict[str, bytes] = {}

    async def jpeg(self, name: str) -> bytes:
        """480 x 360 pixels in a colour that only `name` has."""
        if name not in self._pictures:
            colour = hashlib.sha256(name.encode()).hexdigest()[:6]
            source = ["-f", "lavfi", "-i", f"color=c=0x{colour}:s=480x360:d=1", "-frames:v", "1"]
            self._pictures[name] = await asyncio.to_thread(run_ffmpeg, [*source, "-f", "mjpeg", "pipe:1"])
        return self._pictures[name]
