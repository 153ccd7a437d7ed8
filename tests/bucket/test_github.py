"""GitHub when it misbehaves: nothing is written twice, nothing is believed that is not so, and no token is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from _local.sandbox.github import GitHubStandIn
from models.errors import (
    BucketError,
    BucketFailed,
    BucketFileMissing,
    BucketFileRefused,
    BucketFull,
    BucketRateLimited,
    BucketRefused,
    BucketUnreachable,
)
from services.bucket.github import GithubBucket
from services.bucket.github_client import blob_id
from services.bucket.pace import MemoryPaceBook, Window
from tests.support.bucket import REPOSITORY, TOKEN, github_bucket, song_bytes, upload
from tests.support.wait import wait_for


@pytest.fixture
async def bucket(github: GitHubStandIn) -> AsyncIterator[GithubBucket]:
    made = github_bucket(github.url)
    yield made
    await made.close()


def songs(github: GitHubStandIn, name: str = REPOSITORY) -> list[str]:
    return [path for path in github.repositories[name].paths() if path != "README.md"]


def commits(github: GitHubStandIn, name: str = REPOSITORY) -> int:
    """Commits on the branch, the first one not counted."""
    git = github.repositories[name].git
    sha, found = git.branches["main"], -1
    while sha:
        found += 1
        sha = next(iter(git.commits[sha].parents), "")
    return found


async def test_a_single_song_is_one_commit_by_the_contents_api(github: GitHubStandIn, bucket: GithubBucket) -> None:
    placed = (await bucket.put([upload(1)]))[upload(1).path]
    assert placed.version == blob_id(upload(1).data)
    assert placed.key == f"{REPOSITORY}@main:{upload(1).path}"
    assert github.repositories[REPOSITORY].content(upload(1).path) == upload(1).data
    assert github.count("PUT", "/contents/") == 1
    assert commits(github) == 1
    git = github.repositories[REPOSITORY].git
    commit = git.commits[git.branches["main"]]
    assert (commit.author, commit.email, commit.message) == ("A Server", "server@example.org", "Add Song 1")


async def test_several_songs_are_one_commit_by_the_git_data_api(github: GitHubStandIn, bucket: GithubBucket) -> None:
    placed = await bucket.put([upload(number) for number in range(10)])
    assert len(placed) == 10
    assert songs(github) == sorted(placed)
    assert commits(github) == 1
    assert github.count("PUT") == 0
    assert github.count("POST", "/git/blobs") == 10
    assert "README.md" in github.repositories[REPOSITORY].paths()


async def test_the_address_is_the_public_one(github: GitHubStandIn, bucket: GithubBucket) -> None:
    placed = (await bucket.put([upload(1)]))[upload(1).path]
    assert placed.url is not None
    async with aiohttp.ClientSession() as client, client.get(placed.url) as response:
        assert await response.read() == upload(1).data


async def test_a_private_repository_has_no_public_address(github: GitHubStandIn) -> None:
    github.create("somebody/private", token=TOKEN, private=True)
    bucket = github_bucket(github.url, "somebody/private")
    placed = (await bucket.put([upload(1)]))[upload(1).path]
    assert placed.url is None
    await bucket.close()


@pytest.mark.parametrize(
    ("cdn", "url"),
    [
        ("https://cdn.example.org", "https://cdn.example.org/{path}"),
        ("https://cdn.example.org/gh/{repository}@{branch}", "https://cdn.example.org/gh/somebody/songs@main/{path}"),
        ("https://cdn.example.org/{path}?of={repository}", "https://cdn.example.org/{path}?of=somebody/songs"),
    ],
)
async def test_the_address_is_the_cdn_s_when_there_is_one(github: GitHubStandIn, cdn: str, url: str) -> None:
    bucket = github_bucket(github.url, cdn_host=cdn)
    placed = (await bucket.put([upload(1)]))[upload(1).path]
    assert placed.url == url.format(path=upload(1).path)
    await bucket.close()


@pytest.mark.parametrize("name", ["repos/somebody/songs/contents", "somebody/songs/music", "somebody/songs@main"])
async def test_every_way_to_name_a_repository(github: GitHubStandIn, name: str) -> None:
    bucket = github_bucket(github.url, name)
    placed = (await bucket.put([upload(1)]))[upload(1).path]
    assert placed.key == f"{REPOSITORY}@main:{'music/' if name.endswith('music') else ''}{upload(1).path}"
    assert bucket.holds(placed.key)
    await bucket.close()


async def test_an_empty_repository_is_begun(github: GitHubStandIn) -> None:
    github.create("somebody/new", token=TOKEN, initialised=False)
    bucket = github_bucket(github.url, "somebody/new")
    files = [upload(number) for number in range(6)]
    assert len(await bucket.put(files)) == 1
    assert len(await bucket.put(files)) == 6
    assert songs(github, "somebody/new") == sorted(file.path for file in files)
    assert commits(github, "somebody/new") == 1
    await bucket.close()


@pytest.mark.parametrize("status", [500, 502, 503, 0])
async def test_a_write_that_happened_and_was_answered_badly_is_found(
    github: GitHubStandIn, bucket: GithubBucket, status: int
) -> None:
    github.fail(method="PUT", path="/contents/", status=status, after=True, cut=status == 0)
    placed = (await bucket.put([upload(1)]))[upload(1).path]
    assert placed.version == blob_id(upload(1).data)
    assert github.count("PUT") == 1
    assert commits(github) == 1


@pytest.mark.parametrize("status", [500, 502, 0])
async def test_a_write_that_did_not_happen_is_repeated(
    github: GitHubStandIn, bucket: GithubBucket, status: int
) -> None:
    github.fail(method="PUT", path="/contents/", status=status, cut=status == 0)
    assert await bucket.put([upload(1)])
    assert github.count("PUT") == 2
    assert commits(github) == 1


@pytest.mark.parametrize("path", ["/git/trees", "/git/commits", "/git/refs"])
@pytest.mark.parametrize("after", [False, True])
async def test_a_batch_survives_trouble_at_every_step(
    github: GitHubStandIn, bucket: GithubBucket, path: str, after: bool
) -> None:
    github.fail(method="PATCH" if "refs" in path else "POST", path=path, status=502, after=after)
    placed = await bucket.put([upload(number) for number in range(5)])
    assert songs(github) == sorted(placed)
    assert len(placed) == 5
    assert commits(github) == 1


async def test_a_blob_that_fails_does_not_keep_the_others_out(github: GitHubStandIn, bucket: GithubBucket) -> None:
    files = [upload(number) for number in range(6)]
    github.fail(method="POST", path="/git/blobs", status=502)
    first = await bucket.put(files)
    assert len(first) == 5
    assert songs(github) == sorted(first)
    assert len(await bucket.put(files)) == 6


async def test_somebody_else_who_writes_is_no_harm(github: GitHubStandIn, bucket: GithubBucket) -> None:
    github.write_s = 0.05
    other = github_bucket(github.url)
    mine, theirs = [upload(number) for number in range(3)], [upload(number) for number in range(10, 13)]
    await asyncio.gather(_all(bucket, mine), _all(other, theirs))
    assert github.raced > 0
    assert songs(github) == sorted(file.path for file in mine + theirs)
    assert commits(github) == 6
    await other.close()


async def test_two_that_commit_batches_at_once(github: GitHubStandIn, bucket: GithubBucket) -> None:
    github.write_s = 0.05
    other = github_bucket(github.url)
    mine, theirs = [upload(number) for number in range(5)], [upload(number) for number in range(10, 15)]
    await asyncio.gather(_all(bucket, mine), _all(other, theirs))
    assert songs(github) == sorted(file.path for file in mine + theirs)
    assert commits(github) == 2
    await other.close()


async def test_the_same_song_from_two_sides_is_there_once(github: GitHubStandIn, bucket: GithubBucket) -> None:
    github.write_s = 0.05
    other = github_bucket(github.url)
    await asyncio.gather(_all(bucket, [upload(1)]), _all(other, [upload(1)]))
    assert songs(github) == [upload(1).path]
    assert commits(github) == 1
    await other.close()


@pytest.mark.parametrize(
    ("status", "message", "headers", "wait_s"),
    [
        (403, "You have exceeded a secondary rate limit.", {"Retry-After": "7"}, 7),
        (403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", {}, 60),
        (429, "Too many requests", {"Retry-After": "3"}, 3),
    ],
)
async def test_a_limit_holds_everybody(
    github: GitHubStandIn, status: int, message: str, headers: dict[str, str], wait_s: float
) -> None:
    book = MemoryPaceBook()
    bucket, other = github_bucket(github.url, book=book), github_bucket(github.url, book=book)
    github.fail(method="PUT", status=status, message=message, headers=headers)
    with pytest.raises(BucketRateLimited) as caught:
        await bucket.put([upload(1)])
    assert caught.value.retry_after_s == wait_s
    with pytest.raises(BucketRateLimited) as caught:
        await other.put([upload(2)])
    assert caught.value.retry_after_s == pytest.approx(wait_s, abs=2)
    assert github.count("PUT") == 1
    await bucket.close()
    await other.close()


async def test_the_pace_is_kept_before_github_has_to_say_so(github: GitHubStandIn) -> None:
    bucket = github_bucket(github.url, windows=(Window(9, 3600.0),))
    files = [upload(number) for number in range(20)]
    placed = await bucket.put(files)
    assert len(placed) == 6, "six blobs, a tree, a commit and the move of the branch"
    with pytest.raises(BucketRateLimited) as caught:
        await bucket.put(files[6:])
    assert 0 < (caught.value.retry_after_s or 0) <= 3600
    assert github.count("POST") + github.count("PATCH") + github.count("PUT") == 9
    await bucket.close()


async def test_a_batch_that_the_pace_does_not_allow_becomes_single_songs(github: GitHubStandIn) -> None:
    bucket = github_bucket(github.url, windows=(Window(3, 3600.0),))
    assert len(await bucket.put([upload(number) for number in range(5)])) == 3
    assert github.count("PUT") == 3
    await bucket.close()


async def test_a_commit_that_the_pace_delays_does_not_cost_the_blobs(github: GitHubStandIn) -> None:
    bucket = github_bucket(github.url, windows=(Window(8, 1.0),))
    github.fail(method="POST", path="/git/trees", status=502)
    assert len(await bucket.put([upload(number) for number in range(5)])) == 5
    assert github.count("POST", "/git/blobs") == 5
    assert commits(github) == 1
    await bucket.close()


async def test_a_revoked_token_is_refused_and_not_asked_again(github: GitHubStandIn, bucket: GithubBucket) -> None:
    github.revoke(TOKEN)
    with pytest.raises(BucketRefused, match="rejects the token"):
        await bucket.put([upload(1)])
    assert len(github.requests) == 1


async def test_a_token_that_expires_during_a_batch(github: GitHubStandIn, bucket: GithubBucket) -> None:
    github.fail(method="POST", path="/git/trees", status=401, message="Bad credentials")
    with pytest.raises(BucketRefused):
        await bucket.put([upload(number) for number in range(5)])
    assert songs(github) == []
    assert len(await bucket.put([upload(number) for number in range(5)])) == 5


async def test_a_token_that_may_only_read(github: GitHubStandIn, bucket: GithubBucket) -> None:
    github.grant(TOKEN, REPOSITORY, "read")
    with pytest.raises(BucketRefused, match="may not do this"):
        await bucket.put([upload(1)])
    assert github.count("PUT") == 1


async def test_a_hidden_repository_is_not_taken_for_a_missing_file(github: GitHubStandIn, tmp_path: Path) -> None:
    github.create("somebody/private", token=TOKEN, private=True)
    bucket = github_bucket(github.url, "somebody/private")
    placed = (await bucket.put([upload(1)]))[upload(1).path]
    github.grant("another", "somebody/private")
    github.grant(TOKEN, REPOSITORY)
    github.repositories["somebody/private"].tokens.pop(TOKEN)
    with pytest.raises(BucketRefused):
        await bucket.get(placed.key, placed.version, tmp_path / "back")
    github.grant(TOKEN, "somebody/private", "read")
    await bucket.get(placed.key, placed.version, tmp_path / "back")
    github.empty("somebody/private")
    with pytest.raises(BucketFileMissing):
        await bucket.get(placed.key, placed.version, tmp_path / "back")
    await bucket.close()


async def test_a_server_that_is_gone_or_hangs_is_unreachable(github: GitHubStandIn) -> None:
    slow = github_bucket(github.url, timeout_s=1)
    github.fail(delay_s=3)
    with pytest.raises(BucketUnreachable):
        await slow.put([upload(1)])
    await slow.close()
    gone = github_bucket("http://127.0.0.1:1")
    with pytest.raises(BucketUnreachable):
        await gone.put([upload(1)])
    report = await gone.check()
    assert not report.ok
    await gone.close()


async def test_nonsense_is_a_failure_of_the_bucket(github: GitHubStandIn, bucket: GithubBucket) -> None:
    github.fail(method="GET", path="/git/trees", status=200, message="no tree")
    with pytest.raises(BucketFailed):
        await bucket.put([upload(1)])


async def test_a_file_that_is_too_large_is_named_so(github: GitHubStandIn, bucket: GithubBucket) -> None:
    github.fail(method="PUT", status=422, message="Sorry, your input was too large to process")
    with pytest.raises(BucketFileRefused):
        await bucket.put([upload(1)])


async def test_the_next_repository_is_filled_when_one_is_full(github: GitHubStandIn, tmp_path: Path) -> None:
    for name in ("somebody/one", "somebody/two"):
        github.create(name, token=TOKEN)
    bucket = github_bucket(github.url, "somebody/one, somebody/two", max_repository_bytes=9_000)
    assert len(bucket.lanes) == 2
    files = [upload(number, song_bytes(number, 4000)) for number in range(5)]
    placed = {}
    for _ in range(3):
        try:
            placed.update(await bucket.put([file for file in files if file.path not in placed]))
        except BucketFull:
            break
    assert len(songs(github, "somebody/one")) == len(songs(github, "somebody/two")) == 2
    assert len(placed) == 4
    with pytest.raises(BucketFull):
        await bucket.put([file for file in files if file.path not in placed])
    again = await bucket.put(files[:4])
    assert not any(found.written for found in again.values())
    for found in placed.values():
        await bucket.get(found.key, found.version, tmp_path / "back")
    assert len(await bucket.files()) == 4 + 2
    await bucket.close()


async def test_other_bytes_than_asked_for_are_not_taken(
    github: GitHubStandIn, bucket: GithubBucket, tmp_path: Path
) -> None:
    placed = (await bucket.put([upload(1)]))[upload(1).path]
    github.repositories[REPOSITORY].git.blobs[placed.version] = b"something else"
    with pytest.raises(BucketFailed):
        await bucket.get(placed.key, placed.version, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    ("name", "prepare", "reason"),
    [
        ("somebody/nothing", lambda github: None, "not there"),
        (REPOSITORY, lambda github: github.revoke(TOKEN), "rejects the token"),
        (REPOSITORY, lambda github: github.grant(TOKEN, REPOSITORY, "read"), "may not"),
        (f"{REPOSITORY}@nobranch", lambda github: None, "not there"),
    ],
)
async def test_the_check_names_the_reason(github: GitHubStandIn, name: str, prepare: object, reason: str) -> None:
    github.grant("another", REPOSITORY)
    github.create("somebody/other", token=TOKEN)
    assert callable(prepare)
    prepare(github)
    bucket = github_bucket(github.url, name)
    report = await bucket.check()
    assert not report.ok
    assert reason in report.reason
    assert TOKEN not in repr(report)
    await bucket.close()


async def test_the_check_of_an_empty_repository(github: GitHubStandIn) -> None:
    github.create("somebody/new", token=TOKEN, initialised=False)
    bucket = github_bucket(github.url, "somebody/new")
    assert (await bucket.check()).ok
    github.grant(TOKEN, "somebody/new", "read")
    assert not (await bucket.check()).ok
    assert github.repositories["somebody/new"].git.branches == {}
    await bucket.close()


async def test_the_token_is_never_told(github: GitHubStandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bucket = github_bucket(github.url)
    told = [repr(bucket), str(vars(bucket))]
    await bucket.put([upload(1)])
    for fault in ({"status": 502}, {"status": 403}, {"status": 422}, {"cut": True}, {"status": 401}):
        github.fail(times=1, **fault)
        with pytest.raises(BucketError) as caught:
            await bucket.put([upload(2)])
        told += [repr(caught.value), repr(caught.value.facts), repr(caught.value.__cause__)]
    assert caplog.records
    told += [repr(vars(record)) for record in caplog.records]
    assert TOKEN not in "\n".join(told)
    await bucket.close()


async def test_a_hanging_bucket_keeps_no_thread_from_the_others(github: GitHubStandIn, bucket: GithubBucket) -> None:
    github.fail(delay_s=2, times=50)
    asked = [asyncio.create_task(bucket.put([upload(number)])) for number in range(50)]
    await wait_for(lambda: bucket.in_flight >= 4)
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "served"), 30) == "served"
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)


async def _all(bucket: GithubBucket, files: list[object]) -> None:
    """Puts until all are placed."""
    placed: set[str] = set()
    while len(placed) < len(files):
        try:
            placed |= (await bucket.put(files)).keys()  # type: ignore[arg-type]
        except BucketError as error:
            if not error.retryable:
                raise
