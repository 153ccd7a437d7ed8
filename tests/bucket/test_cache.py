"""The disk as a cache: what goes, what stays, and how it comes back."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from _local.sandbox.github import GitHubStandIn
from models.bucket import BucketKind, BucketPlace
from models.errors import DiskFull, StorageFailed
from services.bucket.folder import FolderBucket
from services.store.mongo import MongoDatabase
from tests.support.bucket import QUICK, Shelf, github_bucket, shelf, song, song_bytes
from tests.support.wait import wait_for

SIZE = len(song_bytes(0))


@pytest.fixture
def bucket(tmp_path: Path) -> FolderBucket:
    (tmp_path / "nas").mkdir()
    return FolderBucket(place=BucketPlace(kind=BucketKind.FOLDER, name=str(tmp_path / "nas")))


@pytest.fixture
async def one(tmp_path: Path, database: MongoDatabase, bucket: FolderBucket) -> AsyncIterator[Shelf]:
    """Room for three songs."""
    async with shelf(tmp_path / "home", database, bucket, max_bytes=3 * SIZE) as made:
        yield made


async def read(one: Shelf, number: int) -> bytes | None:
    audio = await one.library.by_name(song(number).name)
    opened = None if audio is None else await one.library.open(audio)
    if opened is None:
        return None
    try:
        return b"".join([chunk async for chunk in opened.read()])
    finally:
        opened.close()


def names(*numbers: int) -> set[str]:
    return {song(number).name for number in numbers}


async def fill(one: Shelf, *numbers: int) -> None:
    """Songs that came one after the other and were read as often."""
    for number in numbers:
        await one.finish(number)
        age(one, number, 1000 - number)


def age(one: Shelf, number: int, seconds: float) -> None:
    """Makes a file one that was last read so long ago."""
    path = one.storage.path_for(song(number).name)
    status = path.stat()
    when = int(status.st_ctime_ns - seconds * 1e9)
    os.utime(path, ns=(when, when))


async def test_the_one_read_longest_ago_goes_first(
    tmp_path: Path, database: MongoDatabase, bucket: FolderBucket
) -> None:
    async with shelf(tmp_path / "home", database, bucket) as free:
        await fill(free, 1, 2, 3, 4, 5)
        await wait_for(free.is_idle)
    async with shelf(tmp_path / "home", database, _same(bucket), max_bytes=3 * SIZE, started=False) as one:
        for number in (1, 2, 3, 4, 5):
            age(one, number, 1000 - number)
        assert await read(one, 1) == song_bytes(1)
        one.service.start()
        await wait_for(lambda: one.local_names() == names(1, 4, 5))
        # counted a moment after the files are gone
        await wait_for(lambda: one.stat("evicted") == 2)
        await wait_for(lambda: one.stat("evicted_bytes") == 2 * SIZE)
        await wait_for(lambda: one.stat("local_bytes") == 3 * SIZE)


async def test_what_was_evicted_comes_back(one: Shelf) -> None:
    await fill(one, 1, 2, 3, 4)
    await wait_for(lambda: len(one.local_names()) == 3)
    gone = next(number for number in (1, 2, 3, 4) if song(number).name not in one.local_names())
    assert await read(one, gone) == song_bytes(gone)
    assert one.stat("restored") == 1
    assert one.stat("restored_bytes") == SIZE
    await wait_for(lambda: one.local_bytes() <= 3 * SIZE)
    assert song(gone).name in one.local_names(), "it was read just now"


async def test_many_who_want_it_at_once_cost_one_fetch(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    async with shelf(tmp_path / "home", database, github_bucket(github.url), max_bytes=0) as one:
        await one.finish(1)
        await wait_for(lambda: not one.local_names())
    async with shelf(tmp_path / "home", database, github_bucket(github.url)) as one:
        github.latency_s = 0.1
        assert await asyncio.gather(*(read(one, 1) for _ in range(20))) == [song_bytes(1)] * 20
    assert github.count("GET", "/git/blobs") == 1


async def test_what_is_not_uploaded_stays(tmp_path: Path, database: MongoDatabase) -> None:
    folder = tmp_path / "nas"
    bucket = FolderBucket(place=BucketPlace(kind=BucketKind.FOLDER, name=str(folder)))
    async with shelf(tmp_path / "home", database, bucket, max_bytes=SIZE) as one:
        await fill(one, 1, 2, 3)
        await wait_for(lambda: one.stat("over_limit_bytes") == 2 * SIZE)
        assert one.local_names() == names(1, 2, 3)
        folder.mkdir()
        await wait_for(lambda: one.local_bytes() <= SIZE)
        await wait_for(lambda: one.stat("over_limit_bytes") == 0)


async def test_what_is_being_read_stays(one: Shelf) -> None:
    await one.finish(1)
    opened = await one.storage.open(song(1).name)
    assert opened is not None
    await wait_for(lambda: one.is_placed(1))
    await fill(one, 2, 3, 4, 5)
    age(one, 1, 5000)
    await wait_for(lambda: len(one.local_names()) == 3)
    assert song(1).name in one.local_names()
    assert b"".join([chunk async for chunk in opened.read()]) == song_bytes(1)
    opened.close()
    age(one, 1, 5000)
    await fill(one, 6)
    await wait_for(lambda: song(1).name not in one.local_names())


async def test_what_another_process_reads_stays(one: Shelf) -> None:
    await one.finish(1)
    path = one.storage.path_for(song(1).name)
    script = (
        "import asyncio, sys; from pathlib import Path; from services.storage.local import LocalStorage\n"
        "async def main():\n"
        "    opened = await LocalStorage(Path(sys.argv[1])).open(sys.argv[2])\n"
        "    print('open', flush=True); sys.stdin.readline()\n"
        "    print(len(b''.join([c async for c in opened.read()])), flush=True); opened.close()\n"
        "asyncio.run(main())\n"
    )
    reader = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(one.home), song(1).name, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert reader.stdout is not None
    assert reader.stdin is not None
    assert (await reader.stdout.readline()).strip() == b"open"
    age(one, 1, 5000)
    await fill(one, 2, 3, 4, 5)
    await wait_for(lambda: len(one.local_names()) == 3)
    assert path.exists()
    reader.stdin.write(b"\n")
    assert int(await reader.stdout.readline()) == SIZE
    assert await reader.wait() == 0
    age(one, 1, 5000)
    await fill(one, 6)
    await wait_for(lambda: not path.exists())


async def test_other_bytes_are_not_evicted_as_if_the_bucket_had_them(
    tmp_path: Path, database: MongoDatabase, bucket: FolderBucket
) -> None:
    timing = replace(QUICK, settle_s=3600.0)
    async with shelf(tmp_path / "home", database, bucket, max_bytes=SIZE, timing=timing) as one:
        await one.finish(1)
        await wait_for(lambda: one.is_placed(1))
        # A better file has come to its place; its document is about to follow.
        newer = one.home / "newer"
        newer.write_bytes(song_bytes(99))
        newer.replace(one.storage.path_for(song(1).name))
        age(one, 1, 5000)
        await fill(one, 2, 3)
        await wait_for(lambda: one.local_names() == names(1))
        assert one.storage.path_for(song(1).name).read_bytes() == song_bytes(99)


async def test_files_that_nobody_knows_make_room(tmp_path: Path, database: MongoDatabase, bucket: FolderBucket) -> None:
    timing = replace(QUICK, orphan_s=0.0)
    async with shelf(tmp_path / "home", database, bucket, max_bytes=SIZE, timing=timing, started=False) as one:
        orphan = one.storage.path_for(song(77).name)
        orphan.parent.mkdir(exist_ok=True)
        orphan.write_bytes(song_bytes(77))
        age(one, 77, 5000)
        await one.finish(1)
        one.service.start()
        await wait_for(lambda: one.local_names() == names(1))
        assert one.stat("orphans_removed") == 1


async def test_a_damaged_file_in_the_bucket_is_never_served(one: Shelf, tmp_path: Path) -> None:
    await fill(one, 1, 2, 3, 4)
    await wait_for(lambda: len(one.local_names()) == 3)
    gone = next(number for number in (1, 2, 3, 4) if song(number).name not in one.local_names())
    (kept,) = (tmp_path / "nas").glob(f"*/{song(gone).track_id}*")
    kept.write_bytes(song_bytes(99))
    assert await read(one, gone) is None
    assert await one.known(gone) is None, "the next wish fetches it anew"
    assert song(gone).name not in one.local_names()
    assert not list((one.home / "parts").iterdir())
    assert one.stat("lost_in_bucket") == 1


async def test_a_better_file_is_not_replaced_by_the_one_fetched_back(
    tmp_path: Path, database: MongoDatabase, github: GitHubStandIn
) -> None:
    async with shelf(tmp_path / "home", database, github_bucket(github.url), max_bytes=0) as one:
        await one.finish(1)
        await wait_for(lambda: not one.local_names())
    async with shelf(tmp_path / "home", database, github_bucket(github.url)) as one:
        fault = github.fail(method="GET", path="/git/blobs", delay_s=1)
        asked = asyncio.create_task(read(one, 1))
        await wait_for(lambda: fault.times == 0)
        await one.finish(1, b"the right video")
        assert await asked in {song_bytes(1), b"the right video"}
        assert one.storage.path_for(song(1).name).read_bytes() == b"the right video"
        await wait_for(one.is_idle)
        assert await read(one, 1) == b"the right video"


async def test_a_disk_that_is_too_small_for_a_single_song_still_serves_it(
    tmp_path: Path, database: MongoDatabase, bucket: FolderBucket
) -> None:
    async with shelf(tmp_path / "home", database, bucket, max_bytes=0) as one:
        await one.finish(1)
        await wait_for(lambda: not one.local_names())
        for _ in range(20):
            assert await read(one, 1) == song_bytes(1)


@contextmanager
def small_disk(folder: Path, size_bytes: int, options: str = "") -> Iterator[Path]:
    """A disk of its own; skips the test where none may be mounted."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}{options}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    ) if os.geteuid() == 0 else None  # fmt: skip
    if done is None or done.returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


BIG = 300_000


async def test_a_full_disk_is_told_and_leaves_no_half_file(
    tmp_path: Path, database: MongoDatabase, bucket: FolderBucket
) -> None:
    async with shelf(tmp_path / "home", database, bucket, max_bytes=0) as one:
        await one.finish(1, song_bytes(1, BIG))
        await wait_for(lambda: not one.local_names())
    with small_disk(tmp_path / "small", 400_000) as disk:
        async with shelf(disk / "home", database, _same(bucket)) as two:
            ballast = disk / "ballast"
            ballast.write_bytes(b"x" * 200_000)
            with pytest.raises(DiskFull):
                await read(two, 1)
            assert two.stat("restore_failures") == 1
            assert two.local_names() == set()
            assert not list((two.home / "parts").iterdir())
            assert await two.known(1) is not None
            ballast.unlink()
            assert await read(two, 1) == song_bytes(1, BIG)


async def test_a_full_disk_makes_room_for_what_is_wanted(
    tmp_path: Path, database: MongoDatabase, bucket: FolderBucket
) -> None:
    with small_disk(tmp_path / "small", 800_000) as disk:
        async with shelf(disk / "home", database, bucket) as one:
            for number in (1, 2):
                await one.finish(number, song_bytes(number, BIG))
                await wait_for(lambda number=number: one.is_placed(number))  # type: ignore[misc]
            age(one, 1, 5000)
            assert await one.storage.evict(song(1).name, song(1, song_bytes(1, BIG)).sha256) == "evicted"
            (disk / "ballast").write_bytes(b"x" * 300_000)
            assert await read(one, 1) == song_bytes(1, BIG)
            assert one.local_names() == names(1)
            assert await read(one, 2) == song_bytes(2, BIG)


async def test_a_finished_song_on_a_full_disk_is_an_error_of_its_job(
    tmp_path: Path, database: MongoDatabase, bucket: FolderBucket
) -> None:
    with small_disk(tmp_path / "small", 400_000) as disk:
        async with shelf(disk / "home", database, bucket) as one:
            with pytest.raises((DiskFull, OSError)) as caught:
                await one.finish(1, song_bytes(1, 2 * BIG))
            assert isinstance(caught.value, DiskFull) or caught.value.errno == errno.ENOSPC
            assert one.local_names() == set()
            assert await one.known(1) is None
            assert await one.is_idle()


async def test_a_read_only_disk_still_serves_what_it_has(
    tmp_path: Path, database: MongoDatabase, bucket: FolderBucket
) -> None:
    with small_disk(tmp_path / "small", 2_000_000) as disk:
        async with shelf(disk / "home", database, bucket) as one:
            await one.finish(1)
            await one.finish(2)
            await wait_for(one.is_idle)
            assert await one.storage.evict(song(2).name, song(2).sha256) == "evicted"
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        two = Shelf(home=disk / "home", name="any", database=database, bucket=_same(bucket), max_bytes=0)
        two.service.start()
        assert await read(two, 1) == song_bytes(1)
        with pytest.raises(StorageFailed):
            await read(two, 2)
        assert two.stat("restore_failures") == 1
        assert await two.known(2) is not None
        assert await read(two, 1) == song_bytes(1)
        await two.service.close()


def _same(bucket: FolderBucket) -> FolderBucket:
    """The same bucket, opened by another process."""
    return FolderBucket(place=BucketPlace(kind=BucketKind.FOLDER, name=str(bucket._folder)))
