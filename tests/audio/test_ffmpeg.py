"""The child process is bounded, polite, and dies with its caller's interest."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from models.errors import AudioToolFailed
from services.audio.ffmpeg import Ffmpeg
from tests.support.wait import wait_for


def _tool(folder: Path, script: str) -> str:
    """An executable that stands where ffmpeg is expected, to show what happens to a process there."""
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _pids(folder: Path) -> list[int]:
    path = folder / "pids"
    pids = [int(pid) for pid in path.read_text().split()] if path.exists() else []
    return pids if len(pids) == 2 else []


async def test_a_cancelled_run_leaves_no_process(tmp_path: Path) -> None:
    tool = _tool(tmp_path, f"sleep 600 & echo $! >{tmp_path}/pids; echo $$ >>{tmp_path}/pids; wait")
    task = asyncio.create_task(Ffmpeg(executable=tool).run())
    pids = await wait_for(lambda: _pids(tmp_path), what="the tool and its child run")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await wait_for(lambda: not any(_alive(pid) for pid in pids), what="both are dead")


async def test_a_run_over_its_time_is_killed(tmp_path: Path) -> None:
    tool = _tool(tmp_path, f"sleep 600 & echo $! >{tmp_path}/pids; echo $$ >>{tmp_path}/pids; wait")
    with pytest.raises(AudioToolFailed):
        await Ffmpeg(executable=tool, deadline_s=1.5).run()
    await wait_for(lambda: not any(_alive(pid) for pid in _pids(tmp_path)), what="both are dead")


async def test_a_process_that_is_shot_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AudioToolFailed):
        await Ffmpeg(executable=_tool(tmp_path, "kill -9 $$")).run()


async def test_output_is_bounded_and_errors_are_counted(tmp_path: Path) -> None:
    script = 'i=0; while [ $i -lt 3000 ]; do echo "[aac] [error] line $i" >&2; i=$((i+1)); done; echo last >&2'
    result = await Ffmpeg(executable=_tool(tmp_path, script)).run()
    assert result.log.error_count == 3000
    assert len(result.log.lines) == 600
    assert result.log.lines[0].endswith("line 0")
    assert result.log.lines[-1] == "last"


async def test_a_line_without_an_end_is_bounded(tmp_path: Path) -> None:
    result = await Ffmpeg(executable=_tool(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x >&2")).run()
    assert sum(len(line) for line in result.log.lines) <= 500


async def test_it_runs_at_low_priority(tmp_path: Path) -> None:
    result = await Ffmpeg(executable=_tool(tmp_path, "echo niceness $(nice) >&2")).run()
    assert result.log.lines == [f"niceness {min(19, os.nice(0) + 10)}"]


async def test_only_so_many_run_at_once(tmp_path: Path) -> None:
    (tmp_path / "running").mkdir()
    script = f"touch {tmp_path}/running/$$; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; rm {tmp_path}/running/$$"
    ffmpeg = Ffmpeg(executable=_tool(tmp_path, script), concurrency=2)
    tasks = [asyncio.create_task(ffmpeg.run()) for _ in range(5)]
    running = tmp_path / "running"
    await wait_for(lambda: len(list(running.iterdir())) == 2, what="two run")
    # A waiting one that is cancelled never starts, and gives up its place.
    tasks[4].cancel()
    await asyncio.gather(tasks[4], return_exceptions=True)
    assert len(list(running.iterdir())) == 2
    (tmp_path / "go").touch()
    results = await asyncio.gather(*tasks[:4])
    assert [result.exit_code for result in results] == [0, 0, 0, 0]
