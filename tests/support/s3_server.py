"""An S3-compatible server of its own process: moto, which shares nothing with the client under test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from minio import Minio

from tests.support.process import Guard

ACCESS_KEY = "key"
SECRET_KEY = "secret-key-of-the-test"


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address, `host:port`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1"},
    )
    guard = Guard(process.pid)
    try:
        _wait_until_it_listens(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        guard.dismiss()
        process.wait()


def make_s3_bucket(address: str, name: str) -> Minio:
    """A new bucket, and a client of it."""
    client = Minio(address, ACCESS_KEY, SECRET_KEY, secure=False, region="us-east-1")
    client.make_bucket(name)
    return client


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "the S3 server ended"
            assert time.monotonic() < deadline, "the S3 server does not listen"
            time.sleep(0.05)
        else:
            return
