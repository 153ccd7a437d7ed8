"""The servers of the tests end with the tests, however those end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.support.process import is_alive
from tests.support.wait import wait_for

ROOT = Path(__file__).resolve().parents[2]
OWNER = """
import subprocess
from tests.support.process import Guard

start = {"args": ["sleep", "600"], "process_group": 0, "stdout": subprocess.DEVNULL}
alone, group, spared = (subprocess.Popen(**start) for _ in range(3))
guard = Guard(-group.pid, alone.pid)
Guard(spared.pid).dismiss()
print(alone.pid, group.pid, spared.pid, flush=True)
group.wait()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_guard_kills_when_its_owner_ends_unless_it_was_dismissed(number: signal.Signals) -> None:
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, cwd=ROOT, stdout=PIPE)
    assert owner.stdout is not None
    alone, group, spared = map(int, (await asyncio.wait_for(owner.stdout.readline(), 60)).split())
    try:
        assert all(map(is_alive, (alone, group, spared)))
        owner.send_signal(number)
        await owner.wait()
        await wait_for(lambda: not is_alive(alone) and not is_alive(group), what="those guarded end")
        assert is_alive(spared)
    finally:
        os.kill(spared, signal.SIGKILL)
