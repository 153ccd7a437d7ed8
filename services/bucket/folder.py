"""A folder as the bucket: a second disk, or what another machine offers as one."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from models.bucket import BucketPlace
from models.errors import BucketError, BucketFileMissing, BucketFull, BucketRefused, BucketUnreachable
from services.bucket.base import BucketFile, BucketReport, Placed, Upload, public_url
from services.bucket.threads import BucketThreads

T = TypeVar("T")

MAX_FILE_BYTES = 1 << 30
THREADS = 2


class FolderBucket:
    """See `Bucket`. A file's version is its size: what lies in a folder says no more of itself."""

    kind = "folder"
    max_file_bytes = MAX_FILE_BYTES

    def __init__(self, *, place: BucketPlace, cdn_host: str | None = None) -> None:
        self._folder = Path(place.name)
        self._cdn_host = cdn_host
        self._threads = BucketThreads(THREADS)

    @property
    def lanes(self) -> tuple[str, ...]:
        """See `Bucket`."""
        return (f"file:{self._folder}",)

    @property
    def in_flight(self) -> int:
        """See `Bucket`."""
        return self._threads.in_flight

    def holds(self, key: str) -> bool:
        """See `Bucket`."""
        return key.startswith(self._key(""))

    async def put(self, uploads: Sequence[Upload]) -> dict[str, Placed]:
        """See `Bucket`."""
        placed: dict[str, Placed] = {}
        for upload in uploads:
            try:
                placed[upload.path] = await self._run(self._put, upload)
            except BucketError:
                if not placed:
                    raise
                break
        return placed

    async def get(self, key: str, version: str, target: Path) -> None:  # noqa: ARG002 - the path names the bytes
        """See `Bucket`."""
        await self._threads.run(self._get, self._path(key), target)

    async def stat(self, key: str) -> BucketFile | None:
        """See `Bucket`."""
        return await self._run(self._stat, self._path(key))

    async def delete(self, key: str) -> bool:
        """See `Bucket`."""
        return await self._run(self._delete, self._path(key))

    async def files(self) -> Mapping[str, BucketFile]:
        """See `Bucket`."""
        return await self._run(self._files)

    async def check(self) -> BucketReport:
        """See `Bucket`: writes a small file and removes it."""
        facts = {"folder": str(self._folder)}
        try:
            await self._run(self._check)
        except BucketError as error:
            return BucketReport(ok=False, reason=f"{error.message} {error.facts.get('cause', '')}".strip(), facts=facts)
        return BucketReport(ok=True, reason="The folder can be written.", facts=facts)

    async def close(self) -> None:
        """See `Bucket`."""
        self._threads.close()

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        with translated():
            return await self._threads.run(work, *arguments)

    def _put(self, upload: Upload) -> Placed:
        self._must_be_there()
        target = self._folder / upload.path
        written = not target.is_file() or target.read_bytes() != upload.data
        if written:
            target.parent.mkdir(exist_ok=True)
            draft = target.with_name(f".{target.name}.part")
            with draft.open("wb") as file:
                file.write(upload.data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        url = None
        if self._cdn_host is not None:
            url = public_url(self._cdn_host, repository="", branch="", path=upload.path)
        return Placed(key=self._key(upload.path), version=str(len(upload.data)), url=url, written=written)

    def _get(self, path: Path, target: Path) -> None:
        # What goes wrong with the target is no trouble of the bucket.
        with translated():
            self._must_be_there()
            try:
                source = path.open("rb")
            except FileNotFoundError as exc:
                raise BucketFileMissing(path=str(path)) from exc
        with source, target.open("wb") as file:
            shutil.copyfileobj(source, file)

    def _stat(self, path: Path) -> BucketFile | None:
        self._must_be_there()
        try:
            size_bytes = path.stat().st_size
        except FileNotFoundError:
            return None
        return BucketFile(size_bytes=size_bytes, version=str(size_bytes))

    def _delete(self, path: Path) -> bool:
        self._must_be_there()
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        return True

    def _files(self) -> dict[str, BucketFile]:
        self._must_be_there()
        found: dict[str, BucketFile] = {}
        for path in self._folder.glob("??/[!.]*"):
            file = self._stat(path)
            if file is not None:
                found[self._key(path.relative_to(self._folder).as_posix())] = file
        return found

    def _check(self) -> None:
        self._must_be_there()
        probe = self._folder / f".music-dl-check-{os.getpid()}"
        probe.write_bytes(b"ok")
        probe.unlink()

    def _must_be_there(self) -> None:
        # A disk that is not mounted must not look like an empty bucket: nothing makes this folder but its owner.
        if not self._folder.is_dir():
            raise BucketUnreachable("The bucket's folder is not there.", cause=str(self._folder))

    def _key(self, path: str) -> str:
        return f"file://{quote(str(self._folder))}//{path}"

    def _path(self, key: str) -> Path:
        return self._folder / key.removeprefix(self._key(""))


@contextmanager
def translated() -> Iterator[None]:
    """Turns the system's file errors into ours."""
    try:
        yield
    except OSError as exc:
        cause = f"{exc.strerror or exc} ({exc.filename})"
        if exc.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise BucketFull(cause=cause) from exc
        if exc.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
            raise BucketRefused(cause=cause) from exc
        raise BucketUnreachable(cause=cause) from exc
