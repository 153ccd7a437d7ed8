"""Files are kept whole or not at all, and read to their end whatever happens to them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from models.errors import InvalidRequest, StorageFailed
from models.ids import MediaName
from services.storage.base import AudioStorage
from services.storage.local import LocalStorage
from tests.support.wait import wait_for

ROOT = Path(__file__).resolve().parents[2]
NAME = MediaName("4uLU6hMCjMI75M1A2tKUQC.m4a")


@pytest.fixture
async def storage(tmp_path: Path) -> LocalStorage:
    made = LocalStorage(tmp_path / "home")
    await made.prepare()
    return made


async def keep(storage: AudioStorage, data: bytes, name: MediaName = NAME) -> None:
    folder = await storage.work_folder("job")
    path = folder / "file"
    path.write_bytes(data)
    await storage.keep(path, name)
    await storage.discard(folder)


async def read(storage: AudioStorage, start: int = 0, end: int | None = None) -> bytes:
    opened = await storage.open(NAME)
    assert opened is not None
    try:
        return b"".join([chunk async for chunk in opened.read(start, end)])
    finally:
        opened.close()


def descriptors(path: Path) -> int:
    """How many open files of this process lie under `path`."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += link.readlink().is_relative_to(path)
        except FileNotFoundError:
            continue
    return found


async def test_kept_files_are_read_back(storage: LocalStorage, tmp_path: Path) -> None:
    data = os.urandom(700_000)
    await keep(storage, data)
    assert storage.path_for(NAME) == tmp_path / "home" / "audio" / "4u" / NAME
    found = await storage.stat(NAME)
    assert found is not None
    assert found.size_bytes == 700_000
    assert found.modified_at.tzinfo is not None
    assert await read(storage) == data
    assert await read(storage, 100, 200) == data[100:200]
    assert await read(storage, 699_999) == data[-1:]
    assert await read(storage, 0, 10**9) == data
    assert await read(storage, 5, 5) == b""
    assert list((tmp_path / "home" / "parts").iterdir()) == []


async def test_what_is_not_there(storage: LocalStorage) -> None:
    assert await storage.stat(NAME) is None
    assert await storage.open(NAME) is None
    assert await storage.delete(NAME) is False


async def test_an_open_file_is_read_to_its_end_though_it_was_replaced_or_deleted(storage: LocalStorage) -> None:
    await keep(storage, b"a" * 500_000)
    opened = await storage.open(NAME)
    assert opened is not None
    chunks = opened.read()
    first = await anext(chunks)
    await keep(storage, b"b" * 900_000)
    assert await storage.delete(NAME) is True
    rest = b"".join([chunk async for chunk in chunks])
    assert first + rest == b"a" * 500_000
    opened.close()
    opened.close()


async def test_chunks_are_bounded(storage: LocalStorage) -> None:
    await keep(storage, bytes(1_000_000))
    opened = await storage.open(NAME)
    assert opened is not None
    sizes = [len(chunk) async for chunk in opened.read()]
    opened.close()
    assert max(sizes) <= 256 * 1024


async def test_a_file_that_shrinks_is_reported(storage: LocalStorage) -> None:
    await keep(storage, bytes(500_000))
    opened = await storage.open(NAME)
    assert opened is not None
    os.truncate(storage.path_for(NAME), 200_000)
    with pytest.raises(StorageFailed):
        _ = [chunk async for chunk in opened.read()]
    opened.close()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../../etc/passwd",
        "4uLU6hMCjMI75M1A2tKUQC",
        "4uLU6hMCjMI75M1A2tKUQC.wav",
        "4uLU6hMCjMI75M1A2tKUQ.m4a",
        "4uLU6hMCjMI75M1A2tKUQC.m4a\n",
        "4uLU6hMCjMI75M1A2tKUQ/.m4a",
        "\x004uLU6hMCjMI75M1A2tKUQC.m4a",
        "４uLU6hMCjMI75M1A2tKUQC.m4a",
    ],
)
async def test_only_media_names_are_names(storage: LocalStorage, name: str) -> None:
    with pytest.raises(InvalidRequest):
        await storage.open(MediaName(name))


async def test_keeping_what_is_not_there_changes_nothing(storage: LocalStorage, tmp_path: Path) -> None:
    await keep(storage, b"old")
    with pytest.raises(StorageFailed):
        await storage.keep(tmp_path / "none", NAME)
    assert await read(storage) == b"old"


async def test_an_unreadable_place_is_not_an_absent_file(storage: LocalStorage) -> None:
    storage.path_for(NAME).parent.write_bytes(b"a file where a folder should be")
    for verb in (storage.stat, storage.open, storage.delete):
        with pytest.raises(StorageFailed):
            await verb(NAME)


async def test_a_cancelled_open_leaves_no_file_open(storage: LocalStorage, tmp_path: Path) -> None:
    await keep(storage, b"x")
    for _ in range(20):
        task = asyncio.create_task(storage.open(NAME))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await wait_for(lambda: descriptors(tmp_path / "home") == 0, what="all are closed")


DIES_AT_WORK = """
import asyncio, os, signal, sys
from pathlib import Path
from services.storage.local import LocalStorage

async def main():
    storage = LocalStorage(Path(sys.argv[1]))
    for owner in sys.argv[2:]:
        ((await storage.work_folder(owner)) / "part").write_bytes(b"x")
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def die_at_work(home: Path, *owners: str) -> list[Path]:
    """The work folders that a killed process has left."""
    before = set((home / "parts").iterdir())
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES_AT_WORK, str(home), *owners, cwd=ROOT)
    assert await process.wait() == -signal.SIGKILL
    left = sorted(set((home / "parts").iterdir()) - before)
    assert len(left) == len(owners)
    return left


async def test_what_a_killed_process_left_is_swept_and_work_under_way_is_not(tmp_path: Path) -> None:
    storage, other = LocalStorage(tmp_path), LocalStorage(tmp_path)
    await storage.prepare()
    await die_at_work(tmp_path, "one", "two")
    living = await other.work_folder("one")
    # However long nobody has touched it: a held download may take its time.
    os.utime(living, (1, 1))
    assert await storage.sweep() == 1
    assert list((tmp_path / "parts").iterdir()) == [living]
    await other.discard(living)
    assert await storage.sweep() == 0


async def test_who_takes_work_over_removes_what_the_dead_one_left_of_it(tmp_path: Path) -> None:
    storage, other = LocalStorage(tmp_path), LocalStorage(tmp_path)
    await storage.prepare()
    dead, unrelated = await die_at_work(tmp_path, "one", "two")
    living = await other.work_folder("one")
    fresh = await storage.work_folder("one")
    assert not dead.exists()
    assert set((tmp_path / "parts").iterdir()) == {unrelated, living, fresh}


async def test_a_folder_that_was_never_locked_is_swept_when_it_is_old(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path, stale_part_s=3600)
    await storage.prepare()
    old, new = tmp_path / "parts" / ".old-1", tmp_path / "parts" / ".new-1"
    for draft in (old, new):
        draft.mkdir()
    os.utime(old, (1, 1))
    assert await storage.sweep() == 1
    assert not old.exists()
    assert new.exists()


async def test_work_that_is_cancelled_while_it_begins_leaves_nothing(storage: LocalStorage, tmp_path: Path) -> None:
    for _ in range(20):
        task = asyncio.create_task(storage.work_folder("job"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    parts = tmp_path / "home" / "parts"
    await wait_for(lambda: not list(parts.iterdir()) and descriptors(parts) == 0, what="nothing is left")


async def test_discarding_twice_is_no_error(storage: LocalStorage) -> None:
    folder = await storage.work_folder("job")
    await storage.discard(folder)
    await storage.discard(folder)
    assert not folder.exists()
