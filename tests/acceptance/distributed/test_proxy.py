"""nginx with the configuration of docker-compose, in front of two web replicas that come and go."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.acceptance.distributed.house import DistributedHouse, watching
from tests.support.name_server import NameServer
from tests.support.nginx import Nginx
from tests.support.rabbit_server import free_port
from tests.support.replicas import Replica, cluster
from tests.support.wait import wait_for

ROOT = Path(__file__).resolve().parents[3]

HOSTS = ("127.0.0.1", "127.0.0.2")
"""Replicas of one port, as containers are."""

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600), pytest.mark.allow_hosts([*HOSTS])]


@dataclass(frozen=True)
class Door:
    """The proxy, and what is behind it."""

    proxy: Replica
    """To be asked, not to be started."""
    names: NameServer
    replicas: list[Replica]


def adapted(conf: str, *, port: int, web_port: int, resolver: int, folder: Path) -> str:
    """The configuration with other ports and folders, and the test's name server in Docker's place."""
    for wanted, instead in (
        (r"resolver 127\.0\.0\.11 valid=5s", f"resolver 127.0.0.1:{resolver} valid=1s"),
        (r"listen 9999;", f"listen 127.0.0.1:{port};"),
        (r"http://web:9999;", f"http://web:{web_port};"),
        (r"(?<= )/tmp/", f"{folder}/"),
        (r"worker_processes auto", "worker_processes 1"),
        (r"worker_connections 16384", "worker_connections 500"),
    ):
        conf, count = re.subn(wanted, instead, conf)
        assert count, wanted
    return conf


@pytest_asyncio.fixture(loop_scope="session")
async def door(house: DistributedHouse, tmp_path: Path) -> AsyncIterator[Door]:
    """nginx before two web replicas of the house's home."""
    web_port, names = free_port(), NameServer(*HOSTS)
    async with AsyncExitStack() as stack:
        settings = {**house.sandbox.settings, "RABBIT_MQ_URL": house.rabbit.url, "MUSIC_DL_HOME": str(house.home)}
        settings |= {"CORE_SERVICE_PORT": str(web_port), "MUSIC_DL_ROLE": "web", "PROXIES_COUNT": "1"}
        apart = await stack.enter_async_context(cluster(tmp_path, settings))
        replicas = [await apart.add(f"behind{number}", CORE_SERVICE_HOST=host) for number, host in enumerate(HOSTS)]
        await names.start()
        stack.callback(names.stop)
        proxy = Replica("proxy", {}, tmp_path / "proxy.log")
        conf = tmp_path / "nginx.conf"
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        conf.write_text(adapted(text, port=proxy.port, web_port=web_port, resolver=names.port, folder=tmp_path))
        nginx = Nginx(conf, tmp_path)
        await nginx.check()
        await nginx.start()
        stack.push_async_callback(nginx.stop)
        for replica in replicas:
            await replica.up()
        await wait_for(lambda: _answers(proxy), deadline_s=60, what="the proxy answers")
        yield Door(proxy=proxy, names=names, replicas=replicas)


async def _answers(proxy: Replica) -> bool:
    return await proxy.status("/health/ready") == 200


async def test_the_configuration_itself_is_valid(tmp_path: Path) -> None:
    conf = tmp_path / "nginx.conf"
    conf.write_text((ROOT / "deploy" / "nginx.conf").read_text())
    await Nginx(conf, tmp_path).check()


async def test_all_kinds_of_traffic_pass(house: DistributedHouse, door: Door) -> None:
    wanted = house.tracks.take()
    house.sandbox.youtube.faults.throttle(20_000, video_id=wanted.video_id)
    status, job = await door.proxy.get(f"/api/spotify/download/track/{wanted.track_id}?wait=0")
    assert (status, job["job_id"]) == (202, wanted.job_id)
    assert job["stream_url"] == f"{door.proxy.url}/media/{wanted.name}"
    media = f"{door.proxy.url}/media/{wanted.name}"
    async with aiohttp.ClientSession() as http, watching(door.proxy, wanted) as socket:
        async with http.get(f"{door.proxy.url}/api/downloads/{wanted.job_id}/events") as events:
            assert (await events.content.readline()).startswith((b"retry", b"id", b"event"))
            # What arrives is heard while it arrives.
            async with http.get(media) as arriving:
                assert arriving.status == 200
                assert await arriving.content.readany()
                assert (await house.job(wanted))["state"] == "running"
                house.clear_faults()
            told = await events.content.read()
            assert b"event: end" in told
        end = await socket.end()
        assert (end["state"], end["download_cdn"]) == ("done", media)
        whole = await asyncio.to_thread(house.file(wanted).read_bytes)
        async with http.get(media, headers={"Range": "bytes=100-199"}) as part:
            assert (part.status, await part.read()) == (206, whole[100:200])
        async with http.head(media) as head:
            assert (head.status, head.headers["Content-Length"]) == (200, str(len(whole)))
        async with http.get(media) as finished:
            assert await finished.read() == whole


async def test_replicas_come_and_go(house: DistributedHouse, door: Door) -> None:
    first, second = door.replicas

    async def all_answer(times: int = 10) -> None:
        assert [await door.proxy.status("/health/live") for _ in range(times)] == [200] * times

    await all_answer()
    # Killed, but the name server does not know yet: the next one answers.
    await first.kill()
    await all_answer()
    await first.start()
    await first.up()
    await second.kill()
    await all_answer()
    # Scaled to one: nobody asks the other any more.
    door.names.addresses.remove(HOSTS[1])
    await wait_for(lambda: _only_one_is_known(door), deadline_s=60, what="the proxy has asked again")
    await all_answer()
    # Scaled up again.
    await second.start()
    await second.up()
    door.names.addresses.append(HOSTS[1])
    await first.kill()
    await wait_for(lambda: _answers(door.proxy), deadline_s=60, what="the new replica is found")
    await all_answer()


async def _only_one_is_known(door: Door) -> bool:
    before = door.names.asked
    await door.proxy.status("/health/live")
    return door.names.asked > before


async def test_a_socket_outlives_the_other_replica(house: DistributedHouse, door: Door) -> None:
    """A client whose replica dies comes back through the same door, and misses nothing."""
    wanted = house.tracks.take()
    house.hold("verify", wanted)
    await door.proxy.get(f"/api/spotify/download/track/{wanted.track_id}?wait=0")
    async with watching(door.proxy, wanted) as before:
        await before.stage("verify")
        last = before.last["seq"]
        await door.replicas[0].kill()
        house.ffmpeg.release()
        async with watching(door.proxy, wanted, since=str(last)) as after:
            end = await after.end()
    assert end["state"] == "done"
    assert end["seq"] > last
