"""`GET /api/downloads/{job_id}/events`: the same frames as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from services.progress import ProgressHub
from tests.progress.conftest import NewRun
from tests.progress.serving import serving
from tests.support.progress import job, track
from tests.support.wait import wait_for


@dataclass
class Event:
    fields: dict[str, str]
    comments: list[str]

    @property
    def data(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.fields["data"])
        return body


class Stream:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def event(self) -> Event | None:
        """The next block; `None` at the end of the stream."""
        event = Event({}, [])
        while line := await self.response.content.readline():
            text = line.decode().rstrip("\n")
            if not text:
                return event
            name, _, value = text.partition(": ")
            if name:
                event.fields[name] = value
            else:
                event.comments.append(value)
        return None


@asynccontextmanager
async def opened(url: str, headers: dict[str, str] | None = None) -> AsyncIterator[Stream]:
    timeout = aiohttp.ClientTimeout(sock_read=30)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, headers=headers) as response:
        yield Stream(response)


async def test_a_download_from_start_to_end(hub: ProgressHub, new_run: NewRun) -> None:
    run = new_run(1)
    begun = await run.begin()
    async with serving(hub) as base_url, opened(f"{base_url}/api/downloads/{job(1)}/events") as stream:
        assert stream.response.status == 200
        assert stream.response.content_type == "text/event-stream"
        hint = await stream.event()
        assert hint is not None
        assert hint.fields == {"retry": "2000"}
        snapshot = await stream.event()
        assert snapshot is not None
        assert (snapshot.fields["event"], snapshot.fields["id"]) == ("snapshot", str(begun.seq))
        step = await run.advance(40)
        change = await stream.event()
        assert change is not None
        assert (change.fields["event"], change.fields["id"]) == ("progress", str(step.seq))
        assert change.data["percent"] == 40
        done = await run.finish()
        end = await stream.event()
        assert end is not None
        assert (end.fields["event"], end.fields["id"]) == ("end", str(done.seq))
        assert end.data["download_cdn"] == f"{base_url}/media/{track(1)}.m4a"
        assert await stream.event() is None
    assert hub.stats().readers == 0


async def test_coming_back_with_the_last_event_id(hub: ProgressHub, new_run: NewRun) -> None:
    run = new_run(1)
    begun = await run.begin()
    async with serving(hub) as base_url:
        url = f"{base_url}/api/downloads/{job(1)}/events"
        async with opened(url, {"Last-Event-ID": str(begun.seq)}) as stream:
            await stream.event()
            await wait_for(lambda: hub.stats().jobs_watched == 1)
            step = await run.advance(10)
            change = await stream.event()
            assert change is not None
            assert (change.fields["event"], change.fields["id"]) == ("progress", str(step.seq))
        await run.advance(20)
        async with opened(f"{url}?since={step.seq}") as stream:
            await stream.event()
            snapshot = await stream.event()
            assert snapshot is not None
            assert (snapshot.fields["event"], snapshot.data["percent"]) == ("snapshot", 20)


async def test_after_the_end_a_browser_stays_away(hub: ProgressHub, new_run: NewRun) -> None:
    run = new_run(1)
    await run.begin()
    done = await run.finish()
    async with serving(hub) as base_url:
        url = f"{base_url}/api/downloads/{job(1)}/events"
        async with opened(url) as stream:
            await stream.event()
            snapshot, end = await stream.event(), await stream.event()
            assert snapshot is not None
            assert end is not None
            assert (snapshot.fields["event"], end.fields["event"]) == ("snapshot", "end")
            assert "id" not in snapshot.fields, "who hears the snapshot only must be told the end on coming back"
            assert end.fields["id"] == str(done.seq)
        async with opened(url, {"Last-Event-ID": str(done.seq)}) as stream:
            assert stream.response.status == 204
        async with opened(f"{url}?since={done.seq}") as stream:
            await stream.event()
            end = await stream.event()
            assert end is not None
            assert end.fields["event"] == "end"


async def test_silence_is_broken_by_comments(hub: ProgressHub, new_run: NewRun) -> None:
    await new_run(1).begin()
    async with (
        serving(hub, progress_ping_ms=100) as base_url,
        opened(f"{base_url}/api/downloads/{job(1)}/events") as stream,
    ):
        await stream.event()
        await stream.event()
        ping = await stream.event()
        assert ping is not None
        assert (ping.fields, ping.comments) == ({}, ["ping"])


@pytest.mark.parametrize("wanted", [job(404), "a%20b"])
async def test_an_unknown_job_is_a_404(hub: ProgressHub, wanted: str) -> None:
    async with serving(hub) as base_url, opened(f"{base_url}/api/downloads/{wanted}/events") as stream:
        assert stream.response.status == 404
        assert stream.response.content_type == "application/problem+json"
        assert (await stream.response.json(content_type=None))["code"] == "job_not_found"
    assert hub.stats().readers == 0


async def test_a_bad_since_is_a_400(hub: ProgressHub, new_run: NewRun) -> None:
    await new_run(1).begin()
    async with serving(hub) as base_url, opened(f"{base_url}/api/downloads/{job(1)}/events?since=soon") as stream:
        assert stream.response.status == 400


async def test_a_client_that_leaves_is_forgotten(hub: ProgressHub, new_run: NewRun) -> None:
    await new_run(1).begin()
    async with serving(hub) as base_url:
        async with opened(f"{base_url}/api/downloads/{job(1)}/events") as stream:
            await stream.event()
            await stream.event()
            assert hub.stats().readers == 1
        await wait_for(lambda: hub.stats().readers == 0)
        assert hub.stats().jobs_watched == 0


async def test_a_stopping_server_ends_the_stream(hub: ProgressHub, new_run: NewRun) -> None:
    await new_run(1).begin()
    async with serving(hub) as base_url, opened(f"{base_url}/api/downloads/{job(1)}/events") as stream:
        await stream.event()
        await stream.event()
        await hub.close()
        assert await stream.event() is None
