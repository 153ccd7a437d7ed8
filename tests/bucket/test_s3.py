"""S3 when it misbehaves."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from _local.sandbox.standin import HttpStandIn
from models.bucket import BucketKind, BucketPlace
from models.errors import BucketError, BucketFailed, BucketRateLimited, BucketRefused, BucketUnreachable
from services.bucket.s3 import S3Bucket
from tests.support.bucket import upload
from tests.support.s3_server import ACCESS_KEY, SECRET_KEY, make_s3_bucket


class Trouble(HttpStandIn):
    """An S3 that answers every request with one error."""

    code, status = "", 0

    def routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/{path:.*}", self._answer_all)

    async def _answer_all(self, _: web.Request) -> web.Response:
        text = f"<?xml version='1.0'?><Error><Code>{self.code}</Code><Message>{self.code}</Message></Error>"
        return web.Response(status=self.status, text=text, content_type="application/xml", headers={"x-amz-error": "1"})


@pytest.fixture
async def trouble() -> AsyncIterator[Trouble]:
    async with Trouble() as stand_in:
        yield stand_in


def bucket(host: str, name: str = "songs", **changes: str) -> S3Bucket:
    return S3Bucket(
        place=BucketPlace(kind=BucketKind.S3, name=name),
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        host=host,
        region="us-east-1",
        **changes,
    )


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "AccessDenied", BucketRefused),
        (403, "InvalidAccessKeyId", BucketRefused),
        (403, "SignatureDoesNotMatch", BucketRefused),
        (404, "NoSuchBucket", BucketRefused),
        (503, "SlowDown", BucketRateLimited),
        (500, "InternalError", BucketFailed),
    ],
)
async def test_errors_of_the_service(trouble: Trouble, status: int, code: str, expected: type[BucketError]) -> None:
    trouble.status, trouble.code = status, code
    subject = bucket(trouble.url)
    with pytest.raises(expected):
        await subject.files()
    report = await subject.check()
    assert not report.ok
    assert SECRET_KEY not in repr(report)
    await subject.close()


async def test_a_service_that_is_gone(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        subject = bucket(f"http://127.0.0.1:{closed.getsockname()[1]}")
        for ask in (subject.put([upload(1)]), subject.files(), subject.get("s3://songs/x", "", tmp_path / "x")):
            with pytest.raises(BucketUnreachable):
                await ask
        await subject.close()


async def test_the_cdn_is_the_public_address(s3_address: str) -> None:
    make_s3_bucket(s3_address, "public")
    subject = bucket(f"http://{s3_address}", "public", cdn_host="https://cdn.example.org")
    placed = (await subject.put([upload(1)]))[upload(1).path]
    assert placed.url == f"https://cdn.example.org/{upload(1).path}"
    await subject.close()
