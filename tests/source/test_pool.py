"""Child processes: kept warm, killed with all they started, replaced, gone at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from models.errors import ServerStopping, SourceFailed, SourceTimeout
from models.match import QueryKind, Shelf
from models.settings import Settings
from services.source.pool import ChildPool
from services.source.search import YouTubeSearch
from tests.support.process import is_alive
from tests.support.wait import wait_for


class SilentProxy:
    """Accepts connections and never answers: whoever asks hangs."""

    def __init__(self) -> None:
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> SilentProxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self.connections += 1


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[SilentProxy]:
    async with SilentProxy() as running:
        yield running


def settings(proxy: SilentProxy, home: Path, **more: Any) -> Settings:
    return Settings(**{"youtube_proxy": proxy.url, "music_dl_home": home, "max_retry": 0, **more})


def hang(pool: ChildPool, timeout_s: float = 120) -> asyncio.Task[Any]:
    return asyncio.create_task(pool.ask("youtube", stage="search", timeout_s=timeout_s, query="q", limit=3))


async def ended(*pids: int) -> None:
    await wait_for(lambda: not any(is_alive(pid) for pid in pids))


async def test_one_child_is_kept_warm_and_none_outlives_the_pool(proxy: SilentProxy, tmp_path: Path) -> None:
    pool = ChildPool(settings=settings(proxy, tmp_path), size=3)
    await pool.start()
    [first] = pool.pids
    assert is_alive(first)
    versions = pool.versions()
    assert versions["yt_dlp"]
    assert versions["yt_dlp_age_days"] >= 0
    assert versions["ytmusicapi"]
    await pool.aclose()
    assert pool.pids == frozenset()
    assert not is_alive(first)


async def test_cancelling_kills_the_child_and_it_is_replaced(proxy: SilentProxy, tmp_path: Path) -> None:
    pool = ChildPool(settings=settings(proxy, tmp_path), size=2)
    await pool.start()
    [first] = pool.pids
    asking = hang(pool)
    await wait_for(lambda: proxy.connections == 1)
    assert pool.pids == {first}
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await ended(first)
    await wait_for(lambda: pool.pids and first not in pool.pids)
    again = hang(pool)
    await wait_for(lambda: proxy.connections == 2)
    again.cancel()
    await asyncio.wait([again])
    await pool.aclose()


async def test_a_late_answer_costs_the_child_its_life(proxy: SilentProxy, tmp_path: Path) -> None:
    pool = ChildPool(settings=settings(proxy, tmp_path, search_timeout_ms=300), size=1)
    await pool.start()
    [first] = pool.pids
    search = YouTubeSearch(pool=pool, settings=settings(proxy, tmp_path, search_timeout_ms=300))
    with pytest.raises(SourceTimeout) as caught:
        await search.search("q", Shelf.SONGS, QueryKind.TITLE, 5)
    assert caught.value.stage == "search"
    await ended(first)
    await pool.aclose()


async def test_a_child_that_dies_is_a_passing_fault(proxy: SilentProxy, tmp_path: Path) -> None:
    pool = ChildPool(settings=settings(proxy, tmp_path), size=1)
    await pool.start()
    [first] = pool.pids
    asking = hang(pool)
    await wait_for(lambda: proxy.connections == 1)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(SourceFailed) as caught:
        await asking
    assert caught.value.retryable
    assert caught.value.stage == "search"
    await wait_for(lambda: pool.pids and first not in pool.pids)
    await pool.aclose()


async def test_closing_ends_what_is_under_way(proxy: SilentProxy, tmp_path: Path) -> None:
    pool = ChildPool(settings=settings(proxy, tmp_path), size=2)
    await pool.start()
    asking = [hang(pool), hang(pool), hang(pool)]
    await wait_for(lambda: proxy.connections == 2)
    pids = pool.pids
    assert len(pids) == 2
    await pool.aclose()
    for task in asking:
        with pytest.raises(ServerStopping):
            await task
    assert not any(is_alive(pid) for pid in pids)


async def test_children_beyond_the_warm_one_end_when_idle(proxy: SilentProxy, tmp_path: Path) -> None:
    options = {"socket_timeout": 0.2, "extractor_retries": 0}
    pool = ChildPool(settings=settings(proxy, tmp_path, ytdlp_options=options), size=3, idle_s=0.1)
    await pool.start()
    await asyncio.wait([hang(pool) for _ in range(3)])
    await wait_for(lambda: len(pool.pids) == 1)
    await pool.aclose()


async def test_a_child_is_retired_after_so_many_requests(proxy: SilentProxy, tmp_path: Path) -> None:
    options = {"socket_timeout": 0.2, "extractor_retries": 0}
    pool = ChildPool(settings=settings(proxy, tmp_path, ytdlp_options=options), size=1, requests_per_child=2)
    await pool.start()
    [first] = pool.pids
    await asyncio.wait([hang(pool)])
    assert pool.pids == {first}
    await asyncio.wait([hang(pool)])
    await ended(first)
    await pool.aclose()


async def test_a_child_whose_asker_left_before_it_came_up_is_kept(proxy: SilentProxy, tmp_path: Path) -> None:
    pool = ChildPool(settings=settings(proxy, tmp_path), size=2, warm=0)
    await pool.start()
    assert not pool.pids
    asking = hang(pool)
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    await wait_for(lambda: len(pool.pids) == 1)
    [child] = pool.pids
    again = hang(pool)
    await wait_for(lambda: proxy.connections == 1)
    assert pool.pids == {child}
    await pool.aclose()
    with pytest.raises(ServerStopping):
        await again


async def test_options_that_yt_dlp_does_not_take_fail_the_request_and_no_child_is_left(
    proxy: SilentProxy, tmp_path: Path
) -> None:
    pool = ChildPool(settings=settings(proxy, tmp_path, ytdlp_options={"js_runtimes": "nonsense"}), size=1)
    await pool.start()
    await wait_for(lambda: not pool.pids)
    with pytest.raises(SourceFailed):
        await hang(pool)
    await pool.aclose()


IMPORTS = """
import sys
import services.source.search, services.source.extract, services.source.fetch, services.source.pool
assert not {"yt_dlp", "ytmusicapi", "requests"} & set(sys.modules), "loaded in the server"
"""


async def test_the_server_does_not_load_the_libraries() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", IMPORTS, cwd=Path(__file__).parents[2])
    assert await process.wait() == 0


OWNER = """
import asyncio, sys
from pathlib import Path
from models.settings import Settings
from services.source.pool import ChildPool

async def main():
    settings = Settings(youtube_proxy=sys.argv[1], music_dl_home=Path(sys.argv[2]), max_retry=0)
    pool = ChildPool(settings=settings, size=2)
    await pool.start()
    asking = [asyncio.create_task(pool.ask("youtube", stage="search", timeout_s=99, query="q", limit=3))]
    while len(pool.pids) < 1:
        await asyncio.sleep(0.01)
    print(*pool.pids, flush=True)
    await asyncio.wait(asking)

asyncio.run(main())
"""


async def test_children_die_with_the_server_even_when_it_is_killed(proxy: SilentProxy, tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, proxy.url, str(tmp_path), stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert owner.stdout is not None
    pids = [int(pid) for pid in (await owner.stdout.readline()).split()]
    # One of them is busy with a request that never ends.
    await wait_for(lambda: proxy.connections == 1)
    owner.kill()
    await owner.wait()
    assert pids
    await ended(*pids)
