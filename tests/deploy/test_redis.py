"""The cache of docker-compose: its command and its health check, run with the system's Redis."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
import yaml
from redis import asyncio as aioredis

from tests.support.rabbit_server import free_port
from tests.support.redis_server import redis_binary
from tests.support.wait import wait_for

ROOT = Path(__file__).resolve().parents[2]


async def test_the_command_starts_a_bounded_cache_and_the_health_check_sees_it(tmp_path: Path) -> None:
    binary, client = redis_binary(), shutil.which("redis-cli")
    if client is None:
        pytest.skip("redis-cli is not installed")
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["redis"]
    program, *arguments = service["command"]
    assert program == "redis-server"
    kind, probe, *words = service["healthcheck"]["test"]
    assert (kind, probe) == ("CMD", "redis-cli")
    port = str(free_port())

    async def healthy() -> bool:
        asked = await asyncio.create_subprocess_exec(
            client, "-p", port, *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        return await asked.wait() == 0

    assert not await healthy()
    server = await asyncio.create_subprocess_exec(
        binary, *arguments, "--port", port, "--bind", "127.0.0.1", "--dir", str(tmp_path),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await wait_for(healthy, what="redis-cli answers")
        redis = aioredis.Redis(port=int(port))
        assert (await redis.config_get("maxmemory*"))["maxmemory"] == str(256 * 1024 * 1024)
        assert (await redis.config_get("maxmemory-policy"))["maxmemory-policy"] == "allkeys-lru"
        assert (await redis.config_get("save"))["save"] == ""
        await redis.aclose()
    finally:
        server.terminate()
        await server.wait()
    assert list(tmp_path.iterdir()) == []
