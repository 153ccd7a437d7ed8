from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.access.spool import Spool
from tests.support.wait import wait_for

_DIES = """
import sys, time
from pathlib import Path
from services.access.spool import Spool
spool = Spool(Path(sys.argv[1]))
spool.open()
spool.put("a1", b"first")
spool.put("a2", b"second")
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path)
    spool.open()
    yield spool
    spool.close()


def _emptied(spool: Spool) -> list[bytes]:
    bodies = []
    while (found := spool.oldest()) is not None:
        name, body = found
        bodies.append(body)
        spool.remove(name)
    return bodies


def test_batches_come_out_in_the_order_they_went_in(spool: Spool) -> None:
    for number in range(5):
        assert spool.put(f"b{number}", b"%d" % number)
    assert len(spool) == 5
    assert _emptied(spool) == [b"0", b"1", b"2", b"3", b"4"]
    assert len(spool) == 0


def test_there_is_room_for_so_many_bytes_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=10)
    spool.open()
    assert spool.put("a", b"12345")
    assert not spool.put("b", b"123456")
    assert _emptied(spool) == [b"12345"]
    assert spool.put("b", b"123456")
    spool.close()


def test_what_is_left_at_the_end_is_there_after_the_next_start(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    first.open()
    first.put("a", b"left")
    first.close()
    second = Spool(tmp_path)
    second.open()
    assert _emptied(second) == [b"left"]
    second.close()


def test_an_empty_spool_leaves_nothing_behind(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.open()
    spool.close()
    assert list((tmp_path / "access" / "spool").iterdir()) == []


def test_living_processes_keep_their_batches(spool: Spool, tmp_path: Path) -> None:
    spool.put("a", b"mine")
    other = Spool(tmp_path)
    other.open()
    assert len(other) == 0
    other.put("b", b"its")
    assert spool.adopt() == 0
    other.close()
    assert spool.adopt() == 1
    assert _emptied(spool) == [b"mine", b"its"]


async def test_a_killed_process_loses_nothing_that_lay_here(spool: Spool, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DIES, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    assert spool.adopt() == 0
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert await wait_for(spool.adopt) == 2
    assert _emptied(spool) == [b"first", b"second"]


def test_half_a_batch_is_never_taken_for_one(tmp_path: Path, spool: Spool) -> None:
    folder = tmp_path / "access" / "spool" / "4711-dead"
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "1-a.json").write_bytes(b"whole")
    (folder / "2-b.json.part").write_bytes(b"ha")
    assert spool.adopt() == 1
    assert not folder.exists()
    assert _emptied(spool) == [b"whole"]


def test_a_disk_that_refuses_is_reported_and_the_batch_is_not_counted_as_kept(spool: Spool, tmp_path: Path) -> None:
    (folder,) = (tmp_path / "access" / "spool").iterdir()
    (folder / "lock").unlink()
    folder.rmdir()
    with pytest.raises(FileNotFoundError):
        spool.put("a", b"lost")
    assert len(spool) == 0
    folder.mkdir()
    (folder / "lock").touch()


def test_dead_letters_are_counted(spool: Spool) -> None:
    assert spool.buried() == 0
    spool.bury(b"what is this")
    spool.bury(b"what is this")
    assert spool.buried() == 2
