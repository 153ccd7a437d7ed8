"""Limits over HTTP, sockets and streams: who is counted, what is told, who is refused."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.house import Answer, House, open_house
from tests.support.redis_server import RedisServer
from tests.support.wait import wait_for

PHONE, TABLET, ADMIN = "phone-secret-0001", "tablet-secret-0002", "an operator's key"
KEYS = {"API_KEYS": f"phone:{PHONE},tablet:{TABLET}", "ADMIN_API_KEY": ADMIN}
KEY, OTHER_KEY, ADMINS = {"X-API-Key": PHONE}, {"X-API-Key": TABLET}, {"X-API-Key": ADMIN}
JOB = f"/api/downloads/{'0' * 22}-m4a"
# One caller's thousand would take longer than any test: what is refused stays so.
LIMIT = 5


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(None, tmp_path, RATE_LIMIT_PER_MINUTE=str(LIMIT)) as running:
        yield running


async def ask(house: House, times: int, path: str = JOB, **headers: str) -> list[int]:
    return [(await house.get(path, headers=headers)).status for _ in range(times)]


def told(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower().startswith("ratelimit")}


async def test_what_the_headers_tell(house: House) -> None:
    for remaining in range(LIMIT - 1, -1, -1):
        answer = await house.get(JOB)
        assert answer.status == 404
        headers = told(answer)
        assert 0 < int(headers.pop("RateLimit-Reset")) <= 60
        assert headers == {
            "RateLimit-Limit": str(LIMIT),
            "RateLimit-Remaining": str(remaining),
            "RateLimit-Policy": f"{LIMIT};w=60",
        }
    refused = await house.get(JOB)
    assert (refused.status, refused.json["code"], refused.json["retryable"]) == (429, "too_many_requests", True)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert int(refused.headers["Retry-After"]) == refused.json["retry_after"] > 0


async def test_what_is_not_counted(house: House) -> None:
    for path in ("/", "/static/style.css", "/health/live", "/docs/openapi.json", f"/media/{'0' * 22}.m4a"):
        for _ in range(LIMIT + 1):
            answer = await house.get(path)
            assert answer.status in {200, 404}
            assert told(answer) == {}
    for _ in range(LIMIT + 1):
        assert (await house.get(JOB, method="OPTIONS")).status != 429
    assert await ask(house, 1) == [404]


async def test_one_answer_streamed_and_refused_has_the_headers_too(house: House) -> None:
    answer = await house.get(f"{JOB}/events")
    assert (answer.status, answer.headers["RateLimit-Remaining"]) == (404, str(LIMIT - 1))


async def test_a_socket_counts_once_and_is_told(house: House) -> None:
    for _ in range(LIMIT):
        async with house.http.ws_connect(f"{house.url}/ws/progress") as socket:
            await socket.send_json({"subscribe": ["x-m4a", "y-m4a", "z-m4a"]})
            await socket.receive_json(timeout=30)
    async with house.http.ws_connect(f"{house.url}/ws/progress") as socket:
        message = await socket.receive(timeout=30)
        assert (message.type, message.data, message.extra) == (aiohttp.WSMsgType.CLOSE, 4429, "too_many_requests")
    assert await ask(house, 1) == [429]


async def test_a_forged_address_gains_nothing(house: House) -> None:
    assert await ask(house, LIMIT) == [404] * LIMIT
    for number in range(3):
        forged = f"203.0.113.{number}"
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP"):
            value = f"for={forged}" if name == "Forwarded" else forged
            assert await ask(house, 1, **{name: value}) == [429]


async def test_behind_a_proxy_what_it_says_counts_and_nothing_before_that(tmp_path: Path) -> None:
    async with open_house(None, tmp_path, RATE_LIMIT_PER_MINUTE=str(LIMIT), PROXIES_COUNT="1") as house:
        for number in range(LIMIT):
            forged = f"203.0.113.{number}, 8.8.8.8"
            assert await ask(house, 1, **{"X-Forwarded-For": forged}) == [404]
        assert await ask(house, 1, **{"X-Forwarded-For": "198.51.100.1, 8.8.8.8"}) == [429]
        assert await ask(house, 1, **{"X-Forwarded-For": "8.8.8.8, 8.8.4.4"}) == [404]
        # One IPv6 customer has a /64 to pick from.
        for number in range(LIMIT):
            assert await ask(house, 1, **{"X-Forwarded-For": f"2001:db8:1:2::{number + 1}"}) == [404]
        assert await ask(house, 1, **{"X-Forwarded-For": "2001:db8:1:2:ffff::1"}) == [429]
        assert await ask(house, 1, **{"X-Forwarded-For": "2001:db8:1:3::1"}) == [404]


async def test_each_key_counts_for_itself_and_guesses_count_for_the_address(tmp_path: Path) -> None:
    async with open_house(None, tmp_path, RATE_LIMIT_PER_MINUTE=str(LIMIT), **KEYS) as house:
        assert await ask(house, LIMIT + 1, **KEY) == [404] * LIMIT + [429]
        assert await ask(house, 1, **OTHER_KEY) == [404]
        assert await ask(house, LIMIT + 3, **ADMINS) == [404] * (LIMIT + 3)
        assert await ask(house, LIMIT - 1, **{"X-API-Key": "a guess"}) == [401] * (LIMIT - 1)
        assert await ask(house, 1, f"/media/{'0' * 22}.m4a", **{"X-API-Key": "a guess"}) == [401]
        for path in (JOB, f"/media/{'0' * 22}.m4a", "/api/admin/stats"):
            assert await ask(house, 1, path, **{"X-API-Key": "a guess"}) == [429]
        assert await ask(house, 1, **OTHER_KEY) == [404], "others behind that address, with a key, are not held up"

        async def counted() -> dict[str, Any] | None:
            body = (await house.get("/api/admin/stats", headers=ADMINS)).json
            rows = {row["key_name"]: row for row in body["traffic"]["keys"]}
            return body if rows.get("phone", {}).get("limited") == 1 else None

        body = await wait_for(counted, deadline_s=60)
        assert body["limits"]["requests_refused"] == 4
        assert body["limits"]["requests_uncounted"] == 0


async def test_without_a_limit_nothing_is_told(tmp_path: Path) -> None:
    async with open_house(None, tmp_path) as house:
        assert told(await house.get(JOB)) == {}
        names = [each.func.__module__ for each in house.app.request_middleware]
        assert "blueprints.guards" not in names


@asynccontextmanager
async def open_socket(house: House, **headers: str) -> AsyncIterator[str | None]:
    """Why the socket was closed; `None` when it is open."""
    async with house.http.ws_connect(f"{house.url}/ws/progress", headers=headers) as socket:
        await socket.send_json({"subscribe": [f"{secrets.token_hex(11)}-m4a"]})
        message = await socket.receive(timeout=30)
        yield f"{message.data} {message.extra}" if message.type is aiohttp.WSMsgType.CLOSE else None


async def test_sockets_at_a_time(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(None, tmp_path, MAX_SOCKETS_PER_CALLER="2", **KEYS))
        async with open_socket(house, **KEY) as first, open_socket(house, **OTHER_KEY) as other:
            async with open_socket(house, **KEY) as second, open_socket(house, **KEY) as third:
                assert (first, other, second, third) == (None, None, None, "4429 too_many_sockets")
                # Server-sent events hold a seat as well.
                refused = await house.get(f"{JOB}/events", headers=KEY)
                assert (refused.status, refused.json["code"]) == (429, "too_many_sockets")

            async def free() -> bool:
                async with open_socket(house, **KEY) as closed:
                    return closed is None

            await wait_for(free)


class TestReplicas:
    @pytest.fixture
    def redis(self, tmp_path: Path) -> Iterator[RedisServer]:
        server = RedisServer(tmp_path / "redis")
        server.start()
        yield server
        server.kill()

    @asynccontextmanager
    async def two(self, redis: RedisServer, folder: Path, **settings: str) -> AsyncIterator[list[House]]:
        async with AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(
                    open_house(None, folder / str(number), REDIS_URL=redis.url, **KEYS, **settings)
                )
                for number in range(2)
            ]

    async def test_one_limit_and_then_redis_dies(self, redis: RedisServer, tmp_path: Path) -> None:
        async with self.two(redis, tmp_path, RATE_LIMIT_PER_MINUTE="20") as houses:
            statuses = [(await house.get(JOB, headers=KEY)).status for _ in range(20) for house in houses]
            uncounted = 0
            for house in houses:
                numbers = (await house.get("/api/admin/stats", headers=ADMINS)).json["limits"]
                uncounted += numbers["requests_uncounted"]
            # A machine too busy for Redis to answer in time lets some pass uncounted.
            assert statuses.count(404) == 20 + uncounted
            redis.kill()
            for house in houses:
                answers = [await house.get(JOB, headers=KEY) for _ in range(10)]
                assert [answer.status for answer in answers] == [404] * 10
                assert told(answers[0]) == {}
                numbers = (await house.get("/api/admin/stats", headers=ADMINS)).json["limits"]
                assert numbers["requests_uncounted"] >= 10

    async def test_sockets_of_both_count(self, redis: RedisServer, tmp_path: Path) -> None:
        async with self.two(redis, tmp_path, MAX_SOCKETS_PER_CALLER="1") as houses:

            async def held_here_is_refused_there() -> bool:
                async with open_socket(houses[0], **KEY) as here, open_socket(houses[1], **KEY) as there:
                    return (here, there) == (None, "4429 too_many_sockets")

            await wait_for(held_here_is_refused_there)
