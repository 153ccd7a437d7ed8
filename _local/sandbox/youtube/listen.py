"""Hearing which melody a file plays, so that a test can tell the wanted recording from its neighbours."""

from __future__ import annotations

import array
import math
from pathlib import Path

from .ffmpeg import run_ffmpeg
from .melody import NOTE_S, NOTES, PERIODS, RATE_HZ, melody_notes

HEAR_HZ = 8_000
SILENCE = 100.0
"""Mean level (of 32,767) below which a note is silence."""


def heard_notes(path: Path) -> list[float | None]:
    """The notes of the first melody in a file that ffmpeg can decode, in Hz; None where it is silent.

    Blocks. A file that ends early gives fewer notes. RuntimeError when it does not decode.
    """
    length = ["-t", str(NOTE_S * NOTES), "-ac", "1", "-ar", str(HEAR_HZ)]
    pcm = run_ffmpeg(["-i", str(path), "-vn", *length, "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"])
    samples = array.array("h", pcm[: len(pcm) & ~1])
    step = int(HEAR_HZ * NOTE_S)
    # only the middle half of each note: edges blur, and lossy coding shifts them a little
    middles = [samples[at + step // 4 : at + 3 * step // 4] for at in range(0, len(samples) - 3 * step // 4, step)]
    return [_loudest(middle) for middle in middles]


def sounds_like(path: Path, seed: str) -> bool:
    """Whether a file plays the melody of `seed` (an upload's `melody`, or its `video_id`). Blocks."""
    return heard_notes(path) == melody_notes(seed)


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
