"""How a bucket is named, what is refused at the start, and what `make bucket-check` says."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from _local import bucket_check
from _local.sandbox.github import GitHubStandIn
from models.bucket import BucketKind, BucketPlace, parse_bucket_name
from models.settings import Settings, SettingsError
from services.bucket.choose import choose_bucket
from services.bucket.pace import MemoryPaceBook
from tests.support.bucket import REPOSITORY, TOKEN
from tests.support.s3_server import ACCESS_KEY, SECRET_KEY, make_s3_bucket

ROOT = Path(__file__).resolve().parents[2]


def github(name: str, branch: str | None = None, prefix: str = "") -> BucketPlace:
    return BucketPlace(kind=BucketKind.GITHUB, name=name, branch=branch, prefix=prefix)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("o/r", (github("o/r"),)),
        (" /o/r/ ", (github("o/r"),)),
        ("o/r@music", (github("o/r", "music"),)),
        ("o/r@feature/x", (github("o/r", "feature/x"),)),
        ("o/r/folder/inner", (github("o/r", None, "folder/inner/"),)),
        ("repos/o/r/contents", (github("o/r"),)),
        ("/repos/o/r/contents/", (github("o/r"),)),
        ("repos/o/r/contents/songs", (github("o/r", None, "songs/"),)),
        ("o/a, o/b ,", (github("o/a"), github("o/b"))),
        ("o/my.songs_1", (github("o/my.songs_1"),)),
        ("s3://songs", (BucketPlace(kind=BucketKind.S3, name="songs"),)),
        ("s3://songs/a/b", (BucketPlace(kind=BucketKind.S3, name="songs", prefix="a/b/"),)),
        ("file:///mnt/nas/songs/", (BucketPlace(kind=BucketKind.FOLDER, name="/mnt/nas/songs"),)),
    ],
)
def test_names(text: str, expected: tuple[BucketPlace, ...]) -> None:
    assert parse_bucket_name(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", ",", "songs", "o/", "/r", "o/r@", "o r/x", "o/r/../x", "o/a,o/A", "s3://", "s3://Songs", "s3://a/../b",
     "file://nas", "o/r,s3://songs", "https://github.com/o/r"],
)  # fmt: skip
def test_what_is_no_name(text: str) -> None:
    if text == "o/r@":
        assert parse_bucket_name(text) == (github("o/r"),)
        return
    with pytest.raises(ValueError, match=r"\w"):
        parse_bucket_name(text)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"MUSIC_DL_BUCKET_NAME": "songs"}, "owner/repo"),
        ({"MUSIC_DL_BUCKET_NAME": "o/r"}, "MUSIC_DL_STORAGE_ACCESS_TOKEN"),
        ({"MUSIC_DL_BUCKET_NAME": "s3://songs", "MUSIC_DL_STORAGE_ACCESS_TOKEN": "x"}, "MUSIC_DL_STORAGE_USER"),
        ({"LOCAL_CACHE_MAX_BYTES": "5"}, "MUSIC_DL_BUCKET_NAME"),
        (
            {
                "MUSIC_DL_BUCKET_NAME": "o/a,o/b",
                "MUSIC_DL_STORAGE_ACCESS_TOKEN": "x",
                "MUSIC_DL_CDN_HOST": "https://cdn.example.org",
            },
            "{repository}",
        ),
        ({"MUSIC_DL_CDN_HOST": "cdn.example.org"}, "MUSIC_DL_CDN_HOST"),
    ],
)
def test_what_cannot_work_is_said_at_the_start(environ: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Settings.from_env(environ)


def test_the_token_masks_itself() -> None:
    settings = Settings.from_env({"MUSIC_DL_BUCKET_NAME": "o/r", "MUSIC_DL_STORAGE_ACCESS_TOKEN": TOKEN})
    assert TOKEN not in repr(settings)


async def test_each_kind_is_chosen(tmp_path: Path) -> None:
    for name, kind in (("o/r", "github"), ("s3://songs", "s3"), (f"file://{tmp_path}", "folder")):
        given = {
            "MUSIC_DL_BUCKET_NAME": name,
            "MUSIC_DL_STORAGE_ACCESS_TOKEN": TOKEN,
            "MUSIC_DL_STORAGE_USER": ACCESS_KEY,
        }
        bucket = choose_bucket(Settings.from_env(given), MemoryPaceBook())
        assert bucket is not None
        assert bucket.kind == kind
        await bucket.close()
    assert choose_bucket(Settings.from_env({}), MemoryPaceBook()) is None


async def check(capsys: pytest.CaptureFixture[str], **environ: str) -> tuple[int, str]:
    """Exit code and output of the check."""
    code = await bucket_check.check(Settings.from_env(environ))
    told = capsys.readouterr()
    text = told.out + told.err
    assert TOKEN not in text
    return code, text


async def test_the_check_of_github(github: GitHubStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    given = {
        "MUSIC_DL_BUCKET_NAME": REPOSITORY,
        "MUSIC_DL_STORAGE_ACCESS_TOKEN": TOKEN,
        "MUSIC_DL_STORAGE_HOST": github.url,
    }
    before = dict(github.repositories[REPOSITORY].git.branches)
    code, text = await check(capsys, **given)
    assert code == 0, text
    assert "OK" in text
    assert github.repositories[REPOSITORY].git.branches == before
    github.grant(TOKEN, REPOSITORY, "read")
    code, text = await check(capsys, **given)
    assert code == 1
    assert "may not" in text


async def test_the_check_of_s3(s3_address: str, capsys: pytest.CaptureFixture[str]) -> None:
    make_s3_bucket(s3_address, "checked")
    given = {
        "MUSIC_DL_STORAGE_ACCESS_TOKEN": SECRET_KEY,
        "MUSIC_DL_STORAGE_USER": ACCESS_KEY,
        "MUSIC_DL_STORAGE_HOST": f"http://{s3_address}",
        "MUSIC_DL_STORAGE_REGION": "us-east-1",
    }
    assert (await check(capsys, MUSIC_DL_BUCKET_NAME="s3://checked/music", **given))[0] == 0
    code, text = await check(capsys, MUSIC_DL_BUCKET_NAME="s3://not-there", **given)
    assert code == 1
    assert "no such bucket" in text


async def test_the_check_of_a_folder_and_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (await check(capsys, MUSIC_DL_BUCKET_NAME=f"file://{tmp_path}"))[0] == 0
    code, text = await check(capsys, MUSIC_DL_BUCKET_NAME=f"file://{tmp_path}/none")
    assert code == 1
    assert "not there" in text
    assert (await check(capsys))[0] == 2


async def test_the_check_as_a_command(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    for name, expected, told in ((f"file://{tmp_path}", 0, "OK"), ("nonsense", 2, "owner/repo")):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "_local.bucket_check",
            cwd=ROOT,
            env={**clean, "MUSIC_DL_BUCKET_NAME": name},
            stdout=PIPE,
            stderr=PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == expected
        assert told in out.decode() + err.decode()
