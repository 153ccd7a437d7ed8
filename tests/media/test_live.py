"""What arrives is seen by other processes, and what a dead process left is recognised."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.ids import MediaName
from services.source.live import LiveDirectory, LiveHead, LiveWriter
from services.source.live_feed import LiveFeeds
from tests.support.wait import wait_for

NAME = MediaName("4uLU6hMCjMI75M1A2tKUQC.m4a")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def directory(tmp_path: Path) -> LiveDirectory:
    return LiveDirectory(tmp_path / "live")


@asynccontextmanager
async def other_process(home: Path, total: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process that has announced its file."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.media.live_writer", str(home), NAME, str(total)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await said_ready(process)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said_ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"


async def tell(process: asyncio.subprocess.Process, order: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{order}\n".encode())
    await process.stdin.drain()
    if order != "withdraw":
        await said_ready(process)


async def test_nothing_is_nothing(directory: LiveDirectory) -> None:
    assert directory.head(NAME) is None
    assert directory.sweep() == 0


async def test_a_writer_shows_how_far_it_is(directory: LiveDirectory, tmp_path: Path) -> None:
    async with LiveWriter(directory, NAME) as writer:
        assert directory.head(NAME) is None
        part = tmp_path / "parts" / "x" / "video.m4a"
        await writer.restart(part, "audio/mp4")
        first = directory.head(NAME)
        assert first is not None
        assert first == LiveHead(generation=first.generation, path=part, content_type="audio/mp4")
        writer.update(100, 1000)
        seen = await wait_for(lambda: (head := directory.head(NAME)) and head.available == 100 and head)
        assert isinstance(seen, LiveHead)
        assert (seen.total, seen.finished) == (1000, False)
        writer.update(1000, 1000)
        await wait_for(lambda: (head := directory.head(NAME)) and head.finished)
    assert directory.head(NAME) is None
    assert list((tmp_path / "live").iterdir()) == []


async def test_updates_are_coalesced_and_the_last_one_counts(directory: LiveDirectory, tmp_path: Path) -> None:
    async with LiveWriter(directory, NAME) as writer:
        await writer.restart(tmp_path / "a", "audio/mp4")
        for done in range(1, 5001):
            writer.update(done, None)
        await wait_for(lambda: (head := directory.head(NAME)) and head.available == 5000)
        await writer.finish()
        head = directory.head(NAME)
        assert head is not None
        assert (head.available, head.total, head.finished) == (5000, 5000, True)


async def test_another_file_is_another_generation(directory: LiveDirectory, tmp_path: Path) -> None:
    async with LiveWriter(directory, NAME) as writer:
        await writer.restart(tmp_path / "a", "audio/mp4")
        first = directory.head(NAME)
        writer.update(10, 20)
        await writer.restart(tmp_path / "b", "audio/webm")
        second = directory.head(NAME)
        assert first is not None
        assert second is not None
        assert first.generation != second.generation
        assert (second.available, second.total, second.content_type) == (0, None, "audio/webm")


async def test_the_newer_writer_is_not_withdrawn_by_the_older(directory: LiveDirectory, tmp_path: Path) -> None:
    old, new = LiveWriter(directory, NAME), LiveWriter(directory, NAME)
    async with new:
        async with old:
            await old.restart(tmp_path / "old", "audio/mp4")
            await new.restart(tmp_path / "new", "audio/mp4")
        head = directory.head(NAME)
        assert head is not None
        assert head.path == tmp_path / "new"
    assert list((tmp_path / "live").iterdir()) == []


async def test_a_cancelled_writer_still_withdraws(directory: LiveDirectory, tmp_path: Path) -> None:
    async def work() -> None:
        async with LiveWriter(directory, NAME) as writer:
            await writer.restart(tmp_path / "a", "audio/mp4")
            for done in range(10**9):
                writer.update(done, None)
                await asyncio.sleep(0)

    for turns in range(1, 30):
        task = asyncio.create_task(work())
        for _ in range(turns):
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert directory.head(NAME) is None
    assert list((tmp_path / "live").iterdir()) == []


async def test_no_disk_no_listeners_but_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "live").write_bytes(b"a file where the folder should be")
    async with LiveWriter(LiveDirectory(tmp_path / "live"), NAME) as writer:
        await writer.restart(tmp_path / "a", "audio/mp4")
        writer.update(1, 2)
        await writer.finish()
    assert [record.getMessage() for record in caplog.records] == ["live_head_not_written"]


async def test_another_process_is_followed(directory: LiveDirectory, tmp_path: Path) -> None:
    async with other_process(tmp_path, 1000) as process:
        head = directory.head(NAME)
        assert head is not None
        assert (head.available, head.path.is_file()) == (0, True)
        await tell(process, "300")
        await wait_for(lambda: (head := directory.head(NAME)) and head.available == 300)
        await tell(process, "withdraw")
        assert await process.wait() == 0
        assert directory.head(NAME) is None


async def test_a_killed_process_is_dead_at_once(directory: LiveDirectory, tmp_path: Path) -> None:
    async with other_process(tmp_path, 1000) as process:
        await tell(process, "300")
        assert directory.head(NAME) is not None
        process.kill()
        await process.wait()
        assert directory.head(NAME) is None
        # It may have been killed in the midst of an announcement, whose draft then lies there too.
        left = {path.suffix for path in (tmp_path / "live").iterdir()}
        assert {".json", ".lock"} <= left <= {".json", ".lock", ".new"}
        assert directory.sweep() == len(left)
        assert list((tmp_path / "live").iterdir()) == []


async def test_a_successor_takes_over_from_a_killed_process(directory: LiveDirectory, tmp_path: Path) -> None:
    async with other_process(tmp_path, 1000) as process:
        process.kill()
        await process.wait()
    async with LiveWriter(directory, NAME) as writer:
        await writer.restart(tmp_path / "b", "audio/mp4")
        assert directory.sweep() == 1
        head = directory.head(NAME)
        assert head is not None
        assert head.path == tmp_path / "b"


async def test_the_living_survive_a_sweep(directory: LiveDirectory, tmp_path: Path) -> None:
    async with LiveWriter(directory, NAME) as writer:
        await writer.restart(tmp_path / "a", "audio/mp4")
        (tmp_path / "live" / f"{NAME}.dead.new").write_bytes(b"{")
        assert directory.sweep() == 1
        assert directory.head(NAME) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"path": 5}', '{"path": "x", "generation": "g", "who": 1}'])
def test_what_cannot_be_read_is_nobody(directory: LiveDirectory, tmp_path: Path, text: str) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / f"{NAME}.json").write_text(text)
    assert directory.head(NAME) is None


def test_paths_hold_wherever_the_volume_is_mounted(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    directory = LiveDirectory(here / "live")
    descriptor = directory.hold(NAME, "g")
    directory.announce(NAME, LiveHead(generation="g", path=here / "parts" / "a", content_type="audio/mp4"))
    there.symlink_to(here)
    seen = LiveDirectory(there / "live").head(NAME)
    assert seen is not None
    assert seen.path == there / "parts" / "a"
    assert "here" not in json.loads((here / "live" / f"{NAME}.json").read_text())["path"]
    os.close(descriptor)


async def test_one_poll_serves_all_listeners(directory: LiveDirectory, tmp_path: Path) -> None:
    feeds = LiveFeeds(directory=directory)
    async with LiveWriter(directory, NAME) as writer:
        with feeds.follow(NAME) as one, feeds.follow(NAME) as two, feeds.follow(MediaName("other")) as other:
            assert one is two
            assert one is not other
            waiting = [asyncio.create_task(feed.change(None, 30)) for feed in (one, two)]
            await writer.restart(tmp_path / "a", "audio/mp4")
            assert await asyncio.gather(*waiting) == [True, True]
            assert one.head is not None
            seen = one.head
            assert await one.change(seen, 0.01) is False
            writer.update(5, 10)
            assert await one.change(seen, 30) is True
            assert other.head is None
    with feeds.follow(NAME) as feed:
        # Polling starts again for a later listener.
        async with LiveWriter(directory, NAME) as writer:
            await writer.restart(tmp_path / "a", "audio/mp4")
            await wait_for(lambda: feed.head is not None)
        await wait_for(lambda: feed.head is None)
    await feeds.close()
