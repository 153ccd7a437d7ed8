"""GitHub's repositories and the JSON it describes them with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from _local.sandbox.git_objects import Commit, GitObjects, listing


@dataclass(slots=True)
class Repository:
    """A repository and who may do what: token → `write` or `read`."""

    name: str
    """`owner/repo`."""
    private: bool = False
    branch: str = "main"
    tokens: dict[str, str] = field(default_factory=dict)
    git: GitObjects = field(default_factory=GitObjects)

    def content(self, path: str) -> bytes | None:
        """A file's bytes at the head of the default branch."""
        blob = (self.git.files(self.branch) or {}).get(path)
        return None if blob is None else self.git.blobs[blob]

    def paths(self) -> list[str]:
        """Every file at the head of the default branch."""
        return sorted(self.git.files(self.branch) or {})


def host(request: web.Request) -> str:
    """The address that the caller used, as PyGithub wants to see it again."""
    return f"{request.scheme}://{request.host}"


def api(request: web.Request) -> str:
    """The repository's address."""
    return f"{host(request)}/repos/{request.match_info['owner']}/{request.match_info['repo']}"


def file_json(request: web.Request, repository: Repository, branch: str, path: str, blob: str) -> dict[str, Any]:
    """An entry of the contents API, without its content."""
    url = f"{api(request)}/contents/{path}?ref={branch}"
    return {
        "type": "file" if blob else "dir",
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": blob,
        "size": len(repository.git.blobs[blob]) if blob else 0,
        "url": url,
        "git_url": f"{api(request)}/git/blobs/{blob}" if blob else None,
        "html_url": f"https://github.com/{repository.name}/blob/{branch}/{path}",
        "download_url": f"{host(request)}/raw/{repository.name}/{branch}/{path}" if blob else None,
        "_links": {"self": url},
    }


def commit_json(request: web.Request, commit: Commit) -> dict[str, Any]:
    """A commit of the git data API."""
    who = {"name": commit.author, "email": commit.email, "date": commit.at}
    return {
        "sha": commit.sha,
        "url": f"{api(request)}/git/commits/{commit.sha}",
        "message": commit.message,
        "author": who,
        "committer": who,
        "tree": {"sha": commit.tree, "url": f"{api(request)}/git/trees/{commit.tree}"},
        "parents": [{"sha": sha, "url": f"{api(request)}/git/commits/{sha}"} for sha in commit.parents],
    }


def tree_json(request: web.Request, git: GitObjects, sha: str, *, recursive: bool) -> dict[str, Any]:
    """A tree, of one folder or `recursive`."""
    files = git.trees[sha]
    entries: list[dict[str, Any]] = []
    if recursive:
        entries += ({"path": path, "mode": "100644", "type": "blob", "sha": files[path]} for path in sorted(files))
    else:
        for name, kind, blob in listing(files, ""):
            inner = {path[len(name) + 1 :]: sha for path, sha in files.items() if path.startswith(f"{name}/")}
            is_file = kind == "file"
            sha_of = blob if is_file else git.add_tree(inner)
            mode, what = ("100644", "blob") if is_file else ("040000", "tree")
            entries.append({"path": name, "mode": mode, "type": what, "sha": sha_of})
    for entry in entries:
        entry["url"] = f"{api(request)}/git/{entry['type']}s/{entry['sha']}"
        if entry["type"] == "blob":
            entry["size"] = len(git.blobs[entry["sha"]])
    return {"sha": sha, "url": f"{api(request)}/git/trees/{sha}", "tree": entries, "truncated": False}


def ref_json(request: web.Request, branch: str, sha: str) -> dict[str, Any]:
    """A branch as a reference."""
    return {
        "ref": f"refs/heads/{branch}",
        "url": f"{api(request)}/git/refs/heads/{branch}",
        "object": {"type": "commit", "sha": sha, "url": f"{api(request)}/git/commits/{sha}"},
    }
