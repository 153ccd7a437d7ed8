"""ffmpeg as a child process: bounded in number, time and output, at low priority, and killed whole.

The executable comes with the `imageio-ffmpeg` wheel, so nothing needs to be installed; that wheel has no ffprobe.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from models.errors import AudioToolFailed

logger = logging.getLogger(__name__)

_HEAD_LINES = 200
_TAIL_LINES = 400
_LINE_CHARS = 500
_NICENESS = 10
_NOT_STARTED = frozenset({126, 127})  # what `nice` says when it cannot execute the program

# Only plain local files of the kinds that we meet, or their bytes: a "media file" that is really a playlist could
# otherwise make ffmpeg open other files and addresses.
_FORMATS = ("-format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,mp3,aac")
INPUT_OPTIONS = ("-protocol_whitelist", "file", *_FORMATS)
FED = ("-protocol_whitelist", "pipe", *_FORMATS, "-i", "pipe:0")
"""The input of a run that is fed."""


@dataclass(slots=True)
class FfmpegLog:
    """What ffmpeg wrote on stderr: the first and last lines, and how many lines of level `error` there were."""

    head: list[str] = field(default_factory=list)
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))
    error_count: int = 0
    first_errors: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Takes one line in."""
        line = line[:_LINE_CHARS]
        if "[error]" in line or "[fatal]" in line:
            self.error_count += 1
            if len(self.first_errors) < 5:
                self.first_errors.append(line)
        if len(self.head) < _HEAD_LINES:
            self.head.append(line)
        else:
            self.tail.append(line)

    @property
    def lines(self) -> list[str]:
        """The lines that were kept, in order."""
        return [*self.head, *self.tail]


@dataclass(frozen=True, slots=True)
class FfmpegResult:
    """How a run ended."""

    exit_code: int
    log: FfmpegLog
    wall_s: float

    @property
    def disk_full(self) -> bool:
        """Whether ffmpeg could not write for want of space."""
        return any("No space left on device" in line for line in (*self.log.first_errors, *self.log.tail))


class Ffmpeg:
    """Runs ffmpeg; at most `concurrency` at a time, the others wait their turn.

    Runs that are fed do not count: what they do is paced by what arrives.
    """

    def __init__(self, *, executable: str | None = None, concurrency: int = 2, deadline_s: float = 300.0) -> None:
        self._executable = executable
        self._slots = asyncio.Semaphore(concurrency)
        self._deadline_s = deadline_s

    async def path(self) -> Path:
        """The program; raises `AudioToolFailed` when there is none."""
        return Path(await asyncio.to_thread(_bundled_ffmpeg) if self._executable is None else self._executable)

    async def run(self, *arguments: str, feed: AsyncGenerator[bytes, None] | None = None) -> FfmpegResult:
        """Runs `ffmpeg` with these arguments to its end; a bad exit code is the caller's to judge.

        `feed` is what it reads on its standard input, closed at the end; what it does not want is not asked for. The
        time limit counts from the start of the process, not from the wait for a turn; with a feed, for each piece of it
        and again from its end. When the call is cancelled or the limit passes, the process and all its children are
        killed before this returns. Raises `AudioToolFailed` when ffmpeg cannot be started, is killed or exceeds its
        time: nothing was learnt about the file then; and whatever the feed raises.
        """
        if feed is not None:
            async with contextlib.aclosing(feed):
                return await self._run(arguments, feed)
        async with self._slots:
            return await self._run(arguments, None)

    async def _run(self, arguments: tuple[str, ...], feed: AsyncGenerator[bytes, None] | None) -> FfmpegResult:
        executable = str(await self.path())
        started = time.monotonic()
        process = await _started(executable, arguments, fed=feed is not None)
        log = FfmpegLog()
        reading = asyncio.create_task(_read_log(cast("asyncio.StreamReader", process.stderr), log), name="ffmpeg:log")
        try:
            if feed is not None:
                await self._feed(cast("asyncio.StreamWriter", process.stdin), feed)
            async with asyncio.timeout(self._deadline_s):
                await reading
                exit_code = await process.wait()
        except TimeoutError as exc:
            logger.warning("ffmpeg_too_slow", extra={"limit_s": self._deadline_s, "log": log.lines[-5:]})
            raise AudioToolFailed(limit_s=self._deadline_s) from exc
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await _end(process)
        if exit_code < 0 or exit_code in _NOT_STARTED:
            logger.error("ffmpeg_did_not_run", extra={"exit_code": exit_code, "log": log.lines[-5:]})
            raise AudioToolFailed(exit_code=exit_code)
        return FfmpegResult(exit_code, log, time.monotonic() - started)

    async def _feed(self, stdin: asyncio.StreamWriter, feed: AsyncGenerator[bytes, None]) -> None:
        try:
            async for chunk in feed:
                # Sanic's loop does not let a closed pipe be written to.
                if stdin.is_closing():
                    return
                stdin.write(chunk)
                async with asyncio.timeout(self._deadline_s):
                    await stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            # It has ended, and its exit code says how.
            return
        finally:
            stdin.close()


async def _started(executable: str, arguments: tuple[str, ...], *, fed: bool) -> asyncio.subprocess.Process:
    """The process; when cancelled meanwhile, it is ended whole: asyncio itself would kill the first process only."""
    starting = asyncio.create_task(_start(executable, arguments, fed=fed), name="ffmpeg:start")
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(AudioToolFailed):
            await _end(await starting)
        raise


async def _start(executable: str, arguments: tuple[str, ...], *, fed: bool) -> asyncio.subprocess.Process:
    # nice is a wrapper that execs: same process id, and no code of ours between fork and exec.
    command = ("nice", "-n", str(_NICENESS), executable, "-nostdin", "-hide_banner", "-nostats")
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            *("-loglevel", "level+info"),
            *arguments,
            stdin=asyncio.subprocess.PIPE if fed else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as exc:
        logger.exception("ffmpeg_not_started", extra={"executable": executable})
        raise AudioToolFailed(executable=executable) from exc


def _bundled_ffmpeg() -> str:
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())  # type: ignore[attr-defined, no-untyped-call]
    except RuntimeError as exc:
        logger.exception("ffmpeg_missing")
        raise AudioToolFailed from exc


async def _read_log(stderr: asyncio.StreamReader, log: FfmpegLog) -> None:
    rest = b""
    while chunk := await stderr.read(64 * 1024):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            log.add(line.decode("utf-8", "replace").rstrip())
        # A "line" without an end must not grow without bound.
        rest = rest[:_LINE_CHARS]
    if rest:
        log.add(rest.decode("utf-8", "replace").rstrip())


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    # It may have ended by itself a moment ago; what is left then is to reap it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # A killed process ends at once; the shield keeps a second cancellation from leaving a zombie behind.
    await asyncio.shield(process.communicate())
