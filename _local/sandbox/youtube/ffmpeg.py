"""The bundled ffmpeg, which comes along as a wheel."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import imageio_ffmpeg

DEADLINE_S = 120


def run_ffmpeg(arguments: Sequence[str], stdin: bytes = b"") -> bytes:
    """Run ffmpeg with `stdin` and give its standard output. Blocks.

    RuntimeError with ffmpeg's last words when it fails, subprocess.TimeoutExpired after `DEADLINE_S` seconds.
    """
    command = [str(imageio_ffmpeg.get_ffmpeg_exe()), "-v", "error", "-y", "-threads", "1", *arguments]  # type: ignore[attr-defined, no-untyped-call]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=DEADLINE_S, check=False)
    if done.returncode:
        raise RuntimeError(f"ffmpeg ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout
