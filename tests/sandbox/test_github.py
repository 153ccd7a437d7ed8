"""The GitHub stand-in, used by the real PyGithub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from _local.sandbox.git_objects import object_id
from _local.sandbox.github import GitHubStandIn

github = pytest.importorskip("github", reason="PyGithub is not installed")

NAME = "someone/songs"
TOKEN = "token-1"


@pytest.fixture
async def stand_in() -> AsyncIterator[GitHubStandIn]:
    async with GitHubStandIn() as running:
        yield running


def _open(stand_in: GitHubStandIn, token: str = TOKEN) -> Any:
    client = github.Github(
        base_url=stand_in.url,
        auth=github.Auth.Token(token),
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )
    return client.get_repo(NAME)


async def _fails(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(github.GithubException) as caught:
        await asyncio.to_thread(call)
    return caught.value.status, str(caught.value.data["message"])


async def test_a_file_is_created_read_updated_and_deleted(stand_in: GitHubStandIn) -> None:
    repository = stand_in.create(NAME, token=TOKEN)
    content = bytes(range(256)) * 40

    def work() -> None:
        repo = _open(stand_in)
        created = repo.create_file("aa/song.m4a", "add", content)["content"]
        assert created.sha == object_id("blob", content)
        assert repo.get_contents("aa/song.m4a").decoded_content == content
        assert [(entry.path, entry.type) for entry in repo.get_contents("")] == [("README.md", "file"), ("aa", "dir")]
        updated = repo.update_file("aa/song.m4a", "again", b"other", created.sha)["content"]
        repo.create_file("aa/two.m4a", "add", b"2")
        repo.delete_file("aa/song.m4a", "away", updated.sha)

    await asyncio.to_thread(work)
    assert repository.paths() == ["README.md", "aa/two.m4a"]
    head = repository.git.commits[repository.git.branches["main"]]
    assert head.message == "away"
    assert stand_in.count("PUT", "/contents/") == 3


async def test_the_sha_rules(stand_in: GitHubStandIn) -> None:
    stand_in.create(NAME, token=TOKEN)
    repo = await asyncio.to_thread(_open, stand_in)
    await asyncio.to_thread(repo.create_file, "song", "add", b"1")
    status, message = await _fails(lambda: repo.create_file("song", "add", b"2"))
    assert (status, "sha" in message) == (422, True)
    status, message = await _fails(lambda: repo.update_file("song", "m", b"2", "0" * 40))
    assert (status, "does not match" in message) == (409, True)


async def test_of_two_racing_writes_one_wins(stand_in: GitHubStandIn) -> None:
    repository = stand_in.create(NAME, token=TOKEN)
    stand_in.write_s = 0.3
    repos = [await asyncio.to_thread(_open, stand_in) for _ in range(3)]
    calls = [asyncio.to_thread(repo.create_file, f"song-{n}", "add", b"1") for n, repo in enumerate(repos)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    lost = [result for result in results if isinstance(result, github.GithubException)]
    assert stand_in.most_writing > 1
    assert len(lost) == 3 - (len(repository.paths()) - 1)
    assert lost
    assert all(error.status == 409 and "but expected" in str(error.data) for error in lost)


async def test_large_files_come_without_content_but_raw(stand_in: GitHubStandIn) -> None:
    stand_in.create(NAME, token=TOKEN)
    content = b"x" * 1_200_000

    def work() -> tuple[str, str, str]:
        repo = _open(stand_in)
        repo.create_file("big", "add", content)
        found = repo.get_contents("big")
        return found.encoding, found.download_url, repo.get_git_blob(found.sha).raw_data["encoding"]

    encoding, url, blob_encoding = await asyncio.to_thread(work)
    assert (encoding, blob_encoding) == ("none", "base64")
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            assert await response.read() == content
        async with session.get(url, headers={"Range": "bytes=-5"}) as response:
            assert response.status == 206
            assert response.headers["Content-Range"] == "bytes 1199995-1199999/1200000"
            assert await response.read() == b"xxxxx"


async def test_a_batch_by_git_data_is_one_commit(stand_in: GitHubStandIn) -> None:
    repository = stand_in.create(NAME, token=TOKEN)

    def work() -> None:
        repo = _open(stand_in)
        reference = repo.get_git_ref("heads/main")
        parent = repo.get_git_commit(reference.object.sha)
        elements = [
            github.InputGitTreeElement(f"a/{n}", "100644", "blob", sha=repo.create_git_blob(str(n), "utf-8").sha)
            for n in range(4)
        ]
        tree = repo.create_git_tree(elements, parent.tree)
        reference.edit(repo.create_git_commit("four", tree, [parent]).sha)
        assert [entry.path for entry in repo.get_git_tree("main", recursive=True).tree] == [
            "README.md",
            *(f"a/{n}" for n in range(4)),
        ]

    await asyncio.to_thread(work)
    assert repository.content("a/3") == b"3"
    assert len(repository.git.commits) == 2


async def test_a_stale_reference_does_not_move(stand_in: GitHubStandIn) -> None:
    stand_in.create(NAME, token=TOKEN)

    def stale() -> None:
        repo = _open(stand_in)
        reference = repo.get_git_ref("heads/main")
        parent = repo.get_git_commit(reference.object.sha)
        repo.create_file("song", "meanwhile", b"1")
        reference.edit(repo.create_git_commit("late", parent.tree, [parent]).sha)

    assert await _fails(stale) == (422, "Update is not a fast forward")


async def test_tokens(stand_in: GitHubStandIn) -> None:
    repository = stand_in.create(NAME, token=TOKEN, private=True)
    repository.tokens["reader"] = "read"
    stand_in.create("other/one", token="elsewhere")
    assert (await _fails(lambda: _open(stand_in, "wrong")))[0] == 401
    assert (await _fails(lambda: _open(stand_in, "elsewhere")))[0] == 404
    reader = await asyncio.to_thread(_open, stand_in, "reader")
    assert (await _fails(lambda: reader.create_file("a", "m", b"1")))[0] == 403
    writer = await asyncio.to_thread(_open, stand_in)
    stand_in.revoke(TOKEN)
    assert await _fails(lambda: writer.create_file("a", "m", b"1")) == (401, "Bad credentials")


async def test_an_empty_repository_is_initialised_by_a_put(stand_in: GitHubStandIn) -> None:
    repository = stand_in.create(NAME, token=TOKEN, initialised=False)
    repo = await asyncio.to_thread(_open, stand_in)
    assert (await _fails(lambda: repo.get_git_ref("heads/main")))[0] == 409
    assert (await _fails(lambda: repo.create_git_blob("x", "utf-8")))[0] == 409
    await asyncio.to_thread(repo.create_file, "song", "first", b"1")
    assert repository.paths() == ["song"]


async def test_writes_are_limited(stand_in: GitHubStandIn) -> None:
    stand_in.create(NAME, token=TOKEN)
    stand_in.writes_per_minute = 2
    repo = await asyncio.to_thread(_open, stand_in)
    for n in range(2):
        await asyncio.to_thread(repo.create_file, f"song-{n}", "add", b"1")
    with pytest.raises(github.RateLimitExceededException) as caught:
        await asyncio.to_thread(repo.create_file, "song-2", "add", b"1")
    assert caught.value.headers["retry-after"] == "60"


async def test_scripted_faults(stand_in: GitHubStandIn) -> None:
    repository = stand_in.create(NAME, token=TOKEN)
    repo = await asyncio.to_thread(_open, stand_in)
    stand_in.fail(method="PUT", status=502, message="Server Error", after=True)
    assert (await _fails(lambda: repo.create_file("song", "add", b"1")))[0] == 502
    assert repository.content("song") == b"1"
    cut = stand_in.fail(method="GET", path="/contents/", cut=True)
    with pytest.raises(Exception, match=r"(?i)connection|remote"):
        await asyncio.to_thread(repo.get_contents, "song")
    assert cut.times == 0
    assert (await asyncio.to_thread(repo.get_contents, "song")).decoded_content == b"1"
