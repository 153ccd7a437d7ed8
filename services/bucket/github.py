"""GitHub repositories as the bucket: real files in real repositories, filled one after the other."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from models.bucket import BucketPlace
from models.errors import (
    BucketConflict,
    BucketError,
    BucketFailed,
    BucketFileMissing,
    BucketFull,
    BucketRateLimited,
    BucketRefused,
    BucketUnreachable,
)
from services.bucket.base import BucketFile, BucketReport, Placed, Upload, public_url
from services.bucket.github_client import (
    SECONDARY_LIMIT_S,
    GithubClient,
    Listing,
    RepositoryFacts,
    blob_id,
)
from services.bucket.pace import Turn, WritePace
from services.bucket.threads import BucketThreads

logger = logging.getLogger(__name__)

THREADS = 4
BLOBS_AT_ONCE = 3
MAX_FILE_BYTES = 25_000_000
"""Git takes 100 MB, but GitHub has refused JSON bodies far below that, and base64 makes a third more of a file."""
MAX_REPOSITORY_BYTES = 1_000_000_000
"""GitHub asks for less than 1 GB a repository."""
BATCH_FROM = 4
COMMIT_WRITES = 3
"""A tree, a commit and the move of the branch."""
TRIES = 4
PATIENCE_S = 75.0
"""A little more than the shorter of GitHub's windows."""
AMBIGUOUS = (BucketConflict, BucketUnreachable, BucketFailed)
"""After these, nobody knows whether the write happened: look."""

_KEY = re.compile(r"(?P<name>[^/@:]+/[^/@:]+)@(?P<branch>[^:]+):(?P<path>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repository:
    """A repository as it was found at the beginning of a verb."""

    place: BucketPlace
    facts: RepositoryFacts
    listing: Listing

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def branch(self) -> str:
        return self.place.branch or self.facts.branch

    @property
    def used_bytes(self) -> int:
        return max(self.facts.size_bytes, self.listing.size_bytes)

    def path(self, upload: Upload) -> str:
        return self.place.prefix + upload.path

    def key(self, path: str) -> str:
        return f"{self.name}@{self.branch}:{path}"


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
        self._pace = pace
        self._cdn_host = cdn_host
        self._max_repository_bytes = max_repository_bytes
        self._threads = BucketThreads(THREADS)
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
        found = _KEY.fullmatch(key)
        return found is not None and any(place.name.lower() == found["name"].lower() for place in self._places)

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
                await self._write(repositories, missing, blobs, placed)
            except BucketError as error:
                if not placed:
                    raise
                logger.warning("bucket_put_incomplete", extra={"code": error.code, "facts": error.facts})
        return placed

    async def get(self, key: str, version: str, target: Path) -> None:
        """See `Bucket`. The blob is asked for by its id, so other bytes than the wanted ones cannot come."""
        name, _, _ = _split(key)
        data = await self._threads.run(self._client.read, name, version)
        await asyncio.to_thread(target.write_bytes, data)

    async def stat(self, key: str) -> BucketFile | None:
        """See `Bucket`."""
        name, branch, path = _split(key)
        return (await self._threads.run(self._client.listing, name, branch)).files.get(path)

    async def delete(self, key: str) -> bool:
        """See `Bucket`."""
        name, branch, path = _split(key)
        for attempt in range(1, TRIES + 1):
            found = (await self._threads.run(self._client.listing, name, branch)).files.get(path)
            if found is None:
                return attempt > 1
            turn = await self._pace.take(1)
            try:
                await self._threads.run(self._client.remove, name, branch, path, found.version)
                return True
            except AMBIGUOUS as error:
                await self._again(attempt, error)
            except BucketRateLimited as error:
                await self._held(error)
            finally:
                await self._pace.settle(turn, 1)
        raise BucketConflict(key=key)

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
                facts[place.name] = _described(repository)
                if repository.facts.archived:
                    raise BucketRefused("The repository is archived.")
                if not repository.listing.empty:
                    turn = await self._pace.take(1)
                    try:
                        await self._threads.run(self._client.blob, place.name, b"")
                    finally:
                        await self._pace.settle(turn, 1)
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

    # -- writing

    async def _write(
        self,
        repositories: Sequence[_Repository],
        uploads: Sequence[Upload],
        blobs: Mapping[str, str],
        placed: dict[str, Placed],
    ) -> None:
        """Writes what fits into the first repository with room, as far as the pace allows."""
        repository = self._with_room(repositories, len(uploads[0].data))
        room = self._max_repository_bytes - repository.used_bytes
        fitting: list[Upload] = []
        for upload in uploads:
            room -= len(upload.data)
            if room < 0:
                break
            fitting.append(upload)
        if len(fitting) >= BATCH_FROM and not repository.listing.empty:
            turn = await self._turn_for_batch(len(fitting))
            if turn is not None:
                batch = fitting[: turn.writes - COMMIT_WRITES]
                await self._write_batch(repository, batch, blobs, placed, turn)
                return
        for upload in fitting:
            await self._write_one(repository, upload, blobs, placed)
            if repository.listing.empty:
                # It has its first commit now; what follows may be a batch.
                return

    def _with_room(self, repositories: Sequence[_Repository], size_bytes: int) -> _Repository:
        for repository in repositories:
            if repository.used_bytes + size_bytes <= self._max_repository_bytes and not repository.facts.archived:
                return repository
        raise BucketFull(repositories={repository.name: repository.used_bytes for repository in repositories})

    async def _write_one(
        self, repository: _Repository, upload: Upload, blobs: Mapping[str, str], placed: dict[str, Placed]
    ) -> None:
        name, branch, path = repository.name, repository.branch, repository.path(upload)
        there, blob = repository.listing.files.get(path), blobs[upload.path]
        for attempt in range(1, TRIES + 1):
            turn = await self._pace.take(1)
            try:
                replacing = there.version if there is not None else None
                answer = await self._threads.run(self._client.write, name, branch, path, upload, replacing)
            except AMBIGUOUS as error:
                if attempt == TRIES:
                    raise
                await self._again(attempt, error)
                listing = await self._threads.run(self._client.listing, name, branch)
                there = listing.files.get(path)
                answer = there.version if there is not None else ""
            except BucketRateLimited as error:
                await self._held(error)
            finally:
                await self._pace.settle(turn, 1)
            if answer == blob:
                placed[upload.path] = await self._placed(repository, upload, blobs, written=True)
                return
        raise BucketConflict("The bucket keeps other bytes than were sent.", path=path)

    async def _turn_for_batch(self, files: int) -> Turn | None:
        """Leave for a batch of up to so many files; `None` when the pace has only room for single ones."""
        try:
            return await self._pace.take(files + COMMIT_WRITES, least=BATCH_FROM + COMMIT_WRITES)
        except BucketRateLimited:
            return None

    async def _turn_for_commit(self) -> Turn:
        """Leave for one more commit, waited for a while: without it, every blob would have to be written again."""
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                return await self._pace.take(COMMIT_WRITES, least=COMMIT_WRITES)
            except BucketRateLimited as error:
                wait_s = error.retry_after_s or 0.0
                if asyncio.get_running_loop().time() + wait_s > end:
                    raise
                await asyncio.sleep(wait_s)

    async def _write_batch(
        self,
        repository: _Repository,
        batch: Sequence[Upload],
        blobs: Mapping[str, str],
        placed: dict[str, Placed],
        turn: Turn,
    ) -> None:
        """Stores the blobs side by side, then names them all in one commit. A blob that fails is left for later."""
        try:
            stored = await self._store_blobs(repository.name, batch, blobs)
        except BaseException:
            await self._pace.settle(turn, len(batch))
            raise
        wanted = {repository.path(upload): blobs[upload.path] for upload in stored}
        message = f"Add {len(stored)} songs" if len(stored) > 1 else f"Add {stored[0].title}"
        used = len(batch) + COMMIT_WRITES
        for attempt in range(1, TRIES + 1):
            try:
                await self._threads.run(self._client.commit, repository.name, repository.branch, message, wanted)
            except AMBIGUOUS as error:
                await self._again(attempt, error)
                listing = await self._threads.run(self._client.listing, repository.name, repository.branch)
                done = all(listing.has(path, blob) for path, blob in wanted.items())
            except BucketRateLimited as error:
                await self._held(error)
            else:
                done = True
            finally:
                await self._pace.settle(turn, used)
            if done:
                for upload in stored:
                    placed[upload.path] = await self._placed(repository, upload, blobs, written=True)
                return
            if attempt < TRIES:
                turn, used = await self._turn_for_commit(), COMMIT_WRITES
        raise BucketConflict("The branch kept moving.", repository=repository.name)

    async def _store_blobs(self, name: str, batch: Sequence[Upload], blobs: Mapping[str, str]) -> list[Upload]:
        gate = asyncio.Semaphore(BLOBS_AT_ONCE)

        async def store(upload: Upload) -> None:
            async with gate:
                answer = await self._threads.run(self._client.blob, name, upload.data)
            if answer != blobs[upload.path]:
                raise BucketFailed("The bucket keeps other bytes than were sent.", path=upload.path)

        outcomes = await asyncio.gather(*(store(upload) for upload in batch), return_exceptions=True)
        errors = [outcome for outcome in outcomes if outcome is not None]
        for error in errors:
            if isinstance(error, BucketRateLimited):
                await self._held(error)
            if not isinstance(error, AMBIGUOUS):
                raise error
            logger.warning("bucket_write_unclear", extra={"code": error.code, "facts": error.facts})
        if len(errors) == len(batch):
            raise errors[0]
        return [upload for upload, outcome in zip(batch, outcomes, strict=True) if outcome is None]

    # -- small parts

    async def _look(self, place: BucketPlace) -> _Repository:
        facts = await self._threads.run(self._client.facts, place.name)
        listing = await self._threads.run(self._client.listing, place.name, place.branch or facts.branch)
        return _Repository(place=place, facts=facts, listing=listing)

    async def _placed(
        self, repository: _Repository, upload: Upload, blobs: Mapping[str, str], *, written: bool
    ) -> Placed:
        path = repository.path(upload)
        return Placed(
            key=repository.key(path),
            version=blobs[upload.path],
            url=await self._url(repository, path),
            written=written,
        )

    async def _url(self, repository: _Repository, path: str) -> str | None:
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

    async def _again(self, attempt: int, error: BucketError) -> None:
        """Waits a little after a write of which nobody knows whether it happened."""
        logger.warning("bucket_write_unclear", extra={"code": error.code, "facts": error.facts, "attempt": attempt})
        await asyncio.sleep(random.uniform(0.5, 1.5) * 0.2 * 2**attempt)

    async def _held(self, error: BucketRateLimited) -> NoReturn:
        """Tells every process to wait as long as GitHub asks."""
        await self._pace.hold(error.retry_after_s or SECONDARY_LIMIT_S)
        raise error


def _split(key: str) -> tuple[str, str, str]:
    found = _KEY.fullmatch(key)
    if found is None:
        raise BucketFileMissing("This is no key of a GitHub bucket.", key=key)
    return found["name"], found["branch"], found["path"]


def _described(repository: _Repository) -> dict[str, object]:
    return {
        "branch": repository.branch,
        "private": repository.facts.private,
        "files": len(repository.listing.files),
        "used_bytes": repository.used_bytes,
        "empty": repository.listing.empty,
    }
