"""Programs that the server starts: is one there, does it run, and which version is it?"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

logger = logging.getLogger(__name__)

DEADLINE_S = 10.0

Find = Callable[[], Awaitable[Path | None]]


class Program:
    """Asks a program for its version, and again when its file has changed."""

    def __init__(self, *, find: Find, argument: str, pattern: str) -> None:
        """`find` gives its path; `argument` makes it tell its version, which is `pattern`'s first group."""
        self._find = find
        self._argument = argument
        self._pattern = re.compile(pattern)
        self._turn = asyncio.Lock()
        self._known: tuple[tuple[Path, int], str] | None = None

    async def version(self) -> str | None:
        """The version; `None` when the program is not there, or does not run."""
        async with self._turn:
            path = await self._find()
            stamp = None if path is None else await asyncio.to_thread(_changed, path)
            if path is None or stamp is None:
                return None
            if self._known is None or self._known[0] != (path, stamp):
                self._known = None
                told = await self._ask(path)
                if told is None:
                    return None
                self._known = (path, stamp), told
            return self._known[1]

    async def _ask(self, path: Path) -> str | None:
        try:
            process = await asyncio.create_subprocess_exec(
                path,
                self._argument,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            logger.warning("program_not_started", extra={"program": path.name, "cause": str(error)})
            return None
        try:
            async with asyncio.timeout(DEADLINE_S):
                told, _ = await process.communicate()
        except TimeoutError:
            logger.warning("program_silent", extra={"program": path.name, "limit_s": DEADLINE_S})
            return None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await asyncio.shield(process.wait())
        found = self._pattern.search(told.decode(errors="replace"))
        if process.returncode != 0 or found is None:
            logger.warning("program_broken", extra={"program": path.name, "exit_code": process.returncode})
            return None
        return found[1]


def _changed(path: Path) -> int | None:
    """When the file was changed, in nanoseconds since 1970; `None` when there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
