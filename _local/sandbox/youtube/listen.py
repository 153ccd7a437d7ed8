"""Hearing which melody a file plays, so that a test can tell the wanted recording from its neighbours."""

from __future__ import annotations

import array
import math
import subprocess
from pathlib import Path

import imageio_ffmpeg

from .melody import NOTE_S, NOTES, PERIODS, RATE_HZ, melody_notes

HEAR_HZ = 8_000
DEADLINE_S = 60
SILENCE = 100.0
"""Mean level (of 32,767) below which a note is silence."""


def heard_notes(path: Path) -> list[float | None]:
    """The notes of the first melody in a file that ffmpeg can decode, in Hz; None where it is silent.

    Blocks. A file that ends early gives fewer notes. RuntimeError when it cannot be decoded.
    """
    samples = _decode(path)
    step = int(HEAR_HZ * NOTE_S)
    notes = []
    for place in range(NOTES):
        middle = samples[place * step + step // 4 : (place + 1) * step - step // 4]
        if len(middle) < step // 4:
            break
        notes.append(_loudest(middle))
    return notes


def sounds_like(path: Path, seed: str) -> bool:
    """Whether a file plays the melody of `seed` (an upload's `melody`, or its `video_id`)."""
    return heard_notes(path) == melody_notes(seed)


def _decode(path: Path) -> array.array[int]:
    arguments = [
        "-t",
        str(NOTE_S * NOTES),
        "-ac",
        "1",
        "-ar",
        str(HEAR_HZ),
        "-c:a",
        "pcm_s16le",
        "-f",
        "s16le",
        "pipe:1",
    ]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", str(path), "-vn", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=DEADLINE_S, check=False)
    if done.returncode or not done.stdout:
        raise RuntimeError(f"{path.name} does not decode: {done.stderr.decode(errors='replace')[-300:]}")
    return array.array("h", done.stdout[: len(done.stdout) & ~1])


def _loudest(samples: array.array[int]) -> float | None:
    if sum(map(abs, samples)) / len(samples) < SILENCE:
        return None
    return max((RATE_HZ / period for period in PERIODS), key=lambda pitch: _power(samples, pitch))


def _power(samples: array.array[int], pitch: float) -> float:
    """Goertzel's filter: how much of one frequency is in the samples."""
    factor = 2 * math.cos(2 * math.pi * pitch / HEAR_HZ)
    older = newer = 0.0
    for sample in samples:
        older, newer = newer, sample + factor * newer - older
    return newer * newer + older * older - factor * newer * older
