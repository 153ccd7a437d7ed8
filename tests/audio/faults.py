"""Files that hold no sound, or not all of it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support import sound


def _cut(path: Path, target: Path, keep: float) -> Path:
    data = path.read_bytes()
    target.write_bytes(data[: int(len(data) * keep)])
    return target


def _overwrite(path: Path, target: Path, filler: bytes) -> Path:
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(filler)] = filler
    target.write_bytes(data)
    return target


FAULTS = {
    "truncated m4a": lambda folder: _cut(sound.m4a(6), folder / "a.m4a", 0.6),
    "truncated webm": lambda folder: _cut(sound.webm(6), folder / "a.webm", 0.6),
    "m4a without its last bytes": lambda folder: _cut(sound.m4a(6), folder / "a.m4a", 0.3),
    "m4a with a hole of zeros": lambda folder: _overwrite(sound.m4a(6), folder / "a.m4a", bytes(20_000)),
    "webm with a hole of zeros": lambda folder: _overwrite(sound.webm(6), folder / "a.webm", bytes(40_000)),
    "m4a with noise in it": lambda folder: _overwrite(sound.m4a(6), folder / "a.m4a", os.urandom(5_000)),
    "noise": lambda folder: write(folder / "a.m4a", os.urandom(200_000)),
    "empty": lambda folder: write(folder / "a.m4a", b""),
    "a web page": lambda folder: write(folder / "a.m4a", b"<!doctype html><html><body>Sorry</body></html>" * 50),
    "a film without sound": lambda _folder: sound.video_only(),
}


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
