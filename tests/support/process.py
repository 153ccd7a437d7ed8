"""Processes that a test started."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether the process still runs; one that waits for its parent to look (a zombie) does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def children_of(pid: int, *, own_only: bool = False) -> list[int]:
    """The process ids of its living children, and of theirs unless only its own are asked for."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *([] if own_only else children_of(child))]
    return [each for each in found if is_alive(each)]


def with_environment(name: str, value: str, command_part: str = "") -> dict[int, str]:
    """Living processes started with this setting whose command line contains that: process id → command line."""
    wanted = f"{name}={value}".encode()
    found: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0") and is_alive(int(folder.name)):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if command_part in command:
                    found[int(folder.name)] = command.strip()
    return found


class Guard:
    """Kills processes should the tests end without having done so: by a signal, in an abort of the interpreter.

    The kernel's own signal to orphans comes when the thread that started them ends, which may be long before.
    """

    def __init__(self, *targets: int) -> None:
        """`targets` are killed in this order; a negative number is a process group."""
        # It reads until the other end of the pipe, which only this process has, is closed.
        script = 'read -r _; for target; do kill -s KILL -- "$target"; done'
        self._shell = subprocess.Popen(
            ["sh", "-c", script, "guard", *map(str, targets)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """To be called before the processes are waited for: their numbers may be others' afterwards."""
        self._shell.kill()
        self._shell.communicate()
