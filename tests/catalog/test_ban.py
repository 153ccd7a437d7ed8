"""429: short waits are waited for once, long ones stop everybody, on every replica."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from _local.sandbox.spotify_faults import Fault
from models.errors import CatalogRateLimited
from services.cache.memory import MemoryCache
from services.catalog.ban import MAX_BAN_S, SpotifyBan
from services.catalog.transport import DEFAULT_RETRY_AFTER_S
from tests.support.spotify import catalog_at, list_of, sid, stand_in


def too_many(retry_after: str | None, *, pattern: str = "/v1/", times: int | None = 1, skip: int = 0) -> Fault:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(pattern, status=429, body="Too many requests", headers=headers, times=times, skip=skip)


async def test_a_short_wait_is_waited_for_once() -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(too_many("0"))
        assert (await catalog.track(sid("Tr", 0))).name == "Track 0"
        assert catalog.ban.until() is None
        assert catalog.stats()["waits"] == 1


async def test_a_second_short_wait_is_a_ban() -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(too_many("0", times=None))
        with pytest.raises(CatalogRateLimited):
            await catalog.track(sid("Tr", 0))
        assert spotify.troubles.count("/v1/") == 2
        assert catalog.ban.until() is not None


@pytest.mark.parametrize("seconds", ["3", "300", "86400"])
async def test_a_long_wait_stops_every_call_at_once(seconds: str) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(too_many(seconds))
        with pytest.raises(CatalogRateLimited) as caught:
            await catalog.track(sid("Tr", 0))
        assert caught.value.retry_after_s == pytest.approx(float(seconds), abs=2)
        until = catalog.ban.until()
        assert until is not None
        assert until.tzinfo is UTC
        asked = len(spotify.troubles.requests)
        for call in (catalog.track, catalog.album, catalog.playlist, catalog.artist):
            with pytest.raises(CatalogRateLimited) as again:
                await call(sid("Xx", 0))
            assert again.value.retry_after_s is not None
            assert 0 < again.value.retry_after_s <= float(seconds)
        assert len(spotify.troubles.requests) == asked
        assert catalog.stats()["bans"] == 1


async def test_calls_that_queued_for_a_slot_stop_too() -> None:
    async with stand_in(tracks=30) as spotify, catalog_at(spotify, SPOTIFY_CONCURRENCY="2") as catalog:
        await catalog.track(sid("Tr", 0))
        spotify.troubles.faults.append(too_many("300", times=None))
        answers = await asyncio.gather(
            *(catalog.track(sid("Tr", number)) for number in range(30)), return_exceptions=True
        )
        assert {type(answer) for answer in answers} == {CatalogRateLimited}
        assert spotify.troubles.count("/v1/") <= 1 + 2


@pytest.mark.parametrize("header", [None, "soon", ""])
async def test_without_retry_after_the_ban_is_modest(header: str | None) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(too_many(header))
        with pytest.raises(CatalogRateLimited) as caught:
            await catalog.track(sid("Tr", 0))
        assert caught.value.retry_after_s == pytest.approx(DEFAULT_RETRY_AFTER_S, abs=2)


async def test_retry_after_may_be_a_date() -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        when = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        spotify.troubles.faults.append(too_many(when))
        with pytest.raises(CatalogRateLimited) as caught:
            await catalog.track(sid("Tr", 0))
        assert 3000 < (caught.value.retry_after_s or 0) <= 3600


async def test_the_token_address_bans_as_well() -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(too_many("60", pattern="/api/token"))
        for _ in range(2):
            with pytest.raises(CatalogRateLimited):
                await catalog.track(sid("Tr", 0))
        assert len(spotify.troubles.requests) == 1


async def test_a_ban_amid_a_list_leaves_it_incomplete() -> None:
    async with list_of(350) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(too_many("300", pattern="offset=300", times=None))
        playlist = await catalog.playlist(sid("Pl", 1))
        assert playlist.complete is False
        assert playlist.total == 350
        assert [item.position for item in playlist.items] == list(range(300))


async def test_replicas_share_the_ban() -> None:
    shared = MemoryCache(1 << 20)
    async with (
        stand_in(tracks=1) as spotify,
        catalog_at(spotify, cache=shared) as one,
        catalog_at(spotify, cache=shared) as other,
        catalog_at(spotify) as stranger,
    ):
        await other.track(sid("Tr", 0))
        spotify.troubles.faults.append(too_many("300"))
        with pytest.raises(CatalogRateLimited):
            await one.track(sid("Tr", 0))
        asked = len(spotify.troubles.requests)
        with pytest.raises(CatalogRateLimited) as caught:
            await other.track(sid("Tr", 0))
        assert 200 < (caught.value.retry_after_s or 0) <= 300
        assert other.ban.until() is not None
        assert len(spotify.troubles.requests) == asked
        await stranger.track(sid("Tr", 0))


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_ban_ends_by_itself() -> None:
    clock = Clock()
    ban = SpotifyBan(cache=MemoryCache(1 << 20, clock=clock), clock=clock)
    await ban.check()
    assert await ban.start(60) == 60
    assert ban.until() == datetime.fromtimestamp(clock.now + 60, UTC)
    clock.now += 59
    with pytest.raises(CatalogRateLimited):
        await ban.check()
    clock.now += 1
    await ban.check()
    assert ban.until() is None


async def test_a_longer_ban_stays_and_none_is_endless() -> None:
    clock = Clock()
    ban = SpotifyBan(clock=clock)
    assert await ban.start(600) == 600
    assert await ban.start(5) == 600
    assert await ban.start(10 * MAX_BAN_S) == MAX_BAN_S
    assert ban.count == 2


@pytest.mark.parametrize("value", [b"rubbish", b"", b"inf", b"nan", b"1e300"])
async def test_an_unreadable_shared_ban_is_no_endless_ban(value: bytes) -> None:
    clock = Clock()
    cache = MemoryCache(1 << 20)
    await cache.set("spotify:ban", value, 60)
    ban = SpotifyBan(cache=cache, clock=clock)
    with suppress(CatalogRateLimited):
        await ban.check()
    clock.now += MAX_BAN_S
    assert ban.until() is None
    await cache.set("spotify:ban", repr(clock.now + 60).encode(), 60)
    with pytest.raises(CatalogRateLimited):
        await ban.check()
