"""Real audio files for uploads: AAC in a fragmented MP4 (YouTube's itag 140) and Opus in WebM (251)."""

from __future__ import annotations

import hashlib
import os
import random
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from _local.sandbox.upload import Upload

from .ffmpeg import run_ffmpeg
from .melody import NOTE_S, NOTES, RATE_HZ, melody_pcm, silence_pcm

RECIPE = "2"
"""Part of every cached file's name; changed when the files would come out differently."""

BYTES_PER_S = {"m4a": 16_200, "opus": 18_700}

PCM = ["-f", "s16le" if sys.byteorder == "little" else "s16be", "-ar", str(RATE_HZ), "-ac", "1", "-i", "pipe:0"]
ENCODE = {
    "m4a": ["-ac", "2", "-c:a", "aac", "-b:a", "128k", "-f", "adts"],
    "opus": ["-ac", "2", "-ar", "48000", "-c:a", "libopus", "-b:a", "130k", "-f", "webm"],
}
OPUS_FRAMES_PER_S = 50
FRAGMENTED = ["-f", "mp4", "-brand", "dash", "-frag_duration", "10000000", "-movflags", "+dash+global_sidx+delay_moov"]

Sound = Callable[[Upload, str], Path]
"""`sound(upload, "m4a"|"opus")`: a finished file. May block; callable from any thread."""


def default_sound(folder: Path) -> Sound:
    """Sound made with the bundled ffmpeg and kept in `folder` by content, so that each is made once.

    An upload's melody comes from `melody` or, when that is empty, `video_id`; its length from `sound_s` or
    `duration_s`. `silent` ones are silence, `spoilt` ones noise bytes of about the right number. Several processes may
    share the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return _Maker(folder).make


class _Maker:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def make(self, upload: Upload, kind: str) -> Path:
        seed = upload.melody or upload.video_id
        length_s = upload.duration_s if upload.sound_s is None else upload.sound_s
        if upload.spoilt:
            return self._once(f"{seed} {length_s} spoilt {kind}", kind, lambda to: _noise(to, seed, kind, length_s))
        tune = "silence" if upload.silent else f"melody {seed}"
        phrase = self._once(f"{tune} phrase {kind}", kind, lambda to: _encode(to, kind, seed, silent=upload.silent))
        return self._once(f"{tune} {length_s} {kind}", kind, lambda to: _repeat(to, kind, phrase, length_s))

    def _once(self, content: str, kind: str, make: Callable[[Path], None]) -> Path:
        """The file that holds `content`, made by the first caller and awaited by the rest."""
        key = hashlib.sha256(f"{RECIPE} {content}".encode()).hexdigest()[:24]
        path = self._folder / f"{key}.{kind}"
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if not path.exists():
                handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
                os.close(handle)
                try:
                    make(Path(name))
                    Path(name).replace(path)
                finally:
                    Path(name).unlink(missing_ok=True)
        return path


def _encode(to: Path, kind: str, seed: str, *, silent: bool) -> None:
    """The melody once, in frames that may be repeated."""
    pcm = silence_pcm() if silent else melody_pcm(seed)
    if kind == "m4a":
        run_ffmpeg([*PCM, *ENCODE[kind], str(to)], pcm)
        return
    # encoded longer and then cut: the last frame of an encoding says that part of it is to be thrown away
    longer = run_ffmpeg([*PCM, *ENCODE[kind], "pipe:1"], pcm + pcm[: len(pcm) // 8])
    frames = str(int(NOTE_S * NOTES * OPUS_FRAMES_PER_S))
    run_ffmpeg(["-i", "pipe:0", "-frames:a", frames, "-c", "copy", "-f", "webm", str(to)], longer)


def _repeat(to: Path, kind: str, phrase: Path, length_s: int) -> None:
    """Encoded frames copied again and again: much cheaper than encoding the whole length."""
    if kind == "m4a":
        source = ["-stream_loop", "-1", "-f", "aac", "-i", str(phrase), "-t", str(length_s)]
        run_ffmpeg([*source, "-c", "copy", "-bsf:a", "aac_adtstoasc", *FRAGMENTED, str(to)])
        return
    source = ["-stream_loop", "-1", "-i", str(phrase), "-frames:a", str(length_s * OPUS_FRAMES_PER_S)]
    # looping leaves a gap of a frame in the times; count them anew
    step = 1 / OPUS_FRAMES_PER_S
    times = f"setts=ts=N*{step}/TB:duration={step}/TB"
    run_ffmpeg([*source, "-c", "copy", "-bsf:a", times, "-f", "webm", "-cues_to_front", "1", str(to)])


def _noise(to: Path, seed: str, kind: str, length_s: int) -> None:
    to.write_bytes(random.Random(seed).randbytes(BYTES_PER_S[kind] * length_s))
