"""GitHub through PyGithub, blocking: what the bucket asks of one repository, and its errors as ours.

Run it in threads. PyGithub's own retries and pauses are off: they would sleep in the thread, up to minutes, and repeat
writes that have happened.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from github import Auth, Github, GithubException, InputGitAuthor, InputGitTreeElement
from github.GithubObject import NotSet
from github.GitTree import GitTree
from github.Repository import Repository

from models.errors import (
    BucketConflict,
    BucketError,
    BucketFailed,
    BucketFileMissing,
    BucketFileRefused,
    BucketRateLimited,
    BucketRefused,
    BucketUnreachable,
)
from services.bucket.base import BucketFile, Upload

DEFAULT_HOST = "https://api.github.com"
TIMEOUT_S = 20
SECONDARY_LIMIT_S = 60.0
"""What GitHub asks to wait after a secondary limit that names no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFacts:
    """What is known of a repository before anything is written."""

    private: bool
    branch: str
    size_bytes: int
    """As GitHub says, which is some minutes late."""
    may_push: bool
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Every file of a branch."""

    files: Mapping[str, BucketFile]
    empty: bool
    """The repository has no commit yet: git's data cannot be written, only contents can."""

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(file.size_bytes for file in self.files.values())

    def has(self, path: str, blob: str) -> bool:
        """Whether these very bytes lie at the path."""
        found = self.files.get(path)
        return found is not None and found.version == blob


def blob_id(data: bytes) -> str:
    """git's id of a file with these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class GithubClient:
    """Blocking calls on the repositories that one token may use; usable from several threads."""

    def __init__(
        self, *, host: str, token: str, user: str | None, email: str | None, timeout_s: int = TIMEOUT_S
    ) -> None:
        self._host = host
        self._token = token
        self._author = InputGitAuthor(user, email) if user and email else NotSet
        self._timeout_s = timeout_s
        self._local = threading.local()

    def facts(self, name: str) -> RepositoryFacts:
        """What GitHub says of the repository now."""
        with translated(f"repository {name}"):
            found = self._github().get_repo(name)
            return RepositoryFacts(
                private=found.private,
                branch=found.default_branch,
                size_bytes=found.size * 1024,
                may_push=bool(found.permissions and found.permissions.push),
                archived=bool(found.archived),
            )

    def listing(self, name: str, branch: str) -> Listing:
        """Every file at the head of the branch; an empty one when the repository or the branch has no commit."""
        with translated(f"branch {branch} of {name}"):
            try:
                tree = self._repository(name).get_git_tree(branch, recursive=True)
            except GithubException as exc:
                # 409 is also the answer of a repository that is not available for a moment.
                if exc.status == 409 and "empty" in str(exc.data).lower():
                    return Listing(files={}, empty=True)
                raise
            if _is_truncated(tree):
                raise BucketRefused("The repository has too many files to be listed.", repository=name)
            files = {
                entry.path: BucketFile(size_bytes=entry.size or 0, version=entry.sha)
                for entry in tree.tree
                if entry.type == "blob"
            }
        return Listing(files=files, empty=False)

    def write(self, name: str, branch: str, path: str, upload: Upload, replacing: str | None) -> str:
        """One file, one commit; the blob id that GitHub answers. `replacing`: the blob that lies there now."""
        with translated(f"write to {name}"):
            repository = self._repository(name)
            who = self._author
            message = f"Add {upload.title}"
            if replacing is None:
                answer = repository.create_file(path, message, upload.data, branch, committer=who, author=who)
            else:
                answer = repository.update_file(
                    path, message, upload.data, replacing, branch, committer=who, author=who
                )
            return str(_content(answer).sha)

    def blob(self, name: str, data: bytes) -> str:
        """Stores bytes that no commit names yet; the blob id that GitHub answers."""
        with translated(f"write to {name}"):
            encoded = base64.b64encode(data).decode("ascii")
            return str(self._repository(name).create_git_blob(encoded, "base64").sha)

    def commit(self, name: str, branch: str, message: str, blobs: Mapping[str, str]) -> None:
        """Puts blobs that are stored at their paths: one tree, one commit, one move of the branch (three writes).

        Raises `BucketConflict` when the branch moved meanwhile.
        """
        with translated(f"commit to {name}"):
            repository = self._repository(name)
            ref = repository.get_git_ref(f"heads/{branch}")
            parent = repository.get_git_commit(ref.object.sha)
            elements = [InputGitTreeElement(path, "100644", "blob", sha=sha) for path, sha in blobs.items()]
            tree = repository.create_git_tree(elements, parent.tree)
            commit = repository.create_git_commit(message, tree, [parent], author=self._author, committer=self._author)
            ref.edit(commit.sha)

    def read(self, name: str, blob: str) -> bytes:
        """The bytes of a blob; raises `BucketFileMissing` when the repository answers and has none of that id."""
        with translated(f"read of {name}"):
            try:
                found = self._repository(name).get_git_blob(blob)
            except GithubException as exc:
                if exc.status not in {404, 409}:
                    raise
                # A repository that one may not see answers 404 as well: it has to be seen first.
                self._github().get_repo(name)
                raise BucketFileMissing(repository=name, blob=blob) from exc
            data = base64.b64decode(found.content)
        if blob_id(data) != blob:
            raise BucketFailed("The bucket sent other bytes than it was asked for.", repository=name, blob=blob)
        return data

    def remove(self, name: str, branch: str, path: str, blob: str) -> None:
        """Removes the file, if it still is that blob: one commit."""
        with translated(f"write to {name}"):
            self._repository(name).delete_file(path, f"Remove {path}", blob, branch=branch)

    def raw_prefix(self, name: str, branch: str, path: str) -> str | None:
        """What stands before a path in the address of a file that anybody may read, learnt from the file at `path`."""
        folder = path.rpartition("/")[0]
        with translated(f"read of {name}"):
            entries = self._repository(name).get_contents(folder, ref=branch)
            for entry in entries if isinstance(entries, Sequence) else [entries]:
                url = entry.download_url
                if url and url.endswith(f"/{entry.path}"):
                    return str(url.removesuffix(entry.path))
        return None

    def _github(self) -> Github:
        client: Github | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = Github(
                auth=Auth.Token(self._token),
                base_url=self._host,
                timeout=self._timeout_s,
                retry=None,
                seconds_between_requests=0,
                seconds_between_writes=0,
                user_agent="music-dl-server",
            )
        return client

    def _repository(self, name: str) -> Repository:
        known: dict[str, Repository] = self._local.__dict__.setdefault("repositories", {})
        if name not in known:
            known[name] = self._github().get_repo(name)
        return known[name]


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turns what PyGithub, requests and a nonsensical answer raise into ours."""
    try:
        yield
    except BucketError:
        raise
    except GithubException as exc:
        raise _refusal(exc, what) from exc
    except requests.RequestException as exc:
        raise BucketUnreachable(what=what, cause=type(exc).__name__) from exc
    except (AssertionError, AttributeError, KeyError, LookupError, TypeError, ValueError, RuntimeError) as exc:
        raise BucketFailed(what=what, cause=f"{type(exc).__name__}: {exc}") from exc


def _refusal(exc: GithubException, what: str) -> BucketError:
    message = str(exc.data.get("message") or "") if isinstance(exc.data, dict) else ""
    facts: dict[str, Any] = {"what": what, "status": exc.status, "answer": message[:200]}
    headers = {name.lower(): value for name, value in (exc.headers or {}).items()}
    rules: list[tuple[bool, Callable[[], BucketError]]] = [
        (
            exc.status == 429 or (exc.status == 403 and _is_limit(message, headers)),
            lambda: BucketRateLimited(retry_after_s=_wait_s(headers), **facts),
        ),
        (exc.status == 401, lambda: BucketRefused("The bucket rejects the token.", **facts)),
        (exc.status == 403, lambda: BucketRefused("The token may not do this.", **facts)),
        (exc.status == 404, lambda: BucketRefused("The bucket is not there, or the token may not see it.", **facts)),
        (exc.status == 413 or "too large" in message.lower(), lambda: BucketFileRefused(**facts)),
        (exc.status in {409, 422}, lambda: BucketConflict(**facts)),
    ]
    for fits, make in rules:
        if fits:
            return make()
    return BucketFailed(**facts)


def _is_limit(message: str, headers: Mapping[str, Any]) -> bool:
    return "retry-after" in headers or "rate limit" in message.lower() or headers.get("x-ratelimit-remaining") == "0"


def _wait_s(headers: Mapping[str, Any]) -> float:
    try:
        if "retry-after" in headers:
            return max(0.0, float(headers["retry-after"]))
        if headers.get("x-ratelimit-remaining") == "0":
            return max(1.0, float(headers["x-ratelimit-reset"]) - time.time())
    except (KeyError, ValueError):
        return SECONDARY_LIMIT_S
    return SECONDARY_LIMIT_S


def _is_truncated(tree: GitTree) -> bool:
    return bool(tree.raw_data.get("truncated"))


def _content(answer: Mapping[str, Any]) -> Any:
    return answer["content"]
