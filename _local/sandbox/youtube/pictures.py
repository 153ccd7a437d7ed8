"""Thumbnails: one plain colour for each video."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from pathlib import Path

import imageio_ffmpeg

DEADLINE_S = 60


class Pictures:
    """Small JPEG files made with the bundled ffmpeg and kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def jpeg(self, name: str) -> bytes:
        colour = hashlib.sha256(name.encode()).hexdigest()[:6]
        return await asyncio.to_thread(self._make, colour)

    def _make(self, colour: str) -> bytes:
        path = self._folder / f"{colour}.jpg"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            source = ["-f", "lavfi", "-i", f"color=c=0x{colour}:s=480x360:d=1", "-frames:v", "1"]
            command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", *source, "-f", "mjpeg", "pipe:1"]
            done = subprocess.run(command, capture_output=True, timeout=DEADLINE_S, check=True)
            path.write_bytes(done.stdout)
        return path.read_bytes()
