"""From the stream as fetched to a plain file of the wanted format; AAC and Opus are never encoded again."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from models.audio import AudioFormat
from models.errors import DiskFull, TranscodeFailed
from services.audio.ffmpeg import INPUT_OPTIONS, Ffmpeg

logger = logging.getLogger(__name__)

# bitexact keeps version strings and random serials out: the same stream gives the same file.
_COPY = ("-c:a", "copy", "-flags", "+bitexact", "-fflags", "+bitexact")

_OUTPUT: dict[AudioFormat, tuple[str, ...]] = {
    # YouTube's m4a is fragmented; a plain one, index first, seeks and plays everywhere
    AudioFormat.M4A: (*_COPY, "-movflags", "+faststart", "-f", "ipod"),
    # Opus leaves its WebM container for Ogg, the one with tags that players read
    AudioFormat.OPUS: (*_COPY, "-f", "opus"),
    # V2: about 190 kb/s, beyond which nothing is heard; ID3 is written later
    AudioFormat.MP3: ("-c:a", "libmp3lame", "-q:a", "2", "-ac", "2", "-id3v2_version", "0", "-f", "mp3"),
}


def finishing(target: Path, audio_format: AudioFormat) -> tuple[str, ...]:
    """ffmpeg's output of the first audio stream to `target`, without any tag."""
    only_sound = ("-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1", "-vn", "-sn", "-dn")
    return (*only_sound, *_OUTPUT[audio_format], "-y", f"file:{target}")


class Converter:
    """Makes finished files with ffmpeg."""

    def __init__(self, *, ffmpeg: Ffmpeg) -> None:
        self._ffmpeg = ffmpeg

    async def finish(self, source: Path, target: Path, audio_format: AudioFormat) -> None:
        """Writes the first audio stream of `source` to `target`, without any tag; replaces `target`.

        m4a needs AAC in `source`, opus needs Opus: their packets are copied. mp3 takes either and encodes it anew.
        `target` is complete when this returns and gone when it raises: `TranscodeFailed`, `AudioToolFailed`,
        `DiskFull`.
        """
        done = False
        try:
            result = await self._ffmpeg.run(
                *INPUT_OPTIONS,
                "-i",
                f"file:{source}",
                *finishing(target, audio_format),
            )
            if result.disk_full:
                raise DiskFull(stage="tag")
            if result.exit_code != 0:
                logger.warning(
                    "conversion_failed", extra={"format": audio_format.value, "errors": result.log.first_errors}
                )
                raise TranscodeFailed(exit_code=result.exit_code, errors=result.log.first_errors)
            done = True
        finally:
            if not done:
                await asyncio.to_thread(target.unlink, missing_ok=True)
