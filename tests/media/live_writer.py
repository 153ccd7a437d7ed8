"""Run as a process of its own: fetches a "file" into a live directory, then does as told on standard input.

`python -m tests.media.live_writer HOME NAME TOTAL`; each line `N` makes N more bytes arrive, `finish` and `withdraw` do
so.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from models.ids import MediaName
from services.source.live import LiveDirectory, LiveWriter


def content(total: int) -> bytes:
    """What arrives: no two stretches of it are alike."""
    return b"".join(number.to_bytes(4, "big") for number in range(total // 4 + 1))[:total]


async def main(home: Path, name: MediaName, total: int) -> None:
    part = home / "parts" / "process" / "part.m4a"
    part.parent.mkdir(parents=True)
    part.touch()
    data, done = content(total), 0
    async with LiveWriter(LiveDirectory(home / "live"), name) as writer:
        await writer.restart(part, "audio/mp4")
        while True:
            print("ready", flush=True)
            line = (await asyncio.to_thread(sys.stdin.readline)).strip()
            if line == "withdraw":
                return
            if line == "finish":
                await writer.finish()
                continue
            with part.open("ab") as file:
                file.write(data[done : done + int(line)])
            done += int(line)
            writer.update(done, total)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), MediaName(sys.argv[2]), int(sys.argv[3])))
