"""`WS /ws/progress` as a client sees it."""

from __future__ import annotations

from typing import Any

import pytest

from models.job import JobState
from services.broker.memory import MemoryBroker
from services.progress import ProgressHub
from services.store.jobs import MongoJobStore
from tests.progress.conftest import NewRun
from tests.progress.serving import connected, serving
from tests.support.progress import event, job, track
from tests.support.wait import wait_for

KEYS = {
    "type",
    "job_id",
    "track_id",
    "seq",
    "state",
    "stage",
    "percent",
    "bytes_done",
    "bytes_total",
    "speed_bps",
    "eta_s",
    "message",
    "error",
    "download_cdn",
    "ts",
}


class TestFrames:
    async def test_a_download_from_start_to_end(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        async with serving(hub) as base_url, connected(base_url, f"track_id={track(1)}") as client:
            snapshot = await client.frame()
            assert set(snapshot) == KEYS
            assert snapshot["type"] == "snapshot"
            assert snapshot["state"] == "running"
            await run.advance(40)
            change = await client.frame()
            assert (change["type"], change["stage"], change["percent"]) == ("progress", "fetch", 40)
            assert change["seq"] > snapshot["seq"]
            assert change["download_cdn"] is None
            await run.finish()
            end = await client.frame()
            assert (end["type"], end["state"]) == ("end", "done")
            assert end["download_cdn"] == f"{base_url}/media/{track(1)}.m4a"

    async def test_a_failure_is_told_with_its_code(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        await run.finish(JobState.FAILED)
        async with serving(hub) as base_url, connected(base_url, f"job_id={job(1)}") as client:
            frames = [await client.frame(), await client.frame()]
        assert [frame["type"] for frame in frames] == ["snapshot", "end"]
        assert frames[1]["error"]["code"] == "no_match"
        assert frames[1]["error"]["retryable"] is False
        assert frames[1]["download_cdn"] is None

    async def test_the_public_address_comes_from_the_settings(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        await run.finish()
        async with (
            serving(hub, public_base_url="https://music.example") as base_url,
            connected(base_url, f"job_id={job(1)}") as client,
        ):
            assert (await client.frame())["download_cdn"] == f"https://music.example/media/{track(1)}.m4a"

    async def test_coming_back_with_the_last_seq(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        begun = await run.begin()
        async with serving(hub) as base_url:
            async with connected(base_url, f"job_id={job(1)}&since={begun.seq}") as client:
                await wait_for(lambda: hub.stats().jobs_watched == 1)
                await run.advance(10)
                assert (await client.frame())["type"] == "progress", "no snapshot: nothing had happened"
            await run.advance(20)
            async with connected(base_url, f"job_id={job(1)}&since={begun.seq}") as client:
                frame = await client.frame()
                assert (frame["type"], frame["percent"]) == ("snapshot", 20)
            done = await run.finish()
            async with connected(base_url, f"job_id={job(1)}&since={done.seq}") as client:
                assert (await client.frame())["type"] == "end"

    async def test_several_jobs_each_with_its_own_since(self, hub: ProgressHub, new_run: NewRun) -> None:
        first, second = new_run(1), new_run(2)
        begun = await first.begin()
        await second.begin()
        await second.advance(5)
        query = f"job_id={job(1)}&track_id={track(2)}&since={begun.seq}&since=1"
        async with serving(hub) as base_url, connected(base_url, query) as client:
            frame = await client.frame()
            assert (frame["type"], frame["job_id"]) == ("snapshot", job(2)), "the first one has nothing new"
            await first.advance(10)
            assert (await client.frame())["job_id"] == job(1)

    async def test_one_since_for_several_jobs_hides_none(self, hub: ProgressHub, new_run: NewRun) -> None:
        begun = await new_run(1).begin()
        await new_run(2).begin()
        query = f"job_id={job(1)}&job_id={job(2)}&since={begun.seq}"
        async with serving(hub) as base_url, connected(base_url, query) as client:
            frames = [await client.frame(), await client.frame()]
        assert {(frame["type"], frame["job_id"]) for frame in frames} == {("snapshot", job(1)), ("snapshot", job(2))}

    async def test_silence_is_broken_by_pings(self, hub: ProgressHub, new_run: NewRun) -> None:
        await new_run(1).begin()
        async with serving(hub, progress_ping_ms=100) as base_url, connected(base_url, f"job_id={job(1)}") as client:
            await client.frame()
            for _ in range(2):
                ping = await client.frame()
                assert (ping["type"], set(ping)) == ("ping", {"type", "ts"})

    async def test_a_socket_that_follows_nothing_is_closed_after_a_while(
        self, hub: ProgressHub, new_run: NewRun
    ) -> None:
        run = new_run(1)
        await run.begin()
        async with (
            serving(hub, progress_idle_ms=200) as base_url,
            connected(base_url, f"job_id={job(1)}") as client,
            connected(base_url, "") as empty,
        ):
            assert await empty.closed() == (1000, "idle")
            await client.frame()
            await run.finish()
            assert (await client.frame())["type"] == "end"
            assert await client.closed() == (1000, "idle")


class TestMessages:
    async def test_jobs_are_added_and_dropped(self, hub: ProgressHub, new_run: NewRun) -> None:
        runs = [new_run(n) for n in range(1, 5)]
        for run in runs:
            await run.begin()
        async with serving(hub) as base_url, connected(base_url, f"job_id={job(1)}") as client:
            assert (await client.frame())["job_id"] == job(1)
            await client.say({"subscribe": [job(2), track(3), {"track_id": track(4), "format": "m4a", "since": 2}]})
            assert [(await client.frame())["job_id"] for _ in range(2)] == [job(2), job(3)], "of the fourth: no news"
            await client.say({"unsubscribe": [job(1), track(3), {"job_id": job(2)}]})
            await wait_for(lambda: hub.stats().jobs_watched == 1)
            for run in runs:
                await run.advance(50)
            frame = await client.frame()
            assert (frame["type"], frame["job_id"]) == ("progress", job(4))

    async def test_the_same_job_twice_is_one(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        async with serving(hub) as base_url, connected(base_url, f"job_id={job(1)}&track_id={track(1)}") as client:
            assert (await client.frame())["type"] == "snapshot"
            await client.say({"subscribe": [job(1)]})
            await run.advance(10)
            assert (await client.frame())["type"] == "progress"

    async def test_a_job_that_ended_can_be_asked_for_again(self, hub: ProgressHub, new_run: NewRun) -> None:
        run = new_run(1)
        await run.begin()
        await run.finish()
        async with serving(hub) as base_url, connected(base_url, f"job_id={job(1)}") as client:
            for _ in range(3):
                assert [(await client.frame())["type"] for _ in range(2)] == ["snapshot", "end"]
                await client.say({"subscribe": [job(1)]})

    @pytest.mark.parametrize(
        ("message", "code"),
        [
            ("{", "invalid_request"),
            ("[]", "invalid_request"),
            ("{}", "invalid_request"),
            ('{"subscribe": "all"}', "invalid_request"),
            ('{"subscribe": [1]}', "invalid_request"),
            ('{"subscribe": ["no such id!"]}', "invalid_request"),
            ('{"subscribe": [{"track_id": "short"}]}', "invalid_track_id"),
            ('{"subscribe": [{"track_id": "0000000000000000000001", "format": "wav"}]}', "unsupported_format"),
            ('{"subscribe": [{"track_id": "0000000000000000000001", "format": 3}]}', "unsupported_format"),
            ('{"subscribe": [{"job_id": "x", "since": "now"}]}', "invalid_request"),
            ('{"subscribe": [{"job_id": "x", "since": -1}]}', "invalid_request"),
            ('{"subscribe": [{"job_id": "unknown-m4a"}]}', "job_not_found"),
            ('{"subscribe": ["' + "x" * 40_000 + '"]}', "invalid_request"),
        ],
    )
    async def test_a_bad_message_is_answered_and_the_socket_lives(
        self, hub: ProgressHub, new_run: NewRun, message: str, code: str
    ) -> None:
        run = new_run(1)
        await run.begin()
        async with serving(hub) as base_url, connected(base_url, f"job_id={job(1)}") as client:
            await client.frame()
            await client.say(message)
            error = await client.frame()
            assert (error["type"], error["error"]["code"]) == ("error", code)
            await run.advance(10)
            assert (await client.frame())["type"] == "progress"

    async def test_too_many_jobs_are_refused_whole(self, hub: ProgressHub, new_run: NewRun) -> None:
        await new_run(1).begin()
        async with serving(hub) as base_url, connected(base_url, f"job_id={job(1)}") as client:
            await client.frame()
            await client.say({"subscribe": [f"{n}-m4a" for n in range(200)]})
            error = await client.frame()
            assert error["error"]["code"] == "too_many_requests"
            assert hub.stats().jobs_watched == 1


class TestCloses:
    @pytest.mark.parametrize(
        ("query", "code", "reason"),
        [
            ("track_id=short", 4400, "invalid_track_id"),
            ("track_id=", 4400, "invalid_track_id"),
            (f"track_id={track(1)}&format=wav", 4400, "unsupported_format"),
            ("job_id=a%20b", 4400, "invalid_request"),
            (f"job_id={job(1)}&since=soon", 4400, "invalid_request"),
            (f"job_id={job(1)}&since=1&since=2", 4400, "invalid_request"),
            (f"track_id={track(404)}", 4404, "job_not_found"),
            ("&".join(f"job_id={n}-m4a" for n in range(201)), 4429, "too_many_requests"),
        ],
    )
    async def test_what_cannot_be_is_refused_with_the_errors_code(
        self, hub: ProgressHub, query: str, code: int, reason: str
    ) -> None:
        async with serving(hub) as base_url, connected(base_url, query) as client:
            assert await client.closed() == (code, reason)
        assert hub.stats().readers == 0

    async def test_one_unknown_job_among_others_is_no_reason_to_close(self, hub: ProgressHub, new_run: NewRun) -> None:
        await new_run(1).begin()
        async with (
            serving(hub) as base_url,
            connected(base_url, f"job_id={job(404)}&job_id={job(1)}") as client,
        ):
            frames = [await client.frame(), await client.frame()]
        assert [(frame["type"], frame["job_id"]) for frame in frames] == [("error", job(404)), ("snapshot", job(1))]

    @pytest.mark.parametrize("abort", [False, True])
    async def test_a_client_that_leaves_is_forgotten(self, hub: ProgressHub, new_run: NewRun, *, abort: bool) -> None:
        run = new_run(1)
        await run.begin()
        async with serving(hub) as base_url:
            async with connected(base_url, f"job_id={job(1)}") as client:
                await client.frame()
                assert hub.stats().readers == 1
                if abort:
                    transport: Any = client.socket.get_extra_info("socket")
                    assert transport is not None
                    client.socket._conn.transport.abort()  # type: ignore[union-attr]
                    await wait_for(lambda: hub.stats().readers == 0)
            await wait_for(lambda: hub.stats().readers == 0)
            assert hub.stats().jobs_watched == 0
            await run.advance(10)

    async def test_a_stopping_server_says_so(self, jobs: MongoJobStore, broker: MemoryBroker, new_run: NewRun) -> None:
        hub = ProgressHub(jobs=jobs, broker=broker)
        await hub.start()
        await new_run(1).begin()
        async with serving(hub) as base_url, connected(base_url, f"job_id={job(1)}") as client:
            await client.frame()
            await hub.close()
            assert await client.closed() == (1012, "server_stopping")
            async with connected(base_url, f"job_id={job(1)}") as late:
                assert await late.closed() == (1012, "server_stopping")


class TestSlowClients:
    async def test_one_that_does_not_read_is_told_the_newest_and_then_keeps_up_again(
        self, hub: ProgressHub, broker: MemoryBroker, new_run: NewRun
    ) -> None:
        run = new_run(1)
        await run.begin()
        steps = 400
        async with (
            serving(hub) as base_url,
            connected(base_url, f"job_id={job(1)}") as slow,
            connected(base_url, f"job_id={job(1)}") as quick,
        ):
            await slow.frame()
            await quick.frame()
            for seq in range(10, 10 + steps):
                # Large enough for the buffers on the way, the kernel's included, to be full long before the end.
                await broker.publish_event(event(1, seq, message="m" * 60_000))
                assert (await quick.frame())["seq"] == seq, "another client hears every step meanwhile"
            told = []
            while not told or told[-1] < 9 + steps:
                told.append((await slow.frame())["seq"])
            assert told == sorted(set(told))
            assert len(told) < steps, "what it could not read was replaced by what came after"
            await broker.publish_event(event(1, 1000))
            assert [(await client.frame())["seq"] for client in (slow, quick)] == [1000, 1000]
            await run.finish()
            assert [(await client.frame())["type"] for client in (slow, quick)] == ["end", "end"]

    async def test_one_that_does_not_read_is_left_when_the_server_stops(
        self, jobs: MongoJobStore, broker: MemoryBroker, new_run: NewRun
    ) -> None:
        hub = ProgressHub(jobs=jobs, broker=broker, message_interval_s=0.0)
        await hub.start()
        await wait_for(lambda: broker.stats().listeners == 1)
        await new_run(1).begin()
        async with serving(hub) as base_url, connected(base_url, f"job_id={job(1)}") as slow:
            await slow.frame()
            for seq in range(10, 410):
                heard = hub.stats().events_heard
                await broker.publish_event(event(1, seq, message="m" * 60_000))
                await wait_for(lambda heard=heard: hub.stats().events_heard > heard)
            await hub.close()
            await wait_for(lambda: hub.stats().readers == 0)


class TestIsolation:
    async def test_clients_hear_only_what_they_named(self, hub: ProgressHub, new_run: NewRun) -> None:
        first, second = new_run(1), new_run(2)
        await first.begin()
        await second.begin()
        async with (
            serving(hub) as base_url,
            connected(base_url, f"job_id={job(1)}") as one,
            connected(base_url, f"job_id={job(2)}") as two,
        ):
            await one.frame()
            await two.frame()
            await first.advance(10)
            await second.advance(20)
            await first.finish()
            await second.finish()
            for client, run in ((one, first), (two, second)):
                frames = [await client.frame()]
                while frames[-1]["type"] != "end":
                    frames.append(await client.frame())
                assert {frame["job_id"] for frame in frames} == {run.id}
