"""What every bucket promises, over each kind."""

from __future__ import annotations

import io
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from _local.sandbox.github import GitHubStandIn
from models.bucket import BucketKind, BucketPlace
from models.errors import BucketFileMissing
from services.bucket.base import Bucket
from services.bucket.folder import FolderBucket
from services.bucket.github_client import blob_id
from services.bucket.s3 import S3Bucket
from tests.support.bucket import REPOSITORY, github_bucket, song_bytes, upload
from tests.support.s3_server import ACCESS_KEY, SECRET_KEY, make_s3_bucket

KINDS = ("github", "s3", "folder")


@dataclass
class Subject:
    """A bucket, and a way around it."""

    bucket: Bucket
    damage: Callable[[str], object]
    """Puts other bytes at a path."""


@pytest.fixture
async def github_subject(github: GitHubStandIn) -> AsyncIterator[Subject]:
    repository = github.repositories[REPOSITORY]

    def damage(path: str) -> None:
        kept = {name: repository.content(name) or b"" for name in repository.paths()}
        github.rewrite(REPOSITORY, {**kept, path: b"other"})

    bucket = github_bucket(github.url)
    yield Subject(bucket, damage)
    await bucket.close()


@pytest.fixture
async def s3_subject(s3_address: str) -> AsyncIterator[Subject]:
    name = f"songs-{secrets.token_hex(6)}"
    client = make_s3_bucket(s3_address, name)
    bucket = S3Bucket(
        place=BucketPlace(kind=BucketKind.S3, name=name, prefix="music/"),
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        host=f"http://{s3_address}",
        region="us-east-1",
    )
    yield Subject(bucket, lambda path: client.put_object(name, f"music/{path}", io.BytesIO(b"other"), 5))
    await bucket.close()


@pytest.fixture
async def folder_subject(tmp_path: Path) -> AsyncIterator[Subject]:
    folder = tmp_path / "bucket"
    folder.mkdir()
    bucket = FolderBucket(place=BucketPlace(kind=BucketKind.FOLDER, name=str(folder)))
    yield Subject(bucket, lambda path: (folder / path).write_bytes(b"other"))
    await bucket.close()


@pytest.fixture(params=KINDS)
def subject(request: pytest.FixtureRequest) -> Subject:
    """Each kind of bucket in turn."""
    made: Subject = request.getfixturevalue(f"{request.param}_subject")
    return made


async def test_what_is_put_can_be_read(subject: Subject, tmp_path: Path) -> None:
    bucket, file = subject.bucket, upload(1)
    placed = (await bucket.put([file]))[file.path]
    assert placed.written
    assert bucket.holds(placed.key)
    found = await bucket.stat(placed.key)
    assert found is not None
    assert (found.size_bytes, found.version) == (len(file.data), placed.version)
    await bucket.get(placed.key, placed.version, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == file.data
    assert (await bucket.files())[placed.key] == found


async def test_an_empty_file_and_one_above_a_megabyte(subject: Subject, tmp_path: Path) -> None:
    files = [upload(1, b""), upload(2, song_bytes(2, 1_500_000))]
    placed = {}
    while len(placed) < 2:
        placed.update(await subject.bucket.put([file for file in files if file.path not in placed]))
    for file in files:
        target = tmp_path / "back"
        await subject.bucket.get(placed[file.path].key, placed[file.path].version, target)
        assert target.read_bytes() == file.data


async def test_many_files(subject: Subject) -> None:
    files = [upload(number) for number in range(12)]
    placed = await subject.bucket.put(files)
    assert placed.keys() == {file.path for file in files}
    there = await subject.bucket.files()
    for file in files:
        assert there[placed[file.path].key].version == placed[file.path].version


async def test_a_repeated_put_finds_the_file_and_writes_nothing(subject: Subject) -> None:
    first = await subject.bucket.put([upload(1), upload(2)])
    again = await subject.bucket.put([upload(1), upload(2), upload(3)])
    assert {path: replace(placed, written=True) for path, placed in again.items() if path in first} == first
    assert [again[upload(number).path].written for number in (1, 2, 3)] == [False, False, True]


async def test_other_bytes_in_its_place_are_replaced(subject: Subject, tmp_path: Path) -> None:
    file = upload(1)
    placed = (await subject.bucket.put([file]))[file.path]
    subject.damage(file.path)
    found = await subject.bucket.stat(placed.key)
    assert found is not None
    assert found.version != placed.version
    mended = (await subject.bucket.put([file]))[file.path]
    assert mended == placed
    await subject.bucket.get(placed.key, placed.version, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == file.data


async def test_what_is_deleted_is_gone(subject: Subject) -> None:
    bucket, file = subject.bucket, upload(1)
    placed = (await bucket.put([file, upload(2)]))[file.path]
    assert await bucket.delete(placed.key) is True
    assert await bucket.delete(placed.key) is False
    assert await bucket.stat(placed.key) is None
    assert placed.key not in await bucket.files()
    assert (await bucket.put([file]))[file.path].written


async def test_a_missing_file_is_said_to_be_missing(subject: Subject, tmp_path: Path) -> None:
    placed = (await subject.bucket.put([upload(1)]))[upload(1).path]
    other = placed.key.replace(upload(1).path, upload(2).path)
    assert await subject.bucket.stat(other) is None
    with pytest.raises(BucketFileMissing):
        await subject.bucket.get(other, blob_id(upload(2).data), tmp_path / "back")
    assert not (tmp_path / "back").exists()


async def test_keys_of_other_buckets_are_not_held(subject: Subject) -> None:
    placed = (await subject.bucket.put([upload(1)]))[upload(1).path]
    for key in ("", "x", "other/repository@main:a", "s3://other/music/a", "file:///elsewhere//a"):
        assert not subject.bucket.holds(key)
    assert subject.bucket.holds(placed.key)


async def test_the_check_finds_a_good_bucket_good_and_leaves_nothing(subject: Subject) -> None:
    before = await subject.bucket.files()
    report = await subject.bucket.check()
    assert report.ok, report.reason
    assert await subject.bucket.files() == before


async def test_lanes_are_named_and_sorted(subject: Subject) -> None:
    lanes = subject.bucket.lanes
    assert lanes
    assert list(lanes) == sorted(set(lanes))
    assert subject.bucket.in_flight == 0
