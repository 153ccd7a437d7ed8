"""The numbers that processes share: exact, whoever reads them, and whoever is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from services.metrics import Board, shared_counts
from services.metrics.board import NUMBERS, Page
from services.metrics.families import HTTP_REQUESTS, PROCESSES, SPOTIFY_BAN, UPSTREAM_CALLS
from services.metrics.sampler import Sampler
from services.metrics.service import families
from tests.support.wait import wait_for

NAME = HTTP_REQUESTS.name
LABELS = ("GET", "/x", "200")
ROOT = Path(__file__).resolve().parents[2]

COUNTER = """
import sys
from pathlib import Path
from services.metrics import Board
board = Board(Path(sys.argv[1]))
at = board.slot(sys.argv[2], ("GET", "/x", "200"))
print("ready", flush=True)
for line in sys.stdin:
    for _ in range(int(line)):
        board.values[at] += 1
    print(int(board.values[at]), flush=True)
"""


def summed(pages: list[Page]) -> float:
    return sum(page.rows.get((NAME, LABELS), [0.0])[0] for page in pages)


def test_every_process_is_read(tmp_path: Path) -> None:
    boards = [Board(tmp_path) for _ in range(3)]
    for number, board in enumerate(boards, 1):
        board.values[board.slot(NAME, LABELS)] += number
    for board in boards:
        pages = board.pages()
        assert len(pages) == 3
        assert all(page.alive for page in pages)
        assert summed(pages) == 6
    for board in boards:
        board.close()


def test_rows_of_several_numbers_do_not_touch(tmp_path: Path) -> None:
    board = Board(tmp_path)
    first, second, third = board.slot("a", ("é", "ü\n"), 3), board.slot("b"), board.slot("a", ("x",), 2)
    board.values[first + 2] = 1.5
    board.values[second] = 2.5
    board.values[third] = 3.5
    assert board.slot("a", ("é", "ü\n"), 3) == first
    assert board.pages()[0].rows == {("a", ("é", "ü\n")): [0, 0, 1.5], ("b", ()): [2.5], ("a", ("x",)): [3.5, 0]}
    board.close()


def test_without_a_folder_there_is_one_page() -> None:
    board = Board()
    board.values[board.slot(NAME, LABELS)] += 2
    assert [page.rows for page in board.pages()] == [{(NAME, LABELS): [2]}]
    board.close()


def test_the_next_process_counts_on(tmp_path: Path) -> None:
    first, other = Board(tmp_path), Board(tmp_path)
    first.values[first.slot(NAME, LABELS)] += 5
    first.close()
    assert summed(other.pages()) == 5
    assert [page.alive for page in other.pages()] == [True, False]
    second = Board(tmp_path)
    second.values[second.slot(NAME, LABELS)] += 1
    assert summed(other.pages()) == summed(second.pages()) == 6
    assert len(list(tmp_path.iterdir())) == 2, "as many files as there are processes at one time"
    for board in (second, other):
        board.close()


async def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    board = Board(tmp_path)
    for kills in range(1, 4):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", COUNTER, str(tmp_path), NAME, cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        process.stdin.write(b"1000\n")
        assert int(await process.stdout.readline()) == 1000 * kills, "on top of what the dead one had counted"
        process.kill()
        await process.wait()
        pages = await wait_for(lambda: [page for page in board.pages() if not page.alive])
        assert summed(pages) == 1000 * kills
    assert len(list(tmp_path.iterdir())) == 2
    board.close()


def test_gauges_of_the_dead_do_not_count_and_sums_do(tmp_path: Path) -> None:
    boards = [Board(tmp_path) for _ in range(2)]
    for board, until in zip(boards, (1000.0, 1060.0), strict=True):
        board.values[board.slot(PROCESSES.name)] = 1
        board.values[board.slot(SPOTIFY_BAN.name)] = until
        board.values[board.slot(NAME, LABELS)] = 10

    def told() -> dict[str, float]:
        found = families(boards[0].pages(), now=990.0)
        return {sample.name: sample.value for metric in found for sample in metric.samples}

    assert told() == {
        "music_dl_processes": 2,
        "music_dl_spotify_ban_seconds": 70,
        "music_dl_http_requests_total": 20,
    }
    boards[1].close()
    assert told() == {
        "music_dl_processes": 1,
        "music_dl_spotify_ban_seconds": 10,
        "music_dl_http_requests_total": 20,
    }
    boards[0].close()


def test_what_finds_no_room_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    board = Board()
    board.values[board.slot(NAME, LABELS)] = 7
    for number in range(2000):
        board.values[board.slot("many", (str(number),), 100)] += 1
    assert board.slot("too long", ("x" * 100_000,)) == 0
    board.values[board.slot("larger than all", (), NUMBERS)] += 1
    rows = board.pages()[0].rows
    assert rows[NAME, LABELS] == [7]
    assert len(rows) < 2000
    assert all(row[0] == 1 for name, row in rows.items() if name[0] == "many")
    assert "metrics_full" in caplog.text


def test_sampled_sums_go_on_after_a_restart_and_never_fall(tmp_path: Path) -> None:
    count = [0.0]

    def calls() -> float:
        row = watcher.pages()[-1].rows
        return row[UPSTREAM_CALLS.name, ("spotify",)][0]

    watcher = Board(tmp_path)
    for expected in ([1, 4, 4], [5, 8, 8], [9, 12, 12]):
        board = Board(tmp_path)
        sampler = Sampler(board=board, sources=[lambda: [(UPSTREAM_CALLS, ("spotify",), count[0])]])
        seen = []
        for count[0] in (1, 4, 3):
            sampler.sample()
            seen.append(calls())
        assert seen == expected
        board.close()
    watcher.close()


def test_a_server_removes_what_dead_ones_left(tmp_path: Path) -> None:
    root = tmp_path / "metrics"
    dead = root / "1-dead"
    dead.mkdir(parents=True)
    (dead / "lock").touch()
    (dead / "0.numbers").write_bytes(b"x")
    unlocked = root / "2-never-locked"
    unlocked.mkdir()
    with shared_counts(tmp_path) as first, shared_counts(tmp_path) as second:
        assert first is not None
        assert second is not None
        assert {path for path in root.iterdir() if path.is_dir()} == {first, second}
        Board(first).close()
    assert [path.name for path in root.iterdir()] == ["lock"]


def test_a_home_that_is_no_folder_is_no_reason_not_to_serve(tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("not a folder")
    with shared_counts(tmp_path) as folder:
        assert folder is None
