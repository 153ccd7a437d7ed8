"""Fetching from a real media server that misbehaves."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from models import errors as e
from models.audio import MediaStream
from models.ids import VideoId
from models.settings import Settings
from services.source.base import FetchState
from services.source.fetch import RangedFetcher
from tests.support.media_host import MediaHost
from tests.support.wait import wait_for

MIB = 1024 * 1024
CONTENT = random.Random(1).randbytes(3 * MIB + 12_345)
SUM = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Case:
    """A fetcher at work on one target."""

    fetcher: RangedFetcher
    target: Path
    fresh: MediaStream | Exception | None = None
    renewals: int = 0
    states: list[FetchState] = field(default_factory=list)

    async def renew(self) -> MediaStream:
        self.renewals += 1
        await asyncio.sleep(0)
        if isinstance(self.fresh, Exception):
            raise self.fresh
        assert self.fresh is not None, "nobody expected a renewal"
        return self.fresh

    async def fetch(self, stream: MediaStream) -> int:
        return await self.fetcher.fetch(stream, self.target, renew=self.renew, on_progress=self.states.append)

    async def fetch_whole(self, stream: MediaStream) -> None:
        """Fetches, and checks every byte and that progress never ran backwards."""
        assert await self.fetch(stream) == len(CONTENT)
        assert hashlib.sha256(self.target.read_bytes()).hexdigest() == SUM
        heads = [state.head for state in self.states]
        assert heads == sorted(heads)
        assert self.states[-1] == FetchState(len(CONTENT), len(CONTENT), len(CONTENT))


def stream_of(url: str, **more: Any) -> MediaStream:
    return MediaStream(video_id=VideoId("dQw4w9WgXcQ"), url=url, extension="m4a", codec="aac", **more)


def settings(**more: Any) -> Settings:
    return Settings(**{"fetch_timeout_ms": 60_000, **more})


@pytest_asyncio.fixture
async def host() -> AsyncIterator[MediaHost]:
    async with MediaHost(CONTENT) as running:
        yield running


@pytest_asyncio.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    fetcher = RangedFetcher(settings=settings())
    await fetcher.start()
    started = Case(fetcher, tmp_path / "audio.part")
    yield started
    await started.fetcher.aclose()


async def with_settings(case: Case, **more: Any) -> Case:
    await case.fetcher.aclose()
    case.fetcher = RangedFetcher(settings=settings(**more))
    await case.fetcher.start()
    return case


async def test_one_request_fetches_what_one_connection_can(host: MediaHost, case: Case) -> None:
    await (await with_settings(case, fetch_connections=1)).fetch_whole(
        stream_of(host.url(), headers={"User-Agent": "me", "Accept-Encoding": "br"})
    )
    assert len(host.requests) == 1
    assert host.headers_seen[0]["User-Agent"] == "me"
    assert host.headers_seen[0]["Accept-Encoding"] == "identity"


async def test_the_target_is_emptied_first(host: MediaHost, case: Case) -> None:
    case.target.write_bytes(b"x" * (len(CONTENT) + 99))
    await case.fetch_whole(stream_of(host.url()))


async def test_eight_connections_share_a_slow_server(host: MediaHost, case: Case) -> None:
    # No answer goes on until eight are under way: fewer connections would never finish.
    host.hold_until_peak = 8
    await case.fetch_whole(stream_of(host.url()))
    assert host.peak == 8


async def test_the_setting_bounds_the_connections(host: MediaHost, case: Case) -> None:
    host.rate = 1_000_000
    await (await with_settings(case, fetch_connections=3)).fetch_whole(stream_of(host.url()))
    assert host.peak == 3


async def test_the_first_bytes_are_told_before_the_last_arrive(host: MediaHost, case: Case) -> None:
    host.misbehave("stall", after=20_000, times=None)
    fetching = asyncio.create_task(case.fetch(stream_of(host.url())))
    await wait_for(lambda: case.states and case.states[-1].head >= 20_000)
    assert case.target.read_bytes()[:20_000] == CONTENT[:20_000]
    assert case.states[-1].total == len(CONTENT)
    fetching.cancel()
    await asyncio.wait([fetching])


@pytest.mark.parametrize("kind", ["reset", "truncate"])
async def test_a_broken_answer_is_resumed_where_it_broke(host: MediaHost, case: Case, kind: str) -> None:
    host.misbehave(kind, after=MIB)
    await (await with_settings(case, fetch_connections=1)).fetch_whole(stream_of(host.url()))
    assert len(host.requests) == 2
    # A reset throws away what the receiver had not read yet.
    assert 0 < host.starts[1] <= MIB
    if kind == "truncate":
        assert host.starts[1] == MIB


async def test_breaking_again_and_again_with_progress_between_is_outlived(host: MediaHost, case: Case) -> None:
    host.misbehave("truncate", after=200_000, times=12)
    await case.fetch_whole(stream_of(host.url()))


async def test_a_silent_connection_is_not_waited_for(host: MediaHost, case: Case) -> None:
    host.misbehave("stall", after=MIB)
    await case.fetch_whole(stream_of(host.url()))
    host.release.set()


async def test_a_silent_connection_is_given_up(host: MediaHost, case: Case) -> None:
    host.misbehave("stall", after=MIB, times=None)
    case = await with_settings(case, fetch_timeout_ms=200, max_retry=2, fetch_connections=1)
    host.content = CONTENT[: MIB + 1000]
    host.misdeeds[0].after = 0
    with pytest.raises(e.SourceTimeout) as caught:
        await case.fetch(stream_of(host.url()))
    assert caught.value.stage == "fetch"
    assert len(host.requests) == 3
    host.release.set()


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        ({"kind": "reset"}, e.MediaInterrupted),
        ({"kind": "truncate"}, e.MediaInterrupted),
        ({"kind": "status", "status": 503}, e.SourceFailed),
    ],
)
async def test_it_gives_up_when_nothing_comes(
    host: MediaHost, case: Case, deed: dict[str, Any], kind: type[e.MusicError]
) -> None:
    host.misbehave(**deed, times=None)
    case = await with_settings(case, max_retry=1)
    with pytest.raises(kind) as caught:
        await case.fetch(stream_of(host.url()))
    assert caught.value.retryable
    assert len(host.requests) == 2


async def test_a_passing_server_fault_is_outlived(host: MediaHost, case: Case) -> None:
    host.misbehave("status", status=502, times=2)
    await (await with_settings(case, fetch_connections=1)).fetch_whole(stream_of(host.url()))
    assert len(host.requests) == 3


async def test_a_server_that_is_not_there(case: Case, host: MediaHost) -> None:
    case = await with_settings(case, max_retry=0)
    await host.__aexit__()
    with pytest.raises(e.SourceUnreachable):
        await case.fetch(stream_of(host.url()))


async def test_one_renewal_serves_all_connections(host: MediaHost, case: Case) -> None:
    host.rate = 300_000
    case.fresh = stream_of(host.url("second"))
    fetching = asyncio.create_task(case.fetch_whole(stream_of(host.url("first"))))
    await wait_for(lambda: host.peak == 8)
    host.expire("first")
    await fetching
    assert case.renewals == 1
    assert {token for token, _ in host.requests} == {"first", "second"}


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_refused_address_is_renewed(host: MediaHost, case: Case, status: int) -> None:
    host.expire("first", status)
    case.fresh = stream_of(host.url("second"))
    await case.fetch_whole(stream_of(host.url("first"), size_bytes=len(CONTENT)))
    assert case.renewals == 1


async def test_a_fresh_address_that_is_refused_too(host: MediaHost, case: Case) -> None:
    host.expire("first")
    host.expire("second")
    case.fresh = stream_of(host.url("second"))
    with pytest.raises(e.MediaRefused):
        await case.fetch(stream_of(host.url("first")))
    assert case.renewals == 1


async def test_a_renewal_that_fails_says_why(host: MediaHost, case: Case) -> None:
    host.rate = 300_000
    case.fresh = e.BotCheck()
    fetching = asyncio.create_task(case.fetch(stream_of(host.url())))
    await wait_for(lambda: host.peak == 8)
    host.expire("t")
    with pytest.raises(e.BotCheck):
        await fetching
    assert case.renewals == 1


@pytest.mark.parametrize("change", [{"codec": "opus"}, {"size_bytes": 999}])
async def test_a_fresh_address_of_another_file(host: MediaHost, case: Case, change: dict[str, Any]) -> None:
    host.expire("t")
    case.fresh = replace(stream_of(host.url("second")), **change)
    with pytest.raises(e.MediaRefused):
        await case.fetch(stream_of(host.url(), size_bytes=len(CONTENT)))


async def test_too_many_requests_are_answered_by_fewer_connections(host: MediaHost, case: Case) -> None:
    host.rate = 1_000_000
    host.misbehave("status", status=429, headers={"Retry-After": "0"}, times=2, starts=lambda start: start > 0)
    await case.fetch_whole(stream_of(host.url()))
    assert sum(1 for token, _ in host.requests) > 2


async def test_a_long_ban_is_not_waited_for(host: MediaHost, case: Case) -> None:
    host.misbehave("status", status=429, headers={"Retry-After": "86400"})
    with pytest.raises(e.SourceRateLimited) as caught:
        await case.fetch(stream_of(host.url()))
    assert caught.value.retry_after_s == 86400
    assert caught.value.stage == "fetch"


async def test_endless_too_many_requests(host: MediaHost, case: Case) -> None:
    host.misbehave("status", status=429, headers={"Retry-After": "0"}, times=None)
    with pytest.raises(e.SourceRateLimited):
        await case.fetch(stream_of(host.url()))


@pytest.mark.parametrize("sized", [True, False])
async def test_a_server_without_ranges(host: MediaHost, case: Case, sized: bool) -> None:
    host.ranges = False
    host.sized = sized
    await case.fetch_whole(stream_of(host.url()))


async def test_a_server_without_ranges_starts_over_after_a_reset(host: MediaHost, case: Case) -> None:
    host.ranges = False
    host.misdeeds.clear()
    # The first request is the ranged one, whose answer is not read.
    host.misbehave("truncate", after=10 * MIB)
    host.misbehave("truncate", after=MIB)
    await case.fetch_whole(stream_of(host.url()))
    assert len(host.requests) == 3


@pytest.mark.parametrize("content_range", ["bytes 5-99/1000", "bytes 0-99/1000", "nonsense"])
async def test_an_answer_to_another_question(host: MediaHost, case: Case, content_range: str) -> None:
    host.misbehave("truncate", after=MIB)
    host.misbehave("content_range", content_range=content_range, starts=lambda start: start > 0)
    with pytest.raises(e.MediaRefused):
        await case.fetch(stream_of(host.url()))


async def test_a_size_that_differs_from_what_was_extracted_is_the_servers_to_say(host: MediaHost, case: Case) -> None:
    await case.fetch_whole(stream_of(host.url(), size_bytes=12))


async def test_five_redirects_are_followed_and_remembered(host: MediaHost, case: Case) -> None:
    host.misbehave("truncate", after=MIB)
    await case.fetch_whole(stream_of(host.url("5-t", "moved")))
    host.requests.clear()
    with pytest.raises(e.MediaRefused):
        await (await with_settings(case, max_retry=0)).fetch(stream_of(host.url("6-t", "moved")))


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://127.0.0.1/x", "/media/t"])
async def test_only_http_addresses(case: Case, url: str) -> None:
    with pytest.raises(e.MediaRefused):
        await case.fetch(stream_of(url))


async def test_cancelling_closes_the_connections(host: MediaHost, case: Case) -> None:
    host.rate = 100_000
    fetching = asyncio.create_task(case.fetch(stream_of(host.url())))
    await wait_for(lambda: host.active == 8)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    told = len(case.states)
    await wait_for(lambda: host.active == 0)
    assert len(case.states) == told
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("fetch-")]


async def test_a_full_disk(host: MediaHost, case: Case) -> None:
    case.target = Path("/dev/full")
    with pytest.raises(e.DiskFull):
        await case.fetch(stream_of(host.url()))
    await wait_for(lambda: host.active == 0)


async def test_a_folder_that_is_not_there(host: MediaHost, case: Case) -> None:
    case.target = case.target.parent / "missing" / "audio"
    with pytest.raises(e.StorageFailed):
        await case.fetch(stream_of(host.url()))


async def test_this_machine_is_reached_without_the_proxy(host: MediaHost, case: Case) -> None:
    case = await with_settings(case, youtube_proxy="http://127.0.0.1:9")
    await case.fetch_whole(stream_of(host.url()))


async def test_nothing_is_asked_before_the_address_opens(host: MediaHost, case: Case) -> None:
    opens = datetime.now(UTC) + timedelta(seconds=0.3)
    await case.fetch_whole(stream_of(host.url(), available_at=opens))
    assert datetime.now(UTC) >= opens


async def test_progress_is_told_seldom_enough(host: MediaHost, case: Case) -> None:
    host.rate = 2_000_000
    loop = asyncio.get_running_loop()
    moments: list[float] = []
    await case.fetcher.fetch(
        stream_of(host.url()), case.target, renew=case.renew, on_progress=lambda _: moments.append(loop.time())
    )
    # The last one is told whenever it comes.
    gaps = [after - before for before, after in pairwise(moments[:-1])]
    assert gaps
    assert min(gaps) > 0.015
