"""The Dockerfile's commands, run outside a container on a copy of just what it copies."""

from __future__ import annotations

import asyncio
import fnmatch
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.deploy.dockerfile import Instruction, instructions
from tests.support.rabbit_server import free_port
from tests.support.wait import wait_for

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def image() -> list[Instruction]:
    return instructions(ROOT / "Dockerfile")


@pytest.fixture
def context(tmp_path: Path, image: list[Instruction]) -> Path:
    """A folder as `/app` in the image is, by the COPY instructions."""
    app = tmp_path / "app"
    app.mkdir()
    for source, target in copied(image):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, app / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (app / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, app / target)
    return app


def copied(image: list[Instruction]) -> list[tuple[str, str]]:
    """What the last stage copies from the project: source and target below `/app`."""
    last = max(number for number, each in enumerate(image) if each.name == "FROM")
    pairs = [each.text.split() for each in image[last:] if each.name == "COPY" and not each.text.startswith("--from")]
    return [(source, source if target == "./" else target.removeprefix("./")) for source, target in pairs]


def command(image: list[Instruction], name: str) -> list[str]:
    """The program of CMD or HEALTHCHECK, in its JSON form."""
    text = next(each.text for each in reversed(image) if each.name == name)
    words: list[str] = json.loads(text[text.index("[") :])
    return words


def test_it_runs_as_a_user_with_few_rights_and_a_home(image: list[Instruction]) -> None:
    user = [each.text for each in image if each.name == "USER"]
    assert user == ["10001:10001"]
    made = next(each.text for each in image if each.name == "RUN" and "useradd" in each.text)
    assert "--uid 10001" in made
    assert "--create-home" in made
    assert "--owner=music-dl" in made


def test_all_dependencies_are_installed(image: list[Instruction], tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    run = next(each.text for each in image if each.name == "RUN" and "tomllib" in each.text)
    words = shlex.split(run)
    assert words[0] == "python"
    assert words[-2:] == [">", "requirements.txt"]
    written = subprocess.run([sys.executable, *words[1:-2]], cwd=tmp_path, capture_output=True, check=True, text=True)
    expected = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert written.stdout.splitlines() == expected
    names = {re.split(r"[<>=\[ ]", line)[0] for line in expected}
    assert {"deno", "imageio-ffmpeg", "yt-dlp"} <= names, "deno and ffmpeg come with wheels"


def test_the_context_has_what_is_copied_and_no_secrets(image: list[Instruction]) -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    sources = [source for source, _ in copied(image)] + ["pyproject.toml"]
    assert sorted(let_in) == sorted(sources)
    for secret in ("_local/docker.env", "_local/local.env", "var/audio/x", ".git/config"):
        assert not any(fnmatch.fnmatch(secret, rule) or secret.startswith(f"{rule}/") for rule in let_in)


async def test_what_is_copied_is_enough_to_serve(image: list[Instruction], context: Path, tmp_path: Path) -> None:
    port = free_port()
    program, health = command(image, "CMD"), command(image, "HEALTHCHECK")
    assert program[0] == health[0] == "python"
    url = health[-1]
    assert url == "http://127.0.0.1:9999/health/ready"

    async def check() -> int:
        probe = await asyncio.create_subprocess_exec(
            sys.executable, *health[1:-1], url.replace("9999", str(port)), cwd=context, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await probe.communicate()
        said.append(output.decode())
        assert probe.returncode is not None
        return probe.returncode

    said: list[str] = []
    assert await check() == 1
    assert said[-1].startswith("no answer")
    # As in the container: nothing in the environment but what the image and compose set.
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "MUSIC_DL_HOME": str(tmp_path / "data"),
               "CORE_SERVICE_HOST": "127.0.0.1", "CORE_SERVICE_PORT": str(port)}  # fmt: skip
    server = await asyncio.create_subprocess_exec(sys.executable, *program[1:], cwd=context, env=environ)
    try:

        async def healthy() -> bool:
            assert server.returncode is None
            return await check() == 0

        await wait_for(healthy, deadline_s=120, what="the health check succeeds")
    finally:
        server.terminate()
        assert await asyncio.wait_for(server.wait(), 60) == 0
    assert await check() == 1


async def test_the_health_check_tells_what_is_wrong(context: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{"no": 1}')
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        probe = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.healthcheck", f"http://127.0.0.1:{port}/health/ready",
            cwd=context, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await probe.communicate()
    assert (probe.returncode, output.decode().strip()) == (1, '503: {"no": 1}')
