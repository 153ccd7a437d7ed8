"""The ZIP itself: read back by Python's zipfile and by unzip, at every size class."""

from __future__ import annotations

import asyncio
import io
import shutil
import stat
import subprocess
import zipfile
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import StorageFailed
from services.archive import MAX_32, Archive, Content, Entry, Text

NOON = datetime(2026, 5, 4, 12, 30, 58, tzinfo=UTC)


class Bytes:
    """An entry's content in small pieces; remembers what was read and whether it was closed."""

    def __init__(self, data: bytes, piece: int = 1000) -> None:
        self.data = data
        self.piece = piece
        self.opened = 0
        self.closed = 0
        self.pieces_read = 0

    async def open(self) -> Content:
        self.opened += 1
        return self

    async def read(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.data), self.piece):
            self.pieces_read += 1
            yield self.data[start : start + self.piece]

    def close(self) -> None:
        self.closed += 1


def entry(name: str, data: bytes, moment: datetime = NOON) -> Entry:
    return Entry(name=name, size_bytes=len(data), modified_at=moment, open=Bytes(data).open)


async def written(archive: Archive) -> bytes:
    data = b"".join([chunk async for chunk in archive.stream()])
    assert len(data) == archive.size_bytes, "the length is known beforehand"
    return data


def opened(data: bytes) -> zipfile.ZipFile:
    read = zipfile.ZipFile(io.BytesIO(data))
    assert read.testzip() is None
    return read


def unzip_likes(data: bytes, folder: Path) -> None:
    program = shutil.which("unzip")
    if program is None:
        pytest.skip("unzip is not installed")
    path = folder / "archive.zip"
    path.write_bytes(data)
    done = subprocess.run([program, "-tqq", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


FILES: Sequence[tuple[str, bytes]] = (
    ("01 Björk - Jóga.m4a", b"one" * 5000),
    ("02 椎名林檎 - 本能.m4a", b"two" * 700),
    ("03 ناي - قمر.m4a", bytes(range(256)) * 50),
    ("04 empty.m4a", b""),
    ("05 🎈 - \u0301.m4a", b"x"),
)


async def test_everything_is_read_back(tmp_path: Path) -> None:
    data = await written(Archive("a.zip", [entry(name, body) for name, body in FILES]))
    with opened(data) as read:
        assert read.namelist() == [name for name, _ in FILES]
        for name, body in FILES:
            assert read.read(name) == body
            info = read.getinfo(name)
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (2026, 5, 4, 12, 30, 58)
            assert info.flag_bits == 0x800, "UTF-8 names, no data descriptors"
            assert stat.filemode(info.external_attr >> 16) == "-rw-r--r--"
            assert zlib.crc32(body) == info.CRC
    unzip_likes(data, tmp_path)


async def test_headers_alone_are_enough_for_one_who_reads_a_stream() -> None:
    """A reader that sees no directory goes by the headers: they must have sums and sizes."""
    [(name, body), *_] = FILES
    data = await written(Archive("a.zip", [entry(name, body)]))
    assert data[:4] == b"PK\3\4"
    crc, packed, size = (int.from_bytes(data[start : start + 4], "little") for start in (14, 18, 22))
    assert (crc, packed, size) == (zlib.crc32(body), len(body), len(body))


async def test_an_archive_of_nothing() -> None:
    with opened(await written(Archive("a.zip", []))) as read:
        assert read.namelist() == []


async def test_large_files_use_the_64_bit_form(tmp_path: Path) -> None:
    # From 1,000 bytes on, instead of 4 GB: the second entry, and the offset of every other.
    entries = [entry("a", b"a" * 999), entry("b", b"b" * 5000), entry("c", b"c")]
    data = await written(Archive("a.zip", entries, zip64_from=1000))
    with opened(data) as read:
        assert [read.read(name) for name in "abc"] == [b"a" * 999, b"b" * 5000, b"c"]
        assert [read.getinfo(name).extract_version for name in "abc"] == [20, 45, 45]
        assert read.getinfo("c").header_offset > 1000
    assert data.count(b"PK\6\6") == 1
    unzip_likes(data, tmp_path)


async def test_a_small_archive_has_nothing_of_it() -> None:
    data = await written(Archive("a.zip", [entry(name, body) for name, body in FILES]))
    assert b"PK\6\6" not in data


async def test_more_than_65535_files() -> None:
    data = await written(Archive("a.zip", [entry(f"{number}", b"") for number in range(65_540)]))
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        assert len(read.namelist()) == 65_540
        assert read.namelist()[-1] == "65539"


async def test_the_length_of_a_very_large_one_is_known() -> None:
    huge = Entry(name="huge", size_bytes=5_000_000_000, modified_at=NOON, open=Bytes(b"").open)
    archive = Archive("a.zip", [huge, entry("after", b"x")])
    local, central, end = 30 + 4 + 20, 46 + 4 + 20, 56 + 20 + 22
    after = 30 + 5 + 1 + 46 + 5 + 12
    assert archive.size_bytes == local + 5_000_000_000 + central + after + end
    assert archive.size_bytes > MAX_32


@pytest.mark.parametrize(("year", "seen"), [(1970, 1980), (2026, 2026), (2500, 2107)])
async def test_years_that_the_format_cannot_say(year: int, seen: int) -> None:
    archive = Archive("a.zip", [entry("a", b"x", NOON.replace(year=year))])
    with opened(await written(archive)) as read:
        assert read.getinfo("a").date_time[0] == seen


@pytest.mark.parametrize("change", [-1, 1, 500])
async def test_a_file_that_is_not_as_it_was_breaks_off(change: int) -> None:
    data = b"x" * 5000
    content = Bytes(data)
    archive = Archive("a.zip", [Entry(name="a", size_bytes=5000 + change, modified_at=NOON, open=content.open)])
    with pytest.raises(StorageFailed):
        await written(archive)
    assert (content.opened, content.closed) == (1, 1)


async def test_nothing_is_read_before_it_is_wanted() -> None:
    contents = [Bytes(b"x" * 100_000) for _ in range(3)]
    archive = Archive(
        "a.zip",
        [
            Entry(name=str(number), size_bytes=100_000, modified_at=NOON, open=content.open)
            for number, content in enumerate(contents)
        ],
    )
    async with aclosing(archive.stream()) as stream:  # type: ignore[type-var]
        await anext(stream)
        for _ in range(5):
            await anext(stream)
        await asyncio.sleep(0)
        assert contents[0].pieces_read == 100 + 5, "once for the sum, and then what was taken"
        assert [content.opened for content in contents] == [1, 0, 0]
    assert contents[0].closed == 1, "one who leaves leaves nothing open"


async def test_a_text() -> None:
    text = Text("é\n")
    archive = Archive("a.zip", [Entry(name="t", size_bytes=len(text), modified_at=NOON, open=text.open)])
    with opened(await written(archive)) as read:
        assert read.read("t").decode() == "é\n"
