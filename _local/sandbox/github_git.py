"""GitHub's git data API: blobs, trees, commits and branches one by one."""

from __future__ import annotations

import base64
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aiohttp import web

from _local.sandbox.github_model import Repository, api, commit_json, ref_json, tree_json


class GitHub(Protocol):
    """What the git data API needs of the rest."""

    def of(self, request: web.Request) -> Repository:
        """The repository a request names."""
        ...

    def error(self, status: int, message: str) -> web.Response:
        """An error body."""
        ...

    def as_writer(self) -> AbstractAsyncContextManager[None]:
        """Counts a write for as long as it takes."""
        ...


class GitData:
    """Handlers of `/repos/{owner}/{repo}/git/...`."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    async def new_blob(self, request: web.Request) -> web.Response:
        """Stores bytes."""
        git, body = self._github.of(request).git, await request.json()
        if not git.branches:
            return self._github.error(409, "Git Repository is empty.")
        text = body["content"]
        sha = git.add_blob(base64.b64decode(text) if body.get("encoding") == "base64" else text.encode())
        return web.json_response({"sha": sha, "url": f"{api(request)}/git/blobs/{sha}"}, status=201)

    async def blob(self, request: web.Request) -> web.Response:
        """Gives bytes, as base64 or raw."""
        sha = request.match_info["sha"]
        content = self._github.of(request).git.blobs.get(sha)
        if content is None:
            return self._github.error(404, "Not Found")
        if "raw" in request.headers.get("Accept", ""):
            return web.Response(body=content, content_type="application/octet-stream")
        body = {
            "sha": sha,
            "size": len(content),
            "url": f"{api(request)}/git/blobs/{sha}",
            "encoding": "base64",
            "content": base64.encodebytes(content).decode(),
        }
        return web.json_response(body)

    async def new_tree(self, request: web.Request) -> web.Response:
        """Stores a tree, on top of another."""
        git, body = self._github.of(request).git, await request.json()
        if not git.branches:
            return self._github.error(409, "Git Repository is empty.")
        base = body.get("base_tree")
        if base and base not in git.trees:
            return self._github.error(422, "base_tree is not a valid tree oid")
        files = dict(git.trees[base]) if base else {}
        for entry in body["tree"]:
            if entry.get("content") is not None:
                files[entry["path"]] = git.add_blob(entry["content"].encode())
            elif entry.get("sha") is None:
                files.pop(entry["path"], None)
            elif entry["sha"] in git.blobs:
                files[entry["path"]] = entry["sha"]
            else:
                return self._github.error(422, f"tree.sha {entry['sha']} is not a valid blob")
        return web.json_response(tree_json(request, git, git.add_tree(files), recursive=False), status=201)

    async def tree(self, request: web.Request) -> web.Response:
        """A tree by id, commit or branch."""
        git, sha = self._github.of(request).git, request.match_info["sha"]
        if not git.branches:
            return self._github.error(409, "Git Repository is empty.")
        commit = git.commits.get(git.branches.get(sha, sha))
        tree = commit.tree if commit else sha
        if tree not in git.trees:
            return self._github.error(404, "Not Found")
        return web.json_response(tree_json(request, git, tree, recursive="recursive" in request.query))

    async def new_commit(self, request: web.Request) -> web.Response:
        """Stores a commit; no branch moves."""
        git, body = self._github.of(request).git, await request.json()
        parents = tuple(body.get("parents", ()))
        if body["tree"] not in git.trees or any(parent not in git.commits for parent in parents):
            return self._github.error(422, "Tree or parent does not exist")
        author = body.get("author") or {}
        commit = git.add_commit(
            body["tree"],
            parents,
            body["message"],
            author.get("name", "nobody"),
            author.get("email", "nobody@example.org"),
        )
        return web.json_response(commit_json(request, commit), status=201)

    async def commit(self, request: web.Request) -> web.Response:
        """One commit."""
        commit = self._github.of(request).git.commits.get(request.match_info["sha"])
        if commit is None:
            return self._github.error(404, "Not Found")
        return web.json_response(commit_json(request, commit))

    async def ref(self, request: web.Request) -> web.Response:
        """Where a branch stands."""
        git, branch = self._github.of(request).git, request.match_info["ref"].removeprefix("heads/")
        if not git.branches:
            return self._github.error(409, "Git Repository is empty.")
        if branch not in git.branches:
            return self._github.error(404, "Not Found")
        return web.json_response(ref_json(request, branch, git.branches[branch]))

    async def new_ref(self, request: web.Request) -> web.Response:
        """Makes a branch."""
        git, body = self._github.of(request).git, await request.json()
        branch = body["ref"].removeprefix("refs/heads/")
        if branch in git.branches:
            return self._github.error(422, "Reference already exists")
        if body["sha"] not in git.commits:
            return self._github.error(422, "Object does not exist")
        git.branches[branch] = body["sha"]
        return web.json_response(ref_json(request, branch, body["sha"]), status=201)

    async def move_ref(self, request: web.Request) -> web.Response:
        """Moves a branch, forward only unless forced."""
        git, body = self._github.of(request).git, await request.json()
        branch, sha = request.match_info["ref"].removeprefix("heads/"), body["sha"]
        if branch not in git.branches or sha not in git.commits:
            return self._github.error(422, "Reference does not exist")
        async with self._github.as_writer():
            if not body.get("force") and not git.is_ancestor(git.branches[branch], sha):
                return self._github.error(422, "Update is not a fast forward")
            git.branches[branch] = sha
        return web.json_response(ref_json(request, branch, sha))
