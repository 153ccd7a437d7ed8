"""The whole server: what it counts is what was sent, whatever becomes of queue and process meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from _local.sandbox.ipapi import IpApiStandIn
from services.store.mongo import MongoDatabase
from tests.support.access import ADMIN, open_watched_house, second_look, stats_of, stats_with
from tests.support.house import House
from tests.support.rabbit_server import RabbitServer
from tests.support.spotify import sid, stand_in
from tests.support.wait import wait_for

pytestmark = pytest.mark.timeout(400)

METADATA = "/api/spotify/metadata"
REAL = [*(f"8.{number}.8.8" for number in range(30)), *(f"2606:4700::{number:x}" for number in range(1, 16)),
        *(f"10.1.2.{number}" for number in range(1, 6))]  # fmt: skip
"""45 public ones and five of a private network."""
FORGED = [f"66.{number % 250}.{number // 250}.6" for number in range(500)]
TRACKS = 20


@dataclass
class Sent:
    """What the clients did, counted where it was sent."""

    total: int = 0
    bytes: int = 0
    by_ip: Counter[str] = field(default_factory=Counter)
    by_status: Counter[int] = field(default_factory=Counter)
    by_track: Counter[str] = field(default_factory=Counter)
    by_cache: Counter[str] = field(default_factory=Counter)


async def _ask(port: int, count: int, seed: int, sent: Sent, pause: asyncio.Event) -> None:
    """One client that asks over one connection, as through two proxies, with forged addresses before the real one."""
    dice = random.Random(seed)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        await pause.wait()
        ip, number = dice.choice(REAL), dice.randrange(TRACKS + 2)
        forged = ", ".join(dice.sample(FORGED, dice.randrange(4)))
        link = f"spotify:track:{sid('Tr', number)}"
        head = f"GET {METADATA}?link={link} HTTP/1.1\r\nHost: x\r\nX-Real-IP: {dice.choice(FORGED)}\r\n"
        through = f"X-Forwarded-For: {f'{forged}, ' if forged else ''}{ip}, 10.0.0.1\r\n\r\n"
        writer.write((head + through).encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        sent.total += 1
        sent.bytes += length
        sent.by_ip[ip] += 1
        sent.by_status[int(answer[9:12])] += 1
        if b"X-Cache: " in answer:
            sent.by_cache[answer.partition(b"X-Cache: ")[2].partition(b"\r\n")[0].decode()] += 1
        if number < TRACKS:
            sent.by_track[sid("Tr", number)] += 1
    writer.close()


async def _send(house: House, count: int, sent: Sent, pause: asyncio.Event, *, clients: int = 10) -> None:
    port = int(house.url.rpartition(":")[2])
    await asyncio.gather(*(_ask(port, count // clients, seed, sent, pause) for seed in range(clients)))


def _check(stats: dict[str, Any], sent: Sent) -> None:
    traffic = stats["traffic"]
    (route,) = [row for row in traffic["routes"] if row["route"] == METADATA]
    assert (route["requests"], route["bytes"], route["errors"]) == (sent.total, sent.bytes, 0)
    # The operator's own look at the numbers is a request, too; it comes from 127.0.0.1.
    looks = sum(row["requests"] for row in traffic["routes"] if row["route"] != METADATA)
    assert traffic["requests"] == sent.total + looks == sum(row["requests"] for row in traffic["hours"])
    statuses = Counter({int(status): count for status, count in traffic["statuses"].items()})
    assert statuses - Counter({200: looks}) == sent.by_status
    assert traffic["unique_ips"] == len(sent.by_ip) + (looks > 0)
    tracks = {row["track_id"]: row["requests"] for row in traffic["tracks"]}
    assert tracks == dict(sent.by_track)
    assert +Counter(traffic["cache"]["track"]) == sent.by_cache
    assert stats["access_log"]["dropped"] == 0


async def _as_the_shell_sees_it(database: MongoDatabase, sent: Sent) -> None:
    logs = database.collection("access_logs")
    by_ip = await logs.aggregate(
        [{"$match": {"route": METADATA}}, {"$group": {"_id": "$ip", "requests": {"$sum": 1}, "b": {"$sum": "$bytes"}}}]
    )
    assert {row["_id"]: row["requests"] for row in by_ip} == sent.by_ip
    assert sum(row["b"] for row in by_ip) == sent.bytes
    traces = await database.collection("ip_traces").find({})
    assert {trace["ip"]: trace["request_count"] for trace in traces if trace["ip"] != "127.0.0.1"} == sent.by_ip
    assert not {trace["ip"] for trace in traces} & set(FORGED)
    urls = Counter[str]()
    for url in await database.collection("ip_trace_urls").find({}):
        urls[url["ip"]] += url["request_count"] if url["url"].startswith(METADATA) else 0
    assert +urls == sent.by_ip


async def test_ten_thousand_requests_are_counted_to_the_last_one(tmp_path: Path) -> None:
    sent, going = Sent(), asyncio.Event()
    going.set()
    async with AsyncExitStack() as stack:
        spotify = await stack.enter_async_context(stand_in(tracks=TRACKS))
        ipapi = await stack.enter_async_context(IpApiStandIn())
        async with open_watched_house(tmp_path, spotify, ipapi, PROXIES_COUNT="2") as house:
            await _send(house, 10_000, sent, going)
            assert sent.total == 10_000
            stats = await stats_with(house, 10_000)
            _check(stats, sent)
            async with second_look(tmp_path) as database:
                await _as_the_shell_sees_it(database, sent)
            public = {ip for ip in sent.by_ip if not ip.startswith("10.")}
            await wait_for(lambda: set(ipapi.asked) == public, deadline_s=60)

            async def placed() -> dict[str, Any] | None:
                body = await stats_of(house)
                unknown = [row for row in body["traffic"]["countries"] if row["country_code"] is None]
                private = sum(count for ip, count in sent.by_ip.items() if ip not in public)
                looks = body["traffic"]["requests"] - sent.total
                return body if unknown[0]["requests"] == private + looks else None

            body = await wait_for(placed, deadline_s=60)
            by_country: Counter[str] = Counter()
            for ip in public:
                by_country[ipapi.place(ip, ["countryCode"])["countryCode"]] += sent.by_ip[ip]
            assert {row["country_code"]: row["requests"] for row in body["traffic"]["countries"][:]} == {
                **by_country,
                None: body["traffic"]["requests"] - sum(by_country.values()),
            }
            # `place` above was asked once more for each.
            assert set(ipapi.asked.values()) == {2}
            assert ipapi.refused == 0
            forgotten = await house.get(f"/api/admin/ip/{REAL[0]}", method="DELETE", headers=ADMIN)
            assert forgotten.json["removed"]["access_logs"] == sent.by_ip[REAL[0]]
            async with second_look(tmp_path) as database:
                assert not await database.collection("ip_traces").find({"ip": REAL[0]})


async def test_a_queue_killed_in_the_middle_loses_nothing_and_slows_nobody(
    tmp_path: Path, rabbit_server: RabbitServer, queue_name: str
) -> None:
    sent, going = Sent(), asyncio.Event()
    going.set()
    async with stand_in(tracks=TRACKS) as spotify, IpApiStandIn() as ipapi:
        told = {"PROXIES_COUNT": "2", "RABBIT_MQ_URL": rabbit_server.url, "IP_TRACKER_QUEUE": queue_name}
        async with open_watched_house(tmp_path, spotify, ipapi, **told) as house:
            await stats_of(house)
            sending = asyncio.create_task(_send(house, 3_000, sent, going))
            await wait_for(lambda: sent.total > 700)
            rabbit_server.kill()
            try:
                # Answers keep coming with nobody there to take the records; those lie on the disk.
                await wait_for(lambda: sent.total > 2_000, deadline_s=60)
                going.clear()
                services = house.app.ctx.services

                async def spooled() -> bool:
                    return bool((await services.access.stats())["batches_spooled"])

                await wait_for(spooled)
            finally:
                await asyncio.to_thread(rabbit_server.start)
            going.set()
            await sending
            _check(await stats_with(house, 3_000), sent)
            async with second_look(tmp_path) as database:
                await _as_the_shell_sees_it(database, sent)
