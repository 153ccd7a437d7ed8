"""`POST …/match/report`: the wrong song goes, the right one comes, and that stays so."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from _local.sandbox.service import Sandbox
from _local.sandbox.youtube import sounds_like
from models.job import JobState
from tests.match.support import Desk, upload_of
from tests.support.house import open_house
from tests.support.wait import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

BAND = "The Quillback Parade"
IMPOSTOR = "wr0ngs0ngXX"


def plant_impostor(sandbox: Sandbox, title: str) -> None:
    """An upload that says in every respect that it is the song, is shown first, and holds another one."""
    right = sandbox.youtube.catalogue.get(upload_of(BAND, title, "album audio"))
    assert right is not None
    sandbox.youtube.catalogue.put(replace(right, video_id=IMPOSTOR, melody="something else", views=90_000_000))
    # The track's ISRC finds the impostor only.
    sandbox.youtube.catalogue.put(replace(right, tags=()))


def add_twin(desk: Desk, track: str) -> str:
    """Another id of the track's recording: same ISRC, same length."""
    twin = "twin" + track[4:]
    desk.sandbox.catalogue.tracks[twin] = {**desk.sandbox.catalogue.tracks[track], "id": twin}
    return twin


async def test_a_wrong_song_is_replaced_and_stays_so_after_a_restart(sandbox: Sandbox, tmp_path: Path) -> None:
    title = "Salt on the Semaphore"
    right = upload_of(BAND, title, "album audio")
    plant_impostor(sandbox, title)
    home = tmp_path / "home"
    async with open_house(sandbox, home) as house:
        desk = Desk(house, sandbox)
        track = desk.named(title)
        path = await desk.saved(track, tmp_path / "wrong.m4a")
        assert await asyncio.to_thread(sounds_like, path, "something else")

        reported = await desk.report(track, reason="  this is\nanother song ")
        assert reported.status == 200
        body = reported.json
        assert (body["outcome"], body["chosen"], body["files"]) == ("pending", None, [])
        assert body["rejected"] == {IMPOSTOR: "reported: this is another song"}
        assert body["runners_up"][0]["video_id"] == IMPOSTOR
        assert body["runners_up"][0]["veto"] == "rejected: reported: this is another song"
        assert not await desk.is_downloaded(track)
        assert (await house.get(f"/media/{track}.m4a")).status == 404

        path = await desk.saved(track, tmp_path / "right.m4a")
        assert await asyncio.to_thread(sounds_like, path, f"{BAND}: {title}")
        assert await desk.is_downloaded(track)

    # Somebody deletes the file as well: the search shows the impostor first again.
    kept = [path for path in home.rglob(f"{track}.m4a") if path.is_file()]
    assert len(kept) == 1
    kept[0].unlink()
    async with open_house(sandbox, home) as house:
        desk = Desk(house, sandbox)
        body = (await desk.match(track)).json
        assert (body["chosen"]["video_id"], list(body["rejected"])) == (right, [IMPOSTOR])
        assert await desk.served(track) == right
        assert await desk.served(track, "opus") == right


async def test_all_formats_go_and_siblings_with_them(desk: Desk) -> None:
    first, twin = desk.named("Paper Lighthouse", 0), desk.named("Paper Lighthouse", 1)
    wrong = await desk.served(first)
    assert await desk.served(first, "opus") == wrong
    assert await desk.served(twin) == wrong
    assert await desk.is_downloaded(twin)
    await desk.report(twin)
    for track in (first, twin):
        body = (await desk.match(track)).json
        assert (body["files"], body["rejected"]) == ([], {wrong: "reported"})
        assert not await desk.is_downloaded(track)
    served = [await desk.served(first), await desk.served(twin, "opus")]
    assert wrong not in served
    assert served[0] == served[1]


async def test_a_sibling_that_nobody_had_asked_for_is_spared_the_wrong_song(desk: Desk) -> None:
    explicit = desk.named("Loud in the Library")
    wrong = await desk.served(explicit)
    await desk.report(explicit)
    assert await desk.served(add_twin(desk, explicit)) != wrong


async def test_a_reported_pin_is_unpinned(desk: Desk) -> None:
    title = "Nine Kinds of Drizzle"
    track, live = desk.named(title), upload_of(BAND, title, "live")
    await desk.pin(track, live)
    assert await desk.served(track) == live
    body = (await desk.report(track)).json
    assert (body["pinned"], body["rejected"]) == (None, {live: "reported"})
    assert await desk.served(track) == upload_of(BAND, title, "album audio")
    # Pinned once more, it is asked for again.
    body = (await desk.pin(track, live)).json
    assert (body["pinned"], body["rejected"]) == (live, {})


async def test_a_report_does_not_take_a_video_from_a_track_it_is_pinned_for(desk: Desk) -> None:
    track = desk.named("Glass Orchard")
    right = await desk.served(track)
    twin = add_twin(desk, track)
    await desk.pin(twin, right)
    assert await desk.served(twin) == right
    await desk.report(track)
    body = (await desk.match(twin)).json
    assert (body["pinned"], body["rejected"]) == (right, {})
    assert await desk.served(twin) == right
    assert await desk.served(track) != right


async def test_without_a_video_there_is_nothing_to_report(desk: Desk) -> None:
    never_asked, refused = desk.named("Tide Tables, Unabridged"), desk.named("Nobody Recorded This")
    await desk.house.download(refused)
    for track in (never_asked, refused):
        answer = await desk.report(track)
        assert (answer.status, answer.json["code"]) == (409, "nothing_to_change")


@pytest.mark.parametrize("body", [[], "text", {"reason": 5}, {"reason": "x" * 301}])
async def test_a_reason_is_a_short_text(desk: Desk, body: Any) -> None:
    path = f"/api/spotify/track/{desk.named('Or')}/match/report"
    answer = await desk.house.get(path, method="POST", json=body)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


async def test_a_report_stops_what_is_being_fetched(desk: Desk) -> None:
    title = "Postcards from Perihelion"
    track, right = desk.named(title), upload_of(BAND, title, "album audio")
    desk.sandbox.youtube.faults.throttle(2_000, video_id=right)
    waiting = asyncio.create_task(desk.house.download(track))
    await wait_for(lambda: any(asked.video_id == right for asked in desk.sandbox.youtube.requests.of("media")))
    assert (await desk.report(track)).json["rejected"] == {right: "reported"}
    answer = await waiting
    assert (answer.status, answer.json["state"]) == (200, "done")
    assert await desk.served(track) != right


async def test_every_process_is_told(desk: Desk) -> None:
    """By the events that all of them hear, so that none answers from what it holds ready."""
    track = desk.named("The Clockmaker's Parrot")
    await desk.served(track)
    broker = desk.house.app.ctx.services.broker
    listeners = broker.stats().listeners
    async with aclosing(broker.events()) as events:
        heard = asyncio.create_task(anext(events))
        await wait_for(lambda: broker.stats().listeners > listeners)
        await desk.report(track)
        event = await asyncio.wait_for(heard, 30)
    assert (event.track_id, event.state) == (track, JobState.DONE)
