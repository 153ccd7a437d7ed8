"""A small client: asks for a track, follows its progress, fetches the file. Survives lost connections.

    python client.py http://127.0.0.1:9999 11dFghVXANMlKmJXsNCbNl --format m4a --folder .

On a server with keys, put yours into the environment as MUSIC_DL_KEY.
Needs aiohttp. It shows the three things that every client does; a mobile app does the same with its own HTTP library.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
SILENCE_S = 60.0
"""The server pings every 20 seconds: a socket that is silent for longer than this is dead."""
FINAL = {"done", "failed", "cancelled"}

Job = dict[str, Any]


class DownloadFailed(Exception):
    """The server says why; `retryable` tells whether asking again later may help, `retry_after` in how many seconds."""

    def __init__(self, fault: dict[str, Any]) -> None:
        super().__init__(fault["message"])
        self.code: str = fault["code"]
        self.retryable: bool = fault["retryable"]
        self.retry_after: float | None = fault["retry_after"]


def _refused(code: str) -> DownloadFailed:
    return DownloadFailed({"code": code, "message": code, "retryable": False, "retry_after": None})


def _shown(key: str) -> dict[str, str]:
    """The key as a header: for the server alone. Files may lie elsewhere, and their addresses need no key."""
    return {"Authorization": f"Bearer {key}"} if key else {}


async def ask(http: aiohttp.ClientSession, base: str, track_id: str, audio_format: str, key: str = "") -> Job:
    """Step 1. Wishes for the audio and returns at once. Asking again is safe: the same wish is the same job.

    200 when the file is there already, 202 with the job when it is not; everything else is `application/problem+json`.
    """
    url = f"{base}/api/spotify/download/track/{track_id}"
    async with http.get(url, params={"wait": "0", "format": audio_format}, headers=_shown(key)) as answer:
        body: Job = await answer.json(content_type=None)
        if answer.status not in {200, 202}:
            raise DownloadFailed(body)
        return body


async def follow(http: aiohttp.ClientSession, base: str, job: Job, key: str = "") -> AsyncIterator[Job]:
    """Step 2. Every state of the job from the given one to its end, over as many connections as it takes.

    `seq` grows with every change. After a lost connection it goes into `since`: then nothing is told twice, and what
    was missed comes as one snapshot.
    """
    yield job
    pause_s = FIRST_PAUSE_S
    while job["state"] not in FINAL:
        try:
            query = {"job_id": job["job_id"], "since": str(job["seq"])}
            async with http.ws_connect(f"{base}/ws/progress", params=query, headers=_shown(key)) as socket:
                async for told in _frames(socket):
                    pause_s = FIRST_PAUSE_S
                    job = told
                    yield job
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass  # the next connection goes on where this one broke
        if job["state"] not in FINAL:
            # By chance a little shorter or longer: not all clients of a server that restarts come back at once.
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)


async def _frames(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Job]:
    """The states told on one socket; ends with the job, or with the connection."""
    while True:
        message = await socket.receive(SILENCE_S)
        if message.type is not aiohttp.WSMsgType.TEXT:
            if socket.close_code in {4400, 4401, 4404}:
                # Not a broken line but an answer: trying again would not help.
                raise _refused(str(message.extra))
            return
        frame: dict[str, Any] = message.json()
        if frame["type"] == "error":
            raise DownloadFailed(frame["error"])
        if frame["type"] != "ping":
            yield frame
        if frame["type"] == "end":
            return


async def fetch(http: aiohttp.ClientSession, url: str, target: Path) -> None:
    """Step 3. The file, in as many pieces as it takes: what has arrived is not fetched again.

    `If-Range` with the `ETag` makes the server send the whole file anew, should it have been replaced meanwhile.
    """
    part = target.with_name(target.name + ".part")
    etag, pause_s = "", FIRST_PAUSE_S
    while True:
        have = part.stat().st_size if etag and part.exists() else 0
        headers = {"Range": f"bytes={have}-", "If-Range": etag} if have else {}
        try:
            async with http.get(url, headers=headers) as answer:
                answer.raise_for_status()
                etag = answer.headers["ETag"]
                with part.open("ab" if answer.status == 206 else "wb") as file:
                    async for chunk in answer.content.iter_chunked(65536):
                        file.write(chunk)
                part.replace(target)
                return
        except aiohttp.ClientResponseError as error:
            if error.status < 500 and error.status != 416:
                raise
            etag = ""
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass  # go on from what has arrived
        await asyncio.sleep(pause_s)
        pause_s = min(LONGEST_PAUSE_S, pause_s * 2)


async def download(base: str, track_id: str, audio_format: str, folder: Path, key: str = "") -> Path:
    """All three steps; the file. Raises `DownloadFailed`."""
    async with aiohttp.ClientSession() as http:
        wish = await ask(http, base, track_id, audio_format, key)
        async for job in follow(http, base, wish, key):
            print(f"{job['seq']:4} {job['state']:9} {job['stage'] or '':8} {job['percent']:5.1f} %", flush=True)
        if job["state"] == "cancelled":
            raise _refused("job_cancelled")
        if job["state"] == "failed":
            raise DownloadFailed(job["error"])
        target = folder / f"{track_id}.{audio_format}"
        await fetch(http, job["download_cdn"], target)
        return target


def main() -> int:
    """The command; 1 when the server says no."""
    parser = argparse.ArgumentParser(description="Download one track.")
    parser.add_argument("server", help="for example http://127.0.0.1:9999")
    parser.add_argument("track_id", help="22 characters, as in open.spotify.com/track/…")
    parser.add_argument("--format", choices=("m4a", "opus", "mp3"), default="m4a")
    parser.add_argument("--folder", type=Path, default=Path())
    given = parser.parse_args()
    try:
        key = os.environ.get("MUSIC_DL_KEY", "")
        print(asyncio.run(download(given.server.rstrip("/"), given.track_id, given.format, given.folder, key)))
    except DownloadFailed as error:
        print(f"{error} ({error.code}{', worth another try' if error.retryable else ''})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
