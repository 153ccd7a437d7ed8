"""An S3-compatible service as the bucket, through the MinIO client: one object each, any number of machines."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError

from models.bucket import BucketPlace
from models.errors import (
    BucketError,
    BucketFailed,
    BucketFileMissing,
    BucketRateLimited,
    BucketRefused,
    BucketUnreachable,
)
from services.bucket.base import BucketFile, BucketReport, Placed, Upload, public_url
from services.bucket.threads import BucketThreads

DEFAULT_HOST = "https://s3.amazonaws.com"
THREADS = 4
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
MAX_FILE_BYTES = 128 * 1024 * 1024
PART_BYTES = 256 * 1024 * 1024
"""More than any file: an object that came in one part has its MD5 as ETag (AWS, "Checking object integrity")."""
SLOW_DOWN_S = 5.0
CHECK_NAME = ".music-dl-check"
NOT_THERE = frozenset({"NoSuchKey", "NoSuchObject", "NoSuchVersion"})
BUSY = frozenset({"SlowDown", "TooManyRequests", "RequestLimitExceeded", "ServiceUnavailable"})
BROKEN = frozenset({"InternalError", "RequestTimeout", "OperationAborted"})


class S3Bucket:
    """See `Bucket`."""

    kind = "s3"
    max_file_bytes = MAX_FILE_BYTES

    def __init__(
        self,
        *,
        place: BucketPlace,
        access_key: str,
        secret_key: str,
        host: str = DEFAULT_HOST,
        region: str | None = None,
        cdn_host: str | None = None,
    ) -> None:
        self._place = place
        self._cdn_host = cdn_host
        secure, endpoint = host.startswith("https://"), host.partition("://")[2]
        self._pool = urllib3.PoolManager(
            maxsize=THREADS,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
            retries=False,
        )
        self._client = Minio(endpoint, access_key, secret_key, secure=secure, region=region, http_client=self._pool)
        self._threads = BucketThreads(THREADS)

    @property
    def lanes(self) -> tuple[str, ...]:
        """See `Bucket`."""
        return (f"s3:{self._place.name}/{self._place.prefix}",)

    @property
    def in_flight(self) -> int:
        """See `Bucket`."""
        return self._threads.in_flight

    def holds(self, key: str) -> bool:
        """See `Bucket`."""
        return key.startswith(self._key(self._place.prefix))

    async def put(self, uploads: Sequence[Upload]) -> dict[str, Placed]:
        """See `Bucket`."""
        placed: dict[str, Placed] = {}
        for upload in uploads:
            try:
                placed[upload.path] = await self._threads.run(self._put, upload)
            except BucketError:
                if not placed:
                    raise
                break
        return placed

    async def get(self, key: str, version: str, target: Path) -> None:  # noqa: ARG002 - the path names the bytes
        """See `Bucket`."""
        await self._threads.run(self._get, self._name(key), target)

    async def stat(self, key: str) -> BucketFile | None:
        """See `Bucket`."""
        return await self._threads.run(self._stat, self._name(key))

    async def delete(self, key: str) -> bool:
        """See `Bucket`."""
        return await self._threads.run(self._delete, self._name(key))

    async def files(self) -> Mapping[str, BucketFile]:
        """See `Bucket`."""
        return await self._threads.run(self._files)

    async def check(self) -> BucketReport:
        """See `Bucket`: writes a small object and removes it."""
        facts = {"bucket": self._place.name, "prefix": self._place.prefix}
        try:
            await self._threads.run(self._check)
        except BucketError as error:
            reason = error.message + (f" It says: {error.facts['answer']}" if "answer" in error.facts else "")
            return BucketReport(ok=False, reason=reason, facts=facts)
        return BucketReport(ok=True, reason="The bucket can be written.", facts=facts)

    async def close(self) -> None:
        """See `Bucket`."""
        self._threads.close()
        self._pool.clear()

    # -- in threads

    def _put(self, upload: Upload) -> Placed:
        name = self._place.prefix + upload.path
        digest = hashlib.md5(upload.data, usedforsecurity=False).hexdigest()
        wanted = BucketFile(size_bytes=len(upload.data), version=digest)
        written = False
        there = self._stat(name)
        if there != wanted:
            with translated(self._place.name):
                self._client.put_object(
                    self._place.name,
                    name,
                    io.BytesIO(upload.data),
                    len(upload.data),
                    content_type=upload.content_type,
                    metadata={"sha256": upload.sha256},
                    part_size=PART_BYTES,
                )
            written, there = True, self._stat(name)
        # With server-side encryption by KMS the ETag is no MD5; then the size has to do.
        if there is None or there.size_bytes != len(upload.data):
            raise BucketFailed("The bucket keeps other bytes than were sent.", path=name)
        url = None
        if self._cdn_host is not None:
            url = public_url(self._cdn_host, repository=self._place.name, branch="", path=name)
        return Placed(key=self._key(name), version=there.version, url=url, written=written)

    def _get(self, name: str, target: Path) -> None:
        with translated(self._place.name):
            response = self._client.get_object(self._place.name, name)
            try:
                with target.open("wb") as file:
                    for chunk in response.stream(1 << 18):
                        file.write(chunk)
            finally:
                response.close()
                response.release_conn()

    def _stat(self, name: str) -> BucketFile | None:
        try:
            with translated(self._place.name):
                found = self._client.stat_object(self._place.name, name)
        except BucketFileMissing:
            return None
        return BucketFile(size_bytes=found.size or 0, version=(found.etag or "").strip('"'))

    def _delete(self, name: str) -> bool:
        if self._stat(name) is None:
            return False
        with translated(self._place.name):
            self._client.remove_object(self._place.name, name)
        return True

    def _files(self) -> dict[str, BucketFile]:
        with translated(self._place.name):
            found = self._client.list_objects(self._place.name, prefix=self._place.prefix, recursive=True)
            return {
                self._key(item.object_name or ""): BucketFile(
                    size_bytes=item.size or 0, version=(item.etag or "").strip('"')
                )
                for item in found
            }

    def _check(self) -> None:
        name = self._place.prefix + CHECK_NAME
        with translated(self._place.name):
            self._client.put_object(self._place.name, name, io.BytesIO(b"ok"), 2, part_size=PART_BYTES)
            self._client.remove_object(self._place.name, name)

    def _key(self, name: str) -> str:
        return f"s3://{self._place.name}/{name}"

    def _name(self, key: str) -> str:
        return key.removeprefix(self._key(""))


@contextmanager
def translated(bucket: str) -> Iterator[None]:
    """Turns what the MinIO client, urllib3 and a nonsensical answer raise into ours."""
    try:
        yield
    except S3Error as exc:
        raise _refusal(exc, bucket) from exc
    except (ServerError, InvalidResponseError) as exc:
        raise BucketFailed(bucket=bucket, cause=f"{type(exc).__name__}: {exc}"[:200]) from exc
    except urllib3.exceptions.HTTPError as exc:
        raise BucketUnreachable(bucket=bucket, cause=type(exc).__name__) from exc
    except (MinioException, ValueError) as exc:
        raise BucketFailed(bucket=bucket, cause=f"{type(exc).__name__}: {exc}"[:200]) from exc


def _refusal(exc: S3Error, bucket: str) -> BucketError:
    facts: dict[str, Any] = {"bucket": bucket, "answer": exc.code, "status": exc.response.status}
    if exc.code in NOT_THERE:
        return BucketFileMissing(**facts)
    if exc.code in BUSY:
        return BucketRateLimited(retry_after_s=SLOW_DOWN_S, **facts)
    if exc.code in BROKEN or exc.response.status >= 500:
        return BucketFailed(**facts)
    if exc.code == "NoSuchBucket":
        return BucketRefused("There is no such bucket.", **facts)
    return BucketRefused(**facts)
