"""Real sound made on the spot, shaped as YouTube delivers it: fragmented AAC in m4a, Opus in WebM.

Made once per test session with the bundled ffmpeg; tests copy what they change.
"""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

import imageio_ffmpeg

_FOLDER = tempfile.TemporaryDirectory(prefix="test-sound-")

# A few notes over pink noise: loud enough, and no two seconds the same.
_MELODY = (
    "aevalsrc='0.4*sin(2*PI*t*(220+110*mod(floor(t*2),5)))+0.1*sin(2*PI*t*660)|"
    "0.4*sin(2*PI*t*(220+110*mod(floor(t*2),7)))':s=48000:d={seconds}"
)
_SILENCE = "anullsrc=channel_layout=stereo:sample_rate=48000:d={seconds}"
_FRAGMENTED = ("-movflags", "+dash+frag_keyframe+default_base_moof+global_sidx", "-frag_duration", "2000000")


def ffmpeg(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the bundled ffmpeg; gives its output, and fails with it when it fails."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@functools.cache
def m4a(seconds: float = 6, *, silent: bool = False) -> Path:
    """AAC in a fragmented m4a. Do not change the file: others use it."""
    path = _new("m4a")
    ffmpeg(*_source(seconds, silent), "-c:a", "aac", "-b:a", "96k", *_FRAGMENTED, "-f", "mp4", str(path))
    return path


@functools.cache
def webm(seconds: float = 6, *, silent: bool = False) -> Path:
    """Opus in WebM. Do not change the file: others use it."""
    path = _new("webm")
    ffmpeg(*_source(seconds, silent), "-c:a", "libopus", "-b:a", "96k", str(path))
    return path


@functools.cache
def video_only() -> Path:
    """A film without sound."""
    path = _new("mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=2:s=64x64:r=5", "-c:v", "mpeg4", str(path))
    return path


def packets_md5(path: Path) -> str:
    """What the audio packets hash to, whatever container they lie in."""
    return ffmpeg("-i", str(path), "-map", "0:a:0", "-c", "copy", "-f", "hash", "-hash", "md5", "-").stdout.strip()


def decoded_md5(path: Path) -> str:
    """What the sound itself hashes to."""
    return ffmpeg("-i", str(path), "-map", "0:a:0", "-f", "hash", "-hash", "md5", "-").stdout.strip()


def _source(seconds: float, silent: bool) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", (_SILENCE if silent else _MELODY).format(seconds=seconds))


def _new(extension: str) -> Path:
    return Path(tempfile.mkstemp(suffix=f".{extension}", dir=_FOLDER.name)[1])
