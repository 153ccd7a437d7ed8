"""Acoustic fingerprints, by the Chromaprint in ffmpeg."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from services.audio.ffmpeg import INPUT_OPTIONS, Ffmpeg

logger = logging.getLogger(__name__)

LISTENED_S = 120
"""As long as AcoustID's own tool listens."""


class Fingerprinter:
    """Makes fingerprints. Not every build of ffmpeg can: then it says so in the log, and gives none."""

    def __init__(self, *, ffmpeg: Ffmpeg) -> None:
        self._ffmpeg = ffmpeg

    async def fingerprint(self, path: Path) -> str | None:
        """The fingerprint of the first audio stream, compressed and in base64 as AcoustID takes it.

        Raises `AudioToolFailed` when ffmpeg did not run.
        """
        target = path.with_name(f"{path.name}.fingerprint")
        try:
            result = await self._ffmpeg.run(
                *INPUT_OPTIONS,
                "-i",
                f"file:{path}",
                *("-map", "0:a:0", "-vn", "-sn", "-dn", "-t", str(LISTENED_S)),
                *("-f", "chromaprint", "-fp_format", "base64", "-y", f"file:{target}"),
            )
            text = await asyncio.to_thread(_read, target)
        finally:
            await asyncio.to_thread(target.unlink, missing_ok=True)
        if result.exit_code != 0 or not text:
            logger.warning("fingerprint_not_made", extra={"errors": result.log.first_errors})
            return None
        return text


def _read(path: Path) -> str:
    return path.read_text("ascii").strip() if path.is_file() else ""
