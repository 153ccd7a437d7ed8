"""Stand-in for GitHub's REST API as PyGithub uses it: repositories, contents, git data, raw files.

Rules as seen at the real one: a write over an existing file without its `sha` is 422, with an old one 409; two writes
that race on one branch leave one winner and 409 for the other; files above 1 MB come without content; git data on an
empty repository is 409; a wrong token is 401, a repository one may not see 404, a read-only token 403; too many
content-creating requests in a minute or an hour are 403 with `Retry-After`. Addresses in answers carry the request's
own Host, because PyGithub insists. Further trouble is scripted with `fail(...)`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from _local.sandbox.git_objects import Commit, GitObjects, StaleHead, listing
from _local.sandbox.github_git import GitData
from _local.sandbox.github_model import Repository, api, commit_json, file_json, host
from _local.sandbox.standin import Handler, HttpStandIn

MAX_INLINE_BYTES = 1_000_000
MAX_FILE_BYTES = 100_000_000


class GitHubStandIn(HttpStandIn):
    """`repositories` by name; `write_s` is how long a write takes between reading the branch and moving it."""

    def __init__(
        self,
        *,
        writes_per_minute: int = 80,
        writes_per_hour: int = 500,
        retry_after_s: float = 60,
        minute_s: float = 60.0,
        hour_s: float = 3600.0,
    ) -> None:
        """`minute_s` and `hour_s` shorten the windows in which writes are counted."""
        super().__init__()
        self.repositories: dict[str, Repository] = {}
        self.writes_per_minute = writes_per_minute
        self.writes_per_hour = writes_per_hour
        self.retry_after_s = retry_after_s
        self.minute_s = minute_s
        self.hour_s = hour_s
        self.over_limit = 0
        """Writes that were refused because there were too many."""
        self.raced = 0
        """Writes that lost against another one on the same branch."""
        self.write_s = 0.0
        self.writing = 0
        """Writes in progress; `most_writing` is the highest it ever was."""
        self.most_writing = 0
        self._writes: deque[float] = deque()

    def create(
        self, name: str, *, token: str, private: bool = False, initialised: bool = True, branch: str = "main"
    ) -> Repository:
        """A new repository that `token` may write to, with a README unless not `initialised`."""
        repository = Repository(name, private, branch, {token: "write"})
        if initialised:
            tree = repository.git.add_tree({"README.md": repository.git.add_blob(f"# {name}\n".encode())})
            commit = repository.git.add_commit(tree, (), "Initial commit", "nobody", "nobody@example.org")
            repository.git.branches[branch] = commit.sha
        self.repositories[name] = repository
        return repository

    def revoke(self, token: str) -> None:
        """The token is not known any more, anywhere."""
        for repository in self.repositories.values():
            repository.tokens.pop(token, None)

    def grant(self, token: str, name: str, right: str = "write") -> None:
        """The token may `write` or `read` the repository (from now on, again)."""
        self.repositories[name].tokens[token] = right

    def rewrite(self, name: str, files: dict[str, bytes]) -> None:
        """Somebody force-pushes a history with these files only."""
        git, branch = self.repositories[name].git, self.repositories[name].branch
        tree = git.add_tree({path: git.add_blob(content) for path, content in files.items()})
        git.branches[branch] = git.add_commit(tree, (), "Rewritten", "somebody", "somebody@example.org").sha

    def empty(self, name: str) -> None:
        """Somebody deletes the repository and makes it anew: no commit, no object."""
        self.repositories[name].git = GitObjects()

    def error(self, status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
        """GitHub's error body."""
        body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        return web.json_response(body, status=status, headers=headers)

    def routes(self, app: web.Application) -> None:
        """Everything hangs under `/repos/{owner}/{repo}`; raw files under `/raw`."""
        base, git = "/repos/{owner}/{repo}", GitData(self)
        for method, path, handler in (
            ("GET", "", self._repository),
            ("GET", "/branches/{branch:.+}", self._branch),
            ("GET", "/contents", self._read),
            ("GET", "/contents/{path:.*}", self._read),
            ("PUT", "/contents/{path:.+}", self._write),
            ("DELETE", "/contents/{path:.+}", self._remove),
            ("POST", "/git/blobs", git.new_blob),
            ("GET", "/git/blobs/{sha}", git.blob),
            ("POST", "/git/trees", git.new_tree),
            ("GET", "/git/trees/{sha:.+}", git.tree),
            ("POST", "/git/commits", git.new_commit),
            ("GET", "/git/commits/{sha}", git.commit),
            ("POST", "/git/refs", git.new_ref),
            ("GET", "/git/ref/{ref:.+}", git.ref),
            ("PATCH", "/git/refs/{ref:.+}", git.move_ref),
        ):
            app.router.add_route(method, base + path, self._guarded(handler))
        app.router.add_get("/raw/{owner}/{repo}/{branch}/{path:.+}", self._guarded(self._raw))
        app.router.add_get("/rate_limit", self._rate_limit)

    # -- who may

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            refused = self._refusal(request)
            return refused if refused is not None else await handler(request)

        return guarded

    def _refusal(self, request: web.Request) -> web.Response | None:
        token = request.headers.get("Authorization", "").rpartition(" ")[2]
        known = {name for repository in self.repositories.values() for name in repository.tokens}
        if token and token not in known:
            return self.error(401, "Bad credentials")
        repository = self._find(request)
        right = repository.tokens.get(token) if repository is not None else None
        if repository is None or (repository.private and right is None):
            return self.error(404, "Not Found")
        if request.method == "GET":
            return None
        if right != "write":
            return self.error(403, "Resource not accessible by personal access token")
        return self._over_limit()

    def _over_limit(self) -> web.Response | None:
        now = time.monotonic()
        while self._writes and now - self._writes[0] >= self.hour_s:
            self._writes.popleft()
        last_minute = sum(1 for at in self._writes if now - at < self.minute_s)
        if last_minute >= self.writes_per_minute or len(self._writes) >= self.writes_per_hour:
            self.over_limit += 1
            message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            return self.error(403, message, {"Retry-After": str(self.retry_after_s)})
        self._writes.append(now)
        return None

    def _find(self, request: web.Request) -> Repository | None:
        return self.repositories.get(f"{request.match_info['owner']}/{request.match_info['repo']}")

    def of(self, request: web.Request) -> Repository:
        """The repository a request names; raises HTTPNotFound."""
        repository = self._find(request)
        if repository is None:
            raise web.HTTPNotFound
        return repository

    @contextlib.asynccontextmanager
    async def as_writer(self) -> AsyncIterator[None]:
        """Counts a write for as long as it takes."""
        self.writing += 1
        self.most_writing = max(self.most_writing, self.writing)
        try:
            await asyncio.sleep(self.write_s)
            yield
        finally:
            self.writing -= 1

    # -- repository and contents

    async def _repository(self, request: web.Request) -> web.Response:
        repository = self.of(request)
        owner, _, name = repository.name.partition("/")
        token = request.headers.get("Authorization", "").rpartition(" ")[2]
        size = sum(map(len, repository.git.blobs.values()))
        body = {
            "id": 1,
            "name": name,
            "full_name": repository.name,
            "private": repository.private,
            "owner": {"login": owner, "id": 2, "type": "User", "url": f"{host(request)}/users/{owner}"},
            "url": api(request),
            "html_url": f"https://github.com/{repository.name}",
            "default_branch": repository.branch,
            "size": size // 1024,
            "permissions": {"pull": True, "push": repository.tokens.get(token) == "write", "admin": False},
        }
        return web.json_response(body)

    async def _branch(self, request: web.Request) -> web.Response:
        repository, branch = self.of(request), request.match_info["branch"]
        sha = repository.git.branches.get(branch)
        if sha is None:
            return self.error(404, "Branch not found")
        commit = commit_json(request, repository.git.commits[sha])
        return web.json_response({"name": branch, "commit": {"sha": sha, "url": commit["url"], "commit": commit}})

    async def _read(self, request: web.Request) -> web.Response:
        repository = self.of(request)
        path = request.match_info.get("path", "").strip("/")
        branch = request.query.get("ref", repository.branch)
        files = repository.git.files(branch)
        if files is None:
            return self.error(404, "This repository is empty." if not repository.git.branches else "Not Found")
        if path in files:
            content = repository.git.blobs[files[path]]
            if len(content) > MAX_FILE_BYTES:
                return self.error(403, "This API returns blobs up to 100 MB in size.")
            if "raw" in request.headers.get("Accept", ""):
                return web.Response(body=content, content_type="application/octet-stream")
            body = file_json(request, repository, branch, path, files[path])
            inline = len(content) <= MAX_INLINE_BYTES
            body["encoding"] = "base64" if inline else "none"
            body["content"] = base64.encodebytes(content).decode() if inline else ""
            return web.json_response(body)
        entries = listing(files, path)
        if not entries:
            return self.error(404, "Not Found")
        prefix = f"{path}/" if path else ""
        return web.json_response(
            [file_json(request, repository, branch, prefix + name, blob) for name, _, blob in entries[:1000]]
        )

    async def _write(self, request: web.Request) -> web.Response:
        repository, path, body = self.of(request), request.match_info["path"], await request.json()
        branch = body.get("branch", repository.branch)
        try:
            content = base64.b64decode(body["content"])
        except (KeyError, binascii.Error):
            return self.error(422, "content is not valid Base64")
        if len(content) > MAX_FILE_BYTES:
            return self.error(422, "Sorry, your input was too large to process")
        head, files = repository.git.branches.get(branch), dict(repository.git.files(branch) or {})
        existed = path in files
        if existed and not body.get("sha"):
            return self.error(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
        if body.get("sha") and files.get(path) != body["sha"]:
            return self.error(409, f"{path} does not match {body['sha']}")
        files[path] = repository.git.add_blob(content)
        commit = await self._advance(repository, branch, head, files, body)
        if commit is None:
            return self._raced(repository, branch, head)
        answer = file_json(request, repository, branch, path, files[path])
        return web.json_response(
            {"content": answer, "commit": commit_json(request, commit)}, status=200 if existed else 201
        )

    async def _remove(self, request: web.Request) -> web.Response:
        repository, path = self.of(request), request.match_info["path"]
        body = await request.json() if request.can_read_body else dict(request.query)
        branch = body.get("branch", repository.branch)
        head, files = repository.git.branches.get(branch), dict(repository.git.files(branch) or {})
        if path not in files:
            return self.error(404, "Not Found")
        if not body.get("sha"):
            return self.error(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
        if files.pop(path) != body["sha"]:
            return self.error(409, f"{path} does not match {body['sha']}")
        commit = await self._advance(repository, branch, head, files, body)
        if commit is None:
            return self._raced(repository, branch, head)
        return web.json_response({"content": None, "commit": commit_json(request, commit)})

    async def _advance(
        self, repository: Repository, branch: str, head: str | None, files: dict[str, str], body: dict[str, Any]
    ) -> Commit | None:
        """Commits `files` on `branch`; `None` when another write moved the branch meanwhile."""
        git = repository.git
        async with self.as_writer():
            author = body.get("author") or body.get("committer") or {}
            commit = git.add_commit(
                git.add_tree(files),
                (head,) if head else (),
                body.get("message", ""),
                author.get("name", "nobody"),
                author.get("email", "nobody@example.org"),
            )
            try:
                git.move_branch(branch, commit.sha, expected=head)
            except StaleHead:
                return None
        return commit

    def _raced(self, repository: Repository, branch: str, head: str | None) -> web.Response:
        self.raced += 1
        return self.error(409, f"is at {repository.git.branches.get(branch)} but expected {head}")

    async def _raw(self, request: web.Request) -> web.Response:
        repository = self.of(request)
        files = repository.git.files(request.match_info["branch"]) or {}
        blob = files.get(request.match_info["path"])
        if blob is None:
            return web.Response(status=404, text="404: Not Found")
        content = repository.git.blobs[blob]
        headers = {"ETag": f'"{blob}"', "Accept-Ranges": "bytes"}
        wanted = request.http_range
        if wanted.start is None and wanted.stop is None:
            return web.Response(body=content, content_type="application/octet-stream", headers=headers)
        start, stop, _ = wanted.indices(len(content))
        if start >= stop:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
        return web.Response(
            body=content[start:stop], status=206, content_type="application/octet-stream", headers=headers
        )

    async def _rate_limit(self, _: web.Request) -> web.Response:
        core = {"limit": 5000, "remaining": 5000, "reset": int(time.time()) + 3600, "used": 0}
        return web.json_response({"resources": {"core": core, "search": core}, "rate": core})
