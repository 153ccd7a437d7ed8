"""Which melody an upload has: eight seconds of notes, drawn from a hash of its seed, repeated to the end."""

from __future__ import annotations

import array
import hashlib
import math
import random

RATE_HZ = 44_100
NOTE_S = 0.5
NOTES = 16
NOTE_FRAMES = int(RATE_HZ * NOTE_S)

PERIODS = (200, 178, 159, 141, 126, 112, 100, 89, 80, 71)
"""Samples in one cycle of each pitch: whole numbers, so that a note is one cycle repeated (220.5 to 621 Hz)."""


def melody_periods(seed: str) -> list[int]:
    """The pitches of `seed`'s melody as samples in one cycle; no two neighbours are alike."""
    draw = random.Random(hashlib.sha256(seed.encode()).digest())
    periods: list[int] = []
    for _ in range(NOTES):
        last = periods[-1:]
        periods.append(draw.choice([p for p in PERIODS if p not in last]))
    return periods


def melody_notes(seed: str) -> list[float]:
    """The melody's frequencies in Hz, `NOTE_S` seconds each; after the last note it begins again."""
    return [RATE_HZ / period for period in melody_periods(seed)]


def melody_pcm(seed: str) -> bytes:
    """The melody once, as signed 16-bit mono samples of this machine's byte order at `RATE_HZ`."""
    samples = array.array("h")
    for period in melody_periods(seed):
        cycle = array.array("h", (_level(step / period) for step in range(period)))
        samples += (cycle * (NOTE_FRAMES // period + 1))[:NOTE_FRAMES]
    return samples.tobytes()


def silence_pcm() -> bytes:
    """As long as a melody, and nothing to hear."""
    return bytes(2 * NOTE_FRAMES * NOTES)


def _level(turn: float) -> int:
    angle = 2 * math.pi * turn
    return int(9000 * math.sin(angle) + 3000 * math.sin(2 * angle) + 1500 * math.sin(3 * angle))
