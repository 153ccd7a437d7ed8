"""Faults of the line and of the server: repeated within bounds, then called by their names."""

from __future__ import annotations

import asyncio

import pytest

from _local.sandbox.spotify_faults import Fault, How
from models.errors import CatalogError, CatalogFailed, CatalogTimeout, CatalogUnreachable
from tests.support.spotify import catalog_at, sid, stand_in


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_fault_is_repeated(status: int) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/v1/tracks", status=status, times=3))
        assert (await catalog.track(sid("Tr", 0))).name == "Track 0"
        assert spotify.troubles.count("/v1/tracks") == 4
        assert catalog.stats()["repeats"] == 3
        assert catalog.stats()["errors"] == 3


@pytest.mark.parametrize("max_retry", [0, 2])
async def test_repeats_are_bounded(max_retry: int) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify, MAX_RETRY=str(max_retry)) as catalog:
        spotify.troubles.faults.append(Fault("/v1/tracks", status=503, times=None))
        with pytest.raises(CatalogFailed):
            await catalog.track(sid("Tr", 0))
        assert spotify.troubles.count("/v1/tracks") == max_retry + 1


# aiohttp itself repeats a GET once when a kept connection turns out to be closed, hence the even number
@pytest.mark.parametrize(("how", "times"), [("reset", 2), ("truncate", 2)])
async def test_a_broken_connection_is_repeated(how: How, times: int) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/v1/tracks", how=how, times=times))
        assert (await catalog.track(sid("Tr", 0))).name == "Track 0"


@pytest.mark.parametrize("how", ["reset", "truncate"])
async def test_a_connection_that_always_breaks_is_unreachable(how: How) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify, MAX_RETRY="1") as catalog:
        spotify.troubles.faults.append(Fault("/v1/tracks", how=how, times=None))
        with pytest.raises(CatalogUnreachable) as caught:
            await catalog.track(sid("Tr", 0))
        assert caught.value.__cause__ is not None
        assert spotify.url not in caught.value.message


async def test_a_server_that_is_gone_is_unreachable() -> None:
    spotify = stand_in()
    await spotify.start()
    async with catalog_at(spotify, MAX_RETRY="1") as catalog:
        await spotify.stop()
        with pytest.raises(CatalogUnreachable):
            await catalog.track(sid("Tr", 0))


async def test_silence_times_out() -> None:
    async with (
        stand_in(tracks=1) as spotify,
        catalog_at(spotify, SPOTIFY_API_TIMEOUT_MS="200", MAX_RETRY="10") as catalog,
    ):
        await catalog._token.get()
        spotify.troubles.faults.append(Fault("/v1/tracks", how="stall", times=None))
        with pytest.raises(CatalogTimeout):
            await catalog.track(sid("Tr", 0))
        # no repeat starts later than two timeouts after the first, whatever MAX_RETRY allows
        assert spotify.troubles.count("/v1/tracks") <= 3


async def test_the_token_is_repeated_too() -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/api/token", status=502, times=2))
        assert (await catalog.track(sid("Tr", 0))).name == "Track 0"


async def test_calls_are_bounded_side_by_side() -> None:
    async with stand_in(tracks=40) as spotify, catalog_at(spotify, SPOTIFY_CONCURRENCY="5") as catalog:
        spotify.troubles.latency_s = 0.01
        await asyncio.gather(*(catalog.track(sid("Tr", number)) for number in range(40)))
        assert spotify.troubles.peak == 5


async def test_a_cancelled_call_gives_its_slot_back() -> None:
    async with stand_in(tracks=2) as spotify, catalog_at(spotify, SPOTIFY_CONCURRENCY="1") as catalog:
        await catalog.track(sid("Tr", 0))
        spotify.troubles.faults.append(Fault(sid("Tr", 1), how="stall"))
        stuck = asyncio.create_task(catalog.track(sid("Tr", 1)))
        while spotify.troubles.count(sid("Tr", 1)) == 0:
            await asyncio.sleep(0.01)
        stuck.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stuck
        assert (await catalog.track(sid("Tr", 0))).name == "Track 0"


async def test_every_trouble_is_of_the_catalog_family() -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify, MAX_RETRY="0") as catalog:
        for fault in (Fault("/v1", status=500), Fault("/v1", status=403), Fault("/v1", status=200, body="?")):
            spotify.troubles.faults.append(fault)
            with pytest.raises(CatalogError) as caught:
                await catalog.track(sid("Tr", 0))
            assert caught.value.stage == "resolve"
