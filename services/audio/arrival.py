"""Decoding a file, and putting it into its final container, while it arrives: little is left to do after its last byte.

What was found on the way counts only if nothing at all was wrong. Everything else is judged on the whole file, by the
same `Verifier` and `Converter` that a file would meet which never arrived.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from models.audio import AudioFacts, AudioFormat
from models.errors import MusicError
from services.audio.convert import Converter, finishing
from services.audio.ffmpeg import FED, Ffmpeg
from services.audio.growing import GrowingFile
from services.audio.verify import MEASURING, Verifier, facts_of, is_spotless

logger = logging.getLogger(__name__)


class Arrival:
    """One file on its way. Tell it of the bytes with `reach` and `end`; then ask for `facts`, then `finish`."""

    def __init__(
        self,
        file: GrowingFile,
        found: asyncio.Task[AudioFacts | None],
        *,
        target: Path,
        audio_format: AudioFormat,
        verifier: Verifier,
        converter: Converter,
    ) -> None:
        self._file = file
        self._found = found
        self._target = target
        self._format = audio_format
        self._verifier = verifier
        self._converter = converter
        self._made = False

    def reach(self, head: int) -> None:
        """So many bytes lie on disk without a gap from the start; returns at once."""
        self._file.reach(head)

    def end(self) -> None:
        """The file is whole."""
        self._file.end()

    async def facts(self) -> AudioFacts:
        """See `Verifier.measure`; after `end`."""
        facts = await self._found
        # A transcode is left to the converter, which does not run many at a time.
        self._made = facts is not None and not self._format.is_transcode
        return facts if facts is not None else await self._verifier.measure(self._file.path)

    async def finish(self) -> None:
        """See `Converter.finish`; after `facts`."""
        if not self._made:
            await self._converter.finish(self._file.path, self._target, self._format)


class Arrivals:
    """Follows files."""

    def __init__(self, *, ffmpeg: Ffmpeg) -> None:
        self._ffmpeg = ffmpeg
        self._verifier = Verifier(ffmpeg=ffmpeg)
        self._converter = Converter(ffmpeg=ffmpeg)

    @asynccontextmanager
    async def follow(self, source: Path, target: Path, audio_format: AudioFormat) -> AsyncIterator[Arrival]:
        """Follows `source`, which somebody writes, until the end of the block; `target` is made of it."""
        file = GrowingFile(source)
        found = asyncio.create_task(self._on_the_way(file, target, audio_format), name=f"arrival:{source.name}")
        try:
            yield Arrival(
                file,
                found,
                target=target,
                audio_format=audio_format,
                verifier=self._verifier,
                converter=self._converter,
            )
        finally:
            found.cancel()
            await asyncio.gather(found, return_exceptions=True)

    async def _on_the_way(self, file: GrowingFile, target: Path, audio_format: AudioFormat) -> AudioFacts | None:
        """What was measured; `None` when the whole file must be looked at, for whatever reason."""
        outputs = MEASURING if audio_format.is_transcode else (*MEASURING, *finishing(target, audio_format))
        try:
            result = await self._ffmpeg.run(*FED, *outputs, feed=file.chunks())
            if is_spotless(result):
                return facts_of(result, file.size_bytes)
            reason = result.log.first_errors
        except MusicError as error:
            reason = [error.code]
        logger.info("audio_not_ready_on_arrival", extra={"file": file.path.name, "reason": reason})
        return None
