"""Where the bucket is, as `MUSIC_DL_BUCKET_NAME` says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_REPOSITORY = re.compile(r"[0-9A-Za-z-]+/[0-9A-Za-z._-]+")
_BRANCH = re.compile(r"[0-9A-Za-z._/-]+")
_FOLDERS = re.compile(r"(?:[0-9A-Za-z._-]+/)*")
_S3_BUCKET = re.compile(r"[0-9a-z][0-9a-z.-]{1,61}[0-9a-z]")


class BucketKind(StrEnum):
    """What kind of service keeps the files."""

    GITHUB = "github"
    S3 = "s3"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPlace:
    """One place that takes files."""

    kind: BucketKind
    name: str
    """`owner/repo`, the S3 bucket's name, or an absolute folder."""
    branch: str | None = None
    """GitHub: the branch; `None` is the repository's default branch."""
    prefix: str = ""
    """Folder inside, with a slash at its end; empty for none."""


def parse_bucket_name(text: str) -> tuple[BucketPlace, ...]:
    """The places named by `text`, in the order in which they are filled; raises `ValueError` with a sentence.

    `owner/repo`, `owner/repo@branch`, `owner/repo/folder` or the original's `repos/owner/repo/contents[/folder]`;
    several of these, with commas between, when one repository is not enough; `s3://bucket[/folder]`; `file:///folder`.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    places = tuple(_parse(part) for part in parts)
    if not places:
        raise ValueError("names no bucket")
    if len(places) > 1 and any(place.kind is not BucketKind.GITHUB for place in places):
        raise ValueError("may list several GitHub repositories, and nothing else")
    if len({(place.name.lower(), place.branch) for place in places}) < len(places):
        raise ValueError("lists a repository twice")
    return places


def _parse(text: str) -> BucketPlace:
    if text.startswith("s3://"):
        name, _, folder = text.removeprefix("s3://").partition("/")
        if not _S3_BUCKET.fullmatch(name):
            raise ValueError(f"{name!r} is no name of an S3 bucket")
        return BucketPlace(kind=BucketKind.S3, name=name, prefix=_prefix(folder))
    if text.startswith("file://"):
        folder = text.removeprefix("file://")
        if not folder.startswith("/"):
            raise ValueError("a folder is written file:///absolute/path")
        return BucketPlace(kind=BucketKind.FOLDER, name=folder.rstrip("/") or "/")
    return _repository(text)


def _repository(text: str) -> BucketPlace:
    path, _, branch = text.strip("/").partition("@")
    if path.startswith("repos/"):
        path = path.removeprefix("repos/").replace("/contents", "", 1)
    owner, _, rest = path.partition("/")
    repo, _, folder = rest.partition("/")
    name = f"{owner}/{repo}"
    if not _REPOSITORY.fullmatch(name) or (branch and not _BRANCH.fullmatch(branch)):
        raise ValueError(f"{text!r} is no GitHub repository (owner/repo)")
    return BucketPlace(kind=BucketKind.GITHUB, name=name, branch=branch or None, prefix=_prefix(folder))


def _prefix(folder: str) -> str:
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    if not _FOLDERS.fullmatch(prefix) or ".." in prefix:
        raise ValueError(f"{folder!r} is no plain folder name")
    return prefix
