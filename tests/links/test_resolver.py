"""Short links, followed over real sockets to a stand-in, and never anywhere else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from _local.sandbox.spotify import SpotifyStandIn
from _local.sandbox.spotify_faults import Fault
from models.errors import (
    CatalogFailed,
    CatalogRateLimited,
    CatalogRefused,
    CatalogTimeout,
    CatalogUnreachable,
    InvalidLink,
    LinkNotFound,
    PodcastLink,
)
from models.links import SpotifyRef
from models.music import Kind
from services.http import open_session
from services.links import MAX_HOPS, MAX_PAGE_BYTES, LinkResolver
from tests.support.spotify import stand_in

ID = "6rqhFgbbKwnb9MLmUQDhG6"
TRACK = SpotifyRef(Kind.TRACK, ID)  # type: ignore[arg-type]
LINK = f"https://open.spotify.com/track/{ID}?si=1"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as session:
        yield session


@pytest.fixture
async def spotify() -> AsyncIterator[SpotifyStandIn]:
    async with stand_in(short_links={"abc": LINK}) as running:
        yield running


@pytest.fixture
def resolver(http: aiohttp.ClientSession, spotify: SpotifyStandIn) -> LinkResolver:
    return LinkResolver(http=http, public_host=spotify.url, timeout_s=30)


def scripted(spotify: SpotifyStandIn, token: str, body: str = "", status: int = 200, **headers: str) -> None:
    """Makes `/token` answer this."""
    spotify.troubles.faults.append(
        Fault(rf"GET /{token}$", status=status, body=body, headers=headers, content_type="text/html", times=None)
    )


def hosts_asked(spotify: SpotifyStandIn) -> list[str]:
    return [seen.path for seen in spotify.troubles.requests]


async def test_a_full_link_asks_nobody(resolver: LinkResolver, spotify: SpotifyStandIn) -> None:
    assert await resolver.resolve(LINK) == TRACK
    assert hosts_asked(spotify) == []


@pytest.mark.parametrize("link", ["https://spotify.link/abc", "spotify.app.link/abc", "https://open.spotify.com/s/abc"])
async def test_short_links_are_resolved(resolver: LinkResolver, spotify: SpotifyStandIn, link: str) -> None:
    assert await resolver.resolve(f"hear this {link}, please") == TRACK
    assert len(hosts_asked(spotify)) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_redirect_status_is_followed(resolver: LinkResolver, spotify: SpotifyStandIn, status: int) -> None:
    scripted(spotify, "one", status=status, Location="https://spotify.app.link/two")
    scripted(spotify, "two", status=status, Location="/three")
    scripted(spotify, "three", status=status, Location=f"spotify:track:{ID}")
    assert await resolver.resolve("https://spotify.link/one") == TRACK
    assert hosts_asked(spotify) == ["/one", "/two", "/three"]


async def test_a_redirect_to_the_stand_in_itself_counts_as_spotify(
    resolver: LinkResolver, spotify: SpotifyStandIn
) -> None:
    scripted(spotify, "one", status=302, Location=f"{spotify.url}/intl-de/track/{ID}")
    assert await resolver.resolve("https://spotify.link/one") == TRACK


@pytest.mark.parametrize(
    "page",
    [
        f'<link rel="canonical" href="https://open.spotify.com/track/{ID}"/>',
        f'<meta property="og:url" content="https://open.spotify.com/intl-de/track/{ID}?si=1&amp;x=2">',
        f'<meta http-equiv="refresh" content="0; url=https://open.spotify.com/track/{ID}">',
        f'<script>window.location = "https:\\/\\/open.spotify.com\\/track\\/{ID}";</script>',
        f'<script>window.top.location = validate("spotify:track:{ID}");</script>',
        f'<a href="intent:#x;S.url=https%3A%2F%2Fopen.spotify.com%2Ftrack%2F{ID}">Open</a>',
        f"<script>var x = {json.dumps({'url': LINK})}</script>",
        # what the page stands for comes before what else it mentions
        f'<a href="https://open.spotify.com/artist/{"0" * 22}"></a><link rel="canonical" href="{LINK}">',
        # its own short address is not where it leads
        f'<meta property="og:url" content="https://spotify.link/one"><script>location="{LINK}"</script>',
        f"<!-- {'x' * (MAX_PAGE_BYTES - 1000)} --> {LINK} ",
    ],
)
async def test_pages_that_redirect_by_script_are_read(
    resolver: LinkResolver, spotify: SpotifyStandIn, page: str
) -> None:
    scripted(spotify, "one", f"<html><head>{page}</head></html>")
    assert await resolver.resolve("https://spotify.link/one") == TRACK


async def test_a_page_may_lead_to_another_short_link(resolver: LinkResolver, spotify: SpotifyStandIn) -> None:
    scripted(spotify, "one", '<script>location.href="https://spotify.app.link/abc"</script>')
    assert await resolver.resolve("https://spotify.link/one") == TRACK
    assert hosts_asked(spotify) == ["/one", "/abc"]


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/track/" + ID,
        f"https://open.spotify.com.evil.example/track/{ID}",
        f"https://open.spotify.com@evil.example/track/{ID}",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
        "//evil.example/abc",
        "https://open.spotify.com/",
        "https://open.spotify.com/download",
        "http://[broken",
    ],
)
async def test_a_redirect_elsewhere_is_not_followed(
    resolver: LinkResolver, spotify: SpotifyStandIn, target: str
) -> None:
    scripted(spotify, "one", status=302, Location=target)
    with pytest.raises(LinkNotFound):
        await resolver.resolve("https://spotify.link/one")
    assert hosts_asked(spotify) == ["/one"]


async def test_another_server_on_this_machine_is_never_asked(http: aiohttp.ClientSession) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text=LINK)

    app = web.Application()
    app.router.add_get("/{path}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    other = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with stand_in() as spotify:
            resolver = LinkResolver(http=http, public_host=spotify.url, timeout_s=30)
            scripted(spotify, "one", status=302, Location=f"{other}/abc")
            scripted(spotify, "two", f'<meta http-equiv="refresh" content="0;url={other}/abc">')
            for link in ("https://spotify.link/one", "https://spotify.link/two"):
                with pytest.raises(LinkNotFound):
                    await resolver.resolve(link)
            with pytest.raises(InvalidLink):
                await resolver.resolve(f"{other}/abc")
    finally:
        await runner.cleanup()
    assert asked == []


@pytest.mark.parametrize("status", [200, 204, 302, 400, 404, 410])
async def test_an_answer_without_a_link_is_not_found(
    resolver: LinkResolver, spotify: SpotifyStandIn, status: int
) -> None:
    scripted(spotify, "one", "<html>nothing here</html>" if status != 204 else "", status=status)
    with pytest.raises(LinkNotFound):
        await resolver.resolve("https://spotify.link/one")


async def test_an_unknown_token_is_not_found(resolver: LinkResolver) -> None:
    for link in ("https://spotify.link/nope", "https://open.spotify.com/s/nope"):
        with pytest.raises(LinkNotFound):
            await resolver.resolve(link)


async def test_a_link_beyond_the_bound_is_not_read(resolver: LinkResolver, spotify: SpotifyStandIn) -> None:
    scripted(spotify, "one", f"<!-- {'x' * MAX_PAGE_BYTES} --> {LINK}")
    with pytest.raises(LinkNotFound):
        await resolver.resolve("https://spotify.link/one")


async def test_circles_end(resolver: LinkResolver, spotify: SpotifyStandIn) -> None:
    scripted(spotify, "one", status=302, Location="https://spotify.link/two")
    scripted(spotify, "two", status=302, Location="https://spotify.link/one")
    with pytest.raises(LinkNotFound):
        await resolver.resolve("https://spotify.link/one")
    assert hosts_asked(spotify) == ["/one", "/two"]


async def test_hops_are_bounded(resolver: LinkResolver, spotify: SpotifyStandIn) -> None:
    for hop in range(MAX_HOPS + 1):
        scripted(spotify, f"hop{hop}", status=302, Location=f"https://spotify.link/hop{hop + 1}")
    scripted(spotify, f"hop{MAX_HOPS + 1}", status=302, Location=LINK)
    with pytest.raises(LinkNotFound):
        await resolver.resolve("https://spotify.link/hop0")
    assert len(hosts_asked(spotify)) == MAX_HOPS
    assert await resolver.resolve("https://spotify.link/hop2") == TRACK


@pytest.mark.parametrize("how", ["redirect", "page"])
async def test_podcasts_behind_short_links_are_named(resolver: LinkResolver, spotify: SpotifyStandIn, how: str) -> None:
    link = f"https://open.spotify.com/episode/{ID}"
    if how == "redirect":
        scripted(spotify, "one", status=302, Location=link)
    else:
        scripted(spotify, "one", f'<link rel="canonical" href="{link}">')
    with pytest.raises(PodcastLink):
        await resolver.resolve("https://spotify.link/one")


async def test_troubles_of_the_host_are_not_a_missing_link(resolver: LinkResolver, spotify: SpotifyStandIn) -> None:
    scripted(spotify, "broken", status=503)
    scripted(spotify, "refused", status=403)
    scripted(spotify, "busy", "Too many requests", 429, **{"Retry-After": "17"})
    spotify.troubles.faults.append(Fault("GET /reset", how="reset", times=None))
    with pytest.raises(CatalogFailed):
        await resolver.resolve("https://spotify.link/broken")
    with pytest.raises(CatalogRefused):
        await resolver.resolve("https://spotify.link/refused")
    with pytest.raises(CatalogRateLimited) as caught:
        await resolver.resolve("https://spotify.link/busy")
    assert caught.value.retry_after_s == 17
    with pytest.raises(CatalogUnreachable):
        await resolver.resolve("https://spotify.link/reset")


async def test_a_silent_host_times_out(http: aiohttp.ClientSession, spotify: SpotifyStandIn) -> None:
    spotify.troubles.faults.append(Fault("GET /abc", how="stall", times=None))
    resolver = LinkResolver(http=http, public_host=spotify.url, timeout_s=0.2)
    with pytest.raises(CatalogTimeout):
        await resolver.resolve("https://spotify.link/abc")


async def test_a_host_that_is_gone_is_unreachable(http: aiohttp.ClientSession) -> None:
    spotify = stand_in()
    await spotify.start()
    await spotify.stop()
    resolver = LinkResolver(http=http, public_host=spotify.url, timeout_s=30)
    with pytest.raises(CatalogUnreachable):
        await resolver.resolve("https://spotify.link/abc")


async def test_the_public_host_keeps_its_own_path(http: aiohttp.ClientSession, spotify: SpotifyStandIn) -> None:
    resolver = LinkResolver(http=http, public_host=f"{spotify.url}/s/", timeout_s=30)
    assert await resolver.resolve("https://spotify.link/abc") == TRACK
    assert hosts_asked(spotify) == ["/s/abc"]


async def test_resolving_can_be_cancelled(resolver: LinkResolver, spotify: SpotifyStandIn) -> None:
    spotify.troubles.faults.append(Fault("GET /abc", how="stall", times=None))
    task = asyncio.create_task(resolver.resolve("https://spotify.link/abc"))
    while not spotify.troubles.requests:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
