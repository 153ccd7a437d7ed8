"""GitHub repositories as the bucket: real files in real repositories, filled one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from models.bucket import BucketPlace
from models.errors import (
    BucketError,
    BucketFileMissing,
    BucketFull,
    BucketRefused,
)
from services.bucket.base import BucketFile, BucketReport, Placed, Upload, public_url
from services.bucket.github_client import (
    GithubClient,
    blob_id,
)
from services.bucket.github_repository import Repository, split_key
from services.bucket.github_writes import GithubWrites
from services.bucket.pace import WritePace
from services.bucket.threads import BucketThreads

logger = logging.getLogger(__name__)

THREADS = 4
MAX_FILE_BYTES = 25_000_000
"""Git takes 100 MB, but GitHub has refused JSON bodies far below that, and base64 makes a third more of a file."""
MAX_REPOSITORY_BYTES = 1_000_000_000
"""GitHub asks for less than 1 GB a repository."""


class GithubBucket:
    """See `Bucket`. A single file is one commit through the contents API, several are one through git's data API."""

    kind = "github"
    max_file_bytes = MAX_FILE_BYTES

    def __init__(
        self,
        *,
        places: Sequence[BucketPlace],
        client: GithubClient,
        pace: WritePace,
        cdn_host: str | None = None,
        max_repository_bytes: int = MAX_REPOSITORY_BYTES,
    ) -> None:
        self._places = tuple(places)
        self._client = client
        self._cdn_host = cdn_host
        self._max_repository_bytes = max_repository_bytes
        self._threads = BucketThreads(THREADS)
        self._writes = GithubWrites(client=client, pace=pace, threads=self._threads)
        self._raw_prefixes: dict[str, str | None] = {}

    @property
    def lanes(self) -> tuple[str, ...]:
        """See `Bucket`: one for each repository and branch."""
        return tuple(sorted(f"github:{place.name.lower()}@{place.branch or ''}" for place in self._places))

    @property
    def in_flight(self) -> int:
        """See `Bucket`."""
        return self._threads.in_flight

    def holds(self, key: str) -> bool:
        """See `Bucket`."""
        try:
            name, _, _ = split_key(key)
        except BucketFileMissing:
            return False
        return any(place.name.lower() == name.lower() for place in self._places)

    async def put(self, uploads: Sequence[Upload]) -> dict[str, Placed]:
        """See `Bucket`."""
        blobs = {upload.path: await self._threads.run(blob_id, upload.data) for upload in uploads}
        repositories = [await self._look(place) for place in self._places]
        placed: dict[str, Placed] = {}
        for upload in uploads:
            for repository in repositories:
                if repository.listing.has(repository.path(upload), blobs[upload.path]):
                    placed[upload.path] = await self._placed(repository, upload, blobs, written=False)
                    break
        missing = [upload for upload in uploads if upload.path not in placed]
        if missing:
            try:
                repository, fitting = self._fitting(repositories, missing)
                async with aclosing(self._writes.write(repository, fitting, blobs)) as written:
                    async for upload in written:
                        placed[upload.path] = await self._placed(repository, upload, blobs, written=True)
            except BucketError as error:
                if not placed:
                    raise
                logger.warning("bucket_put_incomplete", extra={"code": error.code, "facts": error.facts})
        return placed

    async def get(self, key: str, version: str, target: Path) -> None:
        """See `Bucket`. The blob is asked for by its id, so other bytes than the wanted ones cannot come."""
        name, _, _ = split_key(key)
        data = await self._threads.run(self._client.read, name, version)
        await asyncio.to_thread(target.write_bytes, data)

    async def stat(self, key: str) -> BucketFile | None:
        """See `Bucket`."""
        name, branch, path = split_key(key)
        return (await self._threads.run(self._client.listing, name, branch)).files.get(path)

    async def delete(self, key: str) -> bool:
        """See `Bucket`."""
        name, branch, path = split_key(key)
        return await self._writes.remove(name, branch, path)

    async def files(self) -> Mapping[str, BucketFile]:
        """See `Bucket`."""
        found: dict[str, BucketFile] = {}
        for place in self._places:
            repository = await self._look(place)
            found.update((repository.key(path), file) for path, file in repository.listing.files.items())
        return found

    async def check(self) -> BucketReport:
        """See `Bucket`: stores a few bytes that no commit will ever name."""
        facts: dict[str, object] = {}
        for place in self._places:
            try:
                repository = await self._look(place)
                facts[place.name] = repository.described()
                if repository.facts.archived:
                    raise BucketRefused("The repository is archived.")
                if not repository.listing.empty:
                    await self._writes.probe(place.name)
                elif not repository.facts.may_push:
                    raise BucketRefused("The token may not write.")
            except BucketError as error:
                answer = error.facts.get("answer")
                reason = f"{place.name}: {error.message}" + (f" GitHub says: {answer}" if answer else "")
                return BucketReport(ok=False, reason=reason, facts=facts)
        return BucketReport(ok=True, reason="Every repository can be written.", facts=facts)

    async def close(self) -> None:
        """See `Bucket`."""
        self._threads.close()

    def _fitting(
        self, repositories: Sequence[Repository], uploads: Sequence[Upload]
    ) -> tuple[Repository, list[Upload]]:
        """The first repository with room, and what fits into it."""
        repository = self._with_room(repositories, len(uploads[0].data))
        room = self._max_repository_bytes - repository.used_bytes
        fitting: list[Upload] = []
        for upload in uploads:
            room -= len(upload.data)
            if room < 0:
                break
            fitting.append(upload)
        return repository, fitting

    def _with_room(self, repositories: Sequence[Repository], size_bytes: int) -> Repository:
        for repository in repositories:
            if repository.used_bytes + size_bytes <= self._max_repository_bytes and not repository.facts.archived:
                return repository
        raise BucketFull(repositories={repository.name: repository.used_bytes for repository in repositories})

    async def _look(self, place: BucketPlace) -> Repository:
        facts = await self._threads.run(self._client.facts, place.name)
        listing = await self._threads.run(self._client.listing, place.name, place.branch or facts.branch)
        return Repository(place=place, facts=facts, listing=listing)

    async def _placed(
        self, repository: Repository, upload: Upload, blobs: Mapping[str, str], *, written: bool
    ) -> Placed:
        path = repository.path(upload)
        return Placed(
            key=repository.key(path),
            version=blobs[upload.path],
            url=await self._url(repository, path),
            written=written,
        )

    async def _url(self, repository: Repository, path: str) -> str | None:
        if self._cdn_host is not None:
            return public_url(self._cdn_host, repository=repository.name, branch=repository.branch, path=path)
        if repository.facts.private:
            # Its raw addresses carry a token that runs out.
            return None
        where = f"{repository.name}@{repository.branch}"
        if self._raw_prefixes.get(where) is None:
            try:
                self._raw_prefixes[where] = await self._threads.run(
                    self._client.raw_prefix, repository.name, repository.branch, path
                )
            except BucketError as error:
                # The file lies there; without an address it is served through this server.
                logger.warning("bucket_address_unknown", extra={"code": error.code, "facts": error.facts})
        prefix = self._raw_prefixes.get(where)
        return None if prefix is None else prefix + path
