"""A real ffmpeg that can be made to wait: a script in its place holds one job's verifying or tagging."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

SCRIPT = """\
#!/bin/sh
# What follows a file that arrives does both: where tagging is held it fails, and they are done one after the other.
case "$*" in *" -i pipe:0 "*)
    for hold in "{holds}/tag".*; do
        case "$*" in *"/parts/${{hold##*.}}-"*) exit 1 ;; esac
    done ;;
esac
kind=tag
case "$*" in *" -f null "*) kind=verify ;; esac
for hold in "{holds}/$kind".*; do
    [ -e "$hold" ] || continue
    case "$*" in *"/parts/${{hold##*.}}-"*) while [ -e "$hold" ]; do sleep 0.05; done ;; esac
done
exec "{ffmpeg}" "$@"
"""


class SlowFfmpeg:
    """`environ` makes a server use it (imageio-ffmpeg obeys that variable)."""

    def __init__(self, folder: Path) -> None:
        self._holds = folder / "holds"
        self._holds.mkdir()
        script = folder / "slow-ffmpeg"
        script.write_text(SCRIPT.format(holds=self._holds, ffmpeg=get_ffmpeg_exe()))
        script.chmod(0o755)
        self.environ: Mapping[str, str] = {"IMAGEIO_FFMPEG_EXE": str(script)}

    def hold(self, stage: str, job_id: str) -> None:
        """`verify` or `tag` of this job begins and does not go on until `release`."""
        (self._holds / f"{stage}.{job_id}").touch()

    def release(self) -> None:
        """Lets all go on."""
        for hold in self._holds.iterdir():
            hold.unlink()
