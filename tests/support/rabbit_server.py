"""A private RabbitMQ for the tests: the system's own package, on free ports, with every file in a given folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.process import Guard, with_environment

_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
START_DEADLINE_S = 120.0


def free_port() -> int:
    """A TCP port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require_rabbitmq() -> None:
    """Skips the test, by name, when the server is not installed; fails it under `CI=true`."""
    if (_SCRIPTS / "rabbitmq-server").is_file() and shutil.which("erl") and shutil.which("epmd"):
        return
    reason = "rabbitmq-server is not installed (sh tests/install-servers.sh)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class RabbitServer:
    """Start it, `kill` it, `start` it again: ports and data stay. `stop` ends it and its port mapper for good."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._dist_port = free_port()
        self._epmd_port = free_port()
        self._node = f"test-{self.port}@localhost"
        self._server: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None

    @property
    def url(self) -> str:
        """Its AMQP address."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Starts the broker and waits until it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write_config()
        if self._epmd is None:
            # Erlang's port mapper of our own, in the foreground: a shared one would outlive the tests.
            self._epmd = subprocess.Popen(
                ["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            _wait_for_port(self._epmd_port, self._epmd)
        with (self._folder / "console.log").open("ab") as console:
            self._server = subprocess.Popen(
                [_SCRIPTS / "rabbitmq-server"],
                env=self._environment(),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        self._guard = Guard(-self._server.pid, self._epmd.pid)
        self._wait_until_up()

    def kill(self) -> None:
        """As a power cut: SIGKILL to every process of the broker."""
        if self._server is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGKILL)
            if self._guard is not None:
                self._guard.dismiss()
            self._server.wait()
            self._server = None
            _wait_until_free(self.port)

    def stop(self) -> None:
        """Ends the broker and its port mapper."""
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()
            self._epmd = None
        # A node that misses its port mapper starts another, which outlives it.
        for pid in with_environment("ERL_EPMD_PORT", str(self._epmd_port), "epmd"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def ctl(self, *arguments: str, tool: str = "rabbitmqctl") -> str:
        """What `rabbitmqctl`, or another tool of RabbitMQ, prints for these arguments; fails when it fails."""
        process = await asyncio.create_subprocess_exec(
            _SCRIPTS / tool,
            "--quiet",
            "--node",
            self._node,
            *arguments,
            env=self._environment(),
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise AssertionError(f"{tool} {arguments}: {output.decode(errors='replace')}")
        return output.decode()

    def _environment(self) -> dict[str, str]:
        folder = str(self._folder)
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": folder,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/env.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/generated",
            "RABBITMQ_PID_FILE": f"{folder}/rabbitmq.pid",
            # Small and quiet: one scheduler a core would be four busy-waiting threads for nothing.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def _write_config(self) -> None:
        (self._folder / "rabbitmq.conf").write_text(
            "loopback_users.guest = true\n"
            "disk_free_limit.absolute = 10MB\n"
            "raft.wal_max_size_bytes = 8388608\n"
            "log.console = false\n"
        )
        # Consumer timeouts are looked for once a tick, by default every minute.
        (self._folder / "advanced.config").write_text("[{rabbit, [{channel_tick_interval, 1000}]}].\n")
        (self._folder / "env.conf").write_text("")
        (self._folder / "enabled_plugins").write_text("[].\n")

    def _wait_until_up(self) -> None:
        server = self._server
        assert server is not None
        end = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < end:
            if server.poll() is not None:
                break
            # An open port is not enough: the broker listens before it can talk.
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=2) as probe:
                probe.sendall(b"AMQP\x00\x00\x09\x01")
                if probe.recv(1) == b"\x01":
                    return
            time.sleep(0.1)
        raise AssertionError(f"RabbitMQ did not start:\n{(self._folder / 'console.log').read_text()[-3000:]}")


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
            return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on port {port}")


def _wait_until_free(port: int) -> None:
    # The killed group's last process may take a moment to let go of the port.
    end = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            return
        time.sleep(0.02)
    raise AssertionError(f"something still listens on port {port}")
