"""Writing to one GitHub repository: single files one after the other, or several in one commit."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import NoReturn

from models.errors import BucketConflict, BucketError, BucketFailed, BucketRateLimited, BucketUnreachable
from services.bucket.base import Upload
from services.bucket.github_client import SECONDARY_LIMIT_S, GithubClient
from services.bucket.github_repository import Repository
from services.bucket.pace import Turn, WritePace
from services.bucket.threads import BucketThreads

logger = logging.getLogger(__name__)

BLOBS_AT_ONCE = 3
BATCH_FROM = 4
COMMIT_WRITES = 3
"""A tree, a commit and the move of the branch."""
TRIES = 4
PATIENCE_S = 75.0
"""A little more than the shorter of GitHub's windows."""
AMBIGUOUS = (BucketConflict, BucketUnreachable, BucketFailed)
"""After these, nobody knows whether the write happened: look."""


class GithubWrites:
    """The writing verbs of `GithubBucket`. `blobs` holds the git id of each upload's bytes, by its path."""

    def __init__(self, *, client: GithubClient, pace: WritePace, threads: BucketThreads) -> None:
        self._client = client
        self._pace = pace
        self._threads = threads

    async def write(
        self, repository: Repository, uploads: Sequence[Upload], blobs: Mapping[str, str]
    ) -> AsyncGenerator[Upload, None]:
        """Writes as many as the pace allows, and gives each upload that lies there now."""
        if len(uploads) >= BATCH_FROM and not repository.listing.empty:
            turn = await self._turn_for_batch(len(uploads))
            if turn is not None:
                for upload in await self._write_batch(repository, uploads[: turn.writes - COMMIT_WRITES], blobs, turn):
                    yield upload
                return
        for upload in uploads:
            await self._write_one(repository, upload, blobs[upload.path])
            yield upload
            if repository.listing.empty:
                # It has its first commit now; what follows may be a batch.
                return

    async def remove(self, name: str, branch: str, path: str) -> bool:
        """Removes one file; whether it was there."""
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
        raise BucketConflict(repository=name, path=path)

    async def probe(self, name: str) -> None:
        """Stores a few bytes that no commit will ever name."""
        turn = await self._pace.take(1)
        try:
            await self._threads.run(self._client.blob, name, b"")
        finally:
            await self._pace.settle(turn, 1)

    async def _write_one(self, repository: Repository, upload: Upload, blob: str) -> None:
        name, branch, path = repository.name, repository.branch, repository.path(upload)
        there = repository.listing.files.get(path)
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
        self, repository: Repository, batch: Sequence[Upload], blobs: Mapping[str, str], turn: Turn
    ) -> list[Upload]:
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
                return stored
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

    async def _again(self, attempt: int, error: BucketError) -> None:
        """Waits a little after a write of which nobody knows whether it happened."""
        logger.warning("bucket_write_unclear", extra={"code": error.code, "facts": error.facts, "attempt": attempt})
        await asyncio.sleep(random.uniform(0.5, 1.5) * 0.2 * 2**attempt)

    async def _held(self, error: BucketRateLimited) -> NoReturn:
        """Tells every process to wait as long as GitHub asks."""
        await self._pace.hold(error.retry_after_s or SECONDARY_LIMIT_S)
        raise error
