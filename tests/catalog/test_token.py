"""The token: fetched once however many wait, renewed early, refreshed once after a 401."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from _local.sandbox.spotify import SpotifyStandIn
from _local.sandbox.spotify_faults import Fault
from models.errors import CatalogCredentialsRejected, CatalogFailed, CatalogMalformed
from models.settings import Settings
from services.catalog.ban import SpotifyBan
from services.catalog.spotify import SpotifyCatalog
from services.catalog.token import TokenProvider
from services.catalog.transport import Transport
from services.http import open_session
from tests.support.spotify import catalog_at, sid, stand_in
from tests.support.wait import wait_for


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def provider_at(
    spotify: SpotifyStandIn, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[TokenProvider]:
    async with open_session() as http:
        transport = Transport(http=http, ban=SpotifyBan(), timeout_s=30, max_retry=0, concurrency=4)
        provider = TokenProvider(
            transport=transport,
            url=f"{spotify.url}/api/token",
            client_id="sandbox-id",
            client_secret="sandbox-secret",
            clock=clock,
        )
        try:
            yield provider
        finally:
            await provider.close()


def fetches(spotify: SpotifyStandIn) -> int:
    return spotify.troubles.count("POST /api/token")


async def test_one_fetch_serves_all_that_wait() -> None:
    async with stand_in(tracks=20) as spotify, catalog_at(spotify) as catalog:
        await asyncio.gather(*(catalog.track(sid("Tr", number)) for number in range(20)))
        assert fetches(spotify) == 1
        await catalog.track(sid("Tr", 0))
        assert fetches(spotify) == 1
        assert catalog.stats()["token_fetches"] == 1


async def test_the_first_waiter_may_leave() -> None:
    async with stand_in() as spotify, provider_at(spotify) as provider:
        spotify.troubles.hold = re.compile("/api/token")
        first = asyncio.create_task(provider.get())
        await wait_for(lambda: spotify.troubles.held)
        others = [asyncio.create_task(provider.get()) for _ in range(5)]
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        spotify.troubles.release()
        assert len(set(await asyncio.gather(*others))) == 1
        assert fetches(spotify) == 1


async def test_a_failed_fetch_reaches_all_that_wait_and_the_next_tries_again() -> None:
    async with stand_in() as spotify, provider_at(spotify) as provider:
        spotify.troubles.faults.append(Fault("/api/token", status=503))
        answers = await asyncio.gather(*(provider.get() for _ in range(5)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {CatalogFailed}
        assert fetches(spotify) == 1
        assert await provider.get()


async def test_a_token_is_renewed_before_it_ends_while_the_old_one_serves() -> None:
    clock = Clock()
    async with stand_in() as spotify, provider_at(spotify, clock) as provider:
        old = await provider.get()
        clock.now += 3299
        assert await provider.get() == old
        assert fetches(spotify) == 1
        clock.now += 2
        spotify.troubles.hold = re.compile("/api/token")
        assert [await provider.get() for _ in range(3)] == [old] * 3
        await wait_for(lambda: spotify.troubles.held)
        spotify.troubles.release()
        await wait_for(lambda: _differs(provider, old))
        assert fetches(spotify) == 2


async def _differs(provider: TokenProvider, old: str) -> bool:
    return await provider.get() != old


async def test_an_early_renewal_that_fails_is_tried_later_while_the_old_token_serves() -> None:
    clock = Clock()
    async with stand_in() as spotify, provider_at(spotify, clock) as provider:
        old = await provider.get()
        spotify.troubles.faults.append(Fault("/api/token", status=503))
        clock.now += 3301
        assert await provider.get() == old
        await wait_for(lambda: fetches(spotify) == 2 and provider._fetch is None)
        assert await provider.get() == old
        assert fetches(spotify) == 2
        clock.now += 11
        assert await provider.get() == old
        await wait_for(lambda: _differs(provider, old))


async def test_a_token_that_is_over_is_not_used() -> None:
    clock = Clock()
    async with stand_in() as spotify, provider_at(spotify, clock) as provider:
        old = await provider.get()
        clock.now += 3600
        assert await provider.get() != old


@pytest.mark.parametrize("life", ["", ', "expires_in": null', ', "expires_in": "soon"', ', "expires_in": -1'])
async def test_a_token_without_a_life_is_trusted_for_the_usual_hour(life: str) -> None:
    async with stand_in() as spotify, provider_at(spotify) as provider:
        spotify.troubles.faults.append(Fault("/api/token", status=200, body=f'{{"access_token": "t"{life}}}'))
        assert await provider.get() == "t"
        assert await provider.get() == "t"
        assert fetches(spotify) == 1


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"access_token": 7}', '{"access_token": ""}', "<html>"])
async def test_a_token_answer_without_token_is_malformed(body: str) -> None:
    async with stand_in() as spotify, provider_at(spotify) as provider:
        spotify.troubles.faults.append(Fault("/api/token", status=200, body=body))
        with pytest.raises(CatalogMalformed):
            await provider.get()


async def test_half_a_token_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with stand_in() as spotify, provider_at(spotify) as provider:
        spotify.troubles.faults.append(Fault("/api/token", status=200, body='{"access_token": "s3cret'))
        with caplog.at_level(logging.DEBUG), pytest.raises(CatalogMalformed):
            await provider.get()
        assert any(record.message == "spotify_token_failed" for record in caplog.records)
        assert "s3cret" not in "".join(str(vars(record)) for record in caplog.records)


async def test_an_expired_token_is_refreshed_once_and_the_call_repeated() -> None:
    async with stand_in(tracks=8) as spotify, catalog_at(spotify) as catalog:
        await catalog.track(sid("Tr", 0))
        spotify.expire_tokens()
        tracks = await asyncio.gather(*(catalog.track(sid("Tr", number)) for number in range(8)))
        assert [track.name for track in tracks] == [f"Track {number}" for number in range(8)]
        assert fetches(spotify) == 2


async def test_401_for_ever_is_rejected_credentials() -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/v1/tracks", status=401, body="", times=None))
        with pytest.raises(CatalogCredentialsRejected):
            await catalog.track(sid("Tr", 0))
        assert (fetches(spotify), spotify.troubles.count("/v1/tracks")) == (2, 2)


@pytest.mark.parametrize("name", ["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"])
async def test_wrong_credentials_are_rejected(name: str, caplog: pytest.LogCaptureFixture) -> None:
    async with stand_in(tracks=1) as spotify, catalog_at(spotify, **{name: "wrong-s3cret"}) as catalog:
        with caplog.at_level(logging.DEBUG), pytest.raises(CatalogCredentialsRejected):
            await catalog.track(sid("Tr", 0))
        assert fetches(spotify) == 1
        assert "s3cret" not in caplog.text + "".join(str(vars(record)) for record in caplog.records)


async def test_without_credentials_it_says_so_and_asks_nobody() -> None:
    async with stand_in(tracks=1) as spotify, open_session() as http:
        named = {key: value for key, value in spotify.settings().items() if "CLIENT" not in key}
        catalog = SpotifyCatalog(http=http, settings=Settings.from_env(named), cache=None)
        with pytest.raises(CatalogCredentialsRejected, match="SPOTIFY_CLIENT_ID"):
            await catalog.track(sid("Tr", 0))
        await catalog.close()
        assert spotify.troubles.requests == []


async def test_closing_ends_a_fetch_that_runs() -> None:
    async with stand_in() as spotify, provider_at(spotify) as provider:
        spotify.troubles.faults.append(Fault("/api/token", how="stall"))
        waiter = asyncio.create_task(provider.get())
        await wait_for(lambda: spotify.troubles.requests)
        await provider.close()
        with pytest.raises(asyncio.CancelledError):
            await waiter
