"""A git repository in memory: blobs, trees, commits and branches, with git's own object ids."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

Files = dict[str, str]
"""Path → blob id: a whole tree, folders flattened."""


class StaleHead(Exception):
    """The branch has moved since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit; `files` is its whole content."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: str
    email: str
    at: str


@dataclass(slots=True)
class GitObjects:
    """Objects and branches of one repository."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, Files] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def add_blob(self, content: bytes) -> str:
        """Stores bytes; returns git's blob id."""
        sha = object_id("blob", content)
        self.blobs[sha] = content
        return sha

    def add_tree(self, files: Files) -> str:
        """Stores a tree, folder by folder as git does; returns the root's id."""
        folders: dict[str, Files] = {}
        entries: list[tuple[str, bytes, str]] = []
        for path, blob in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(name, {})[rest] = blob
            else:
                entries.append((name, b"100644", blob))
        entries += [(name, b"40000", self.add_tree(inner)) for name, inner in folders.items()]
        # git sorts a folder as if its name ended with a slash
        entries.sort(key=lambda entry: entry[0] + ("/" if entry[1] == b"40000" else ""))
        body = b"".join(mode + b" " + name.encode() + b"\0" + bytes.fromhex(sha) for name, mode, sha in entries)
        sha = object_id("tree", body)
        self.trees[sha] = dict(files)
        return sha

    def add_commit(self, tree: str, parents: tuple[str, ...], message: str, author: str, email: str) -> Commit:
        """Stores a commit of now."""
        now = datetime.now(UTC)
        who = f"{author} <{email}> {int(now.timestamp())} +0000"
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
        sha = object_id("commit", "\n".join([*lines, "", message]).encode())
        commit = Commit(
            sha=sha,
            tree=tree,
            parents=parents,
            message=message,
            author=author,
            email=email,
            at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        self.commits[sha] = commit
        return commit

    def files(self, commit_or_branch: str) -> Files | None:
        """The content at a branch or commit; `None` when there is no such thing."""
        commit = self.commits.get(self.branches.get(commit_or_branch, commit_or_branch))
        return None if commit is None else self.trees[commit.tree]

    def move_branch(self, branch: str, sha: str, *, expected: str | None) -> None:
        """Compare-and-set of a branch; raises `StaleHead` when it is not at `expected`."""
        if self.branches.get(branch) != expected:
            raise StaleHead(self.branches.get(branch), expected)
        self.branches[branch] = sha

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `older` is `newer` or one of its ancestors."""
        todo, seen = [newer], set()
        while todo:
            sha = todo.pop()
            if sha == older:
                return True
            if sha not in seen and sha in self.commits:
                seen.add(sha)
                todo += self.commits[sha].parents
        return False


def object_id(kind: str, body: bytes) -> str:
    """git's id of an object."""
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body, usedforsecurity=False).hexdigest()


def listing(files: Mapping[str, str], folder: str) -> list[tuple[str, str, str]]:
    """Direct entries of a folder (`""`: the root) as (name, `file` or `dir`, blob id or ""), sorted."""
    prefix = f"{folder}/" if folder else ""
    found: dict[str, tuple[str, str, str]] = {}
    for path, blob in files.items():
        if path.startswith(prefix):
            name, slash, _ = path[len(prefix) :].partition("/")
            found[name] = (name, "dir", "") if slash else (name, "file", blob)
    return sorted(found.values())
