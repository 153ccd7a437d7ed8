"""A GitHub repository as a bucket's place: its branch, its room, and the names its files have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.bucket import BucketPlace
from models.errors import BucketFileMissing
from services.bucket.base import Upload
from services.bucket.github_client import Listing, RepositoryFacts

_KEY = re.compile(r"(?P<name>[^/@:]+/[^/@:]+)@(?P<branch>[^:]+):(?P<path>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository as it was found at the beginning of a verb."""

    place: BucketPlace
    facts: RepositoryFacts
    listing: Listing

    @property
    def name(self) -> str:
        """`owner/repo`."""
        return self.place.name

    @property
    def branch(self) -> str:
        """The one that was asked for, else the repository's own first."""
        return self.place.branch or self.facts.branch

    @property
    def used_bytes(self) -> int:
        """The greater of what GitHub says, which lags, and what the branch holds."""
        return max(self.facts.size_bytes, self.listing.size_bytes)

    def path(self, upload: Upload) -> str:
        """Where the file lies in the repository."""
        return self.place.prefix + upload.path

    def key(self, path: str) -> str:
        """What `split_key` takes apart."""
        return f"{self.name}@{self.branch}:{path}"

    def described(self) -> dict[str, object]:
        """For an operator."""
        return {
            "branch": self.branch,
            "private": self.facts.private,
            "files": len(self.listing.files),
            "used_bytes": self.used_bytes,
            "empty": self.listing.empty,
        }


def split_key(key: str) -> tuple[str, str, str]:
    """Repository, branch and path; raises `BucketFileMissing`."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise BucketFileMissing("This is no key of a GitHub bucket.", key=key)
    return found["name"], found["branch"], found["path"]
