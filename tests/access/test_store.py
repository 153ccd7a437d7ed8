from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import mean
from typing import Any

import pytest

from models.access import AccessBatch, AccessRecord, GeoState, Place
from services.store.access import MongoAccessStore
from services.store.mongo import MongoDatabase
from services.store.stats import MongoStatsStore
from services.store.traces import MongoTraceStore
from tests.support.access import batch, record
from tests.support.wait import wait_for

HOUR = datetime(2026, 11, 22, 8, tzinfo=UTC)
TRACK = "T" * 22
LATENCY = ("mean_ms", "p50_ms", "p95_ms", "p99_ms")


def _store(database: MongoDatabase) -> MongoAccessStore:
    return MongoAccessStore(database, retention_days=30)


def _records(count: int, *, seed: int = 1) -> list[AccessRecord]:
    dice = random.Random(seed)
    return [
        record(
            ts=HOUR.timestamp() + dice.random() * 7200,
            ip=f"8.8.{dice.randrange(7)}.8",
            status=dice.choice((200, 200, 404, 503)),
            duration_ms=dice.random() * 100,
            bytes=dice.randrange(1000),
            track_id=dice.choice((None, TRACK, "U" * 22)),
        )
        for _ in range(count)
    ]


async def _sum(database: MongoDatabase, name: str, field: str) -> int:
    return sum(document.get(field, 0) for document in await database.collection(name).find({}))


async def _sums(database: MongoDatabase) -> dict[str, int]:
    return {
        "logs": len(await database.collection("access_logs").find({})),
        "hours": await _sum(database, "access_hours", "requests"),
        "bytes": await _sum(database, "access_hours", "bytes"),
        "traces": await _sum(database, "ip_traces", "request_count"),
        "urls": await _sum(database, "ip_trace_urls", "request_count"),
        "ip_hours": await _sum(database, "ip_hours", "requests"),
        "ip_days": await _sum(database, "ip_days", "requests"),
        "track_hours": await _sum(database, "track_hours", "requests"),
        "track_days": await _sum(database, "track_days", "requests"),
    }


def _expected(records: list[AccessRecord]) -> dict[str, int]:
    count, tracks = len(records), sum(each.track_id is not None for each in records)
    return {
        **dict.fromkeys(("logs", "hours", "traces", "urls", "ip_hours", "ip_days"), count),
        "bytes": sum(each.bytes for each in records),
        "track_hours": tracks,
        "track_days": tracks,
    }


async def test_documents_are_as_a_reader_of_the_shell_expects(database: MongoDatabase) -> None:
    await _store(database).write(
        batch([record(ts=HOUR.timestamp() + 1.5, ip="203.0.113.9", link="spotify:track:x", kind="track", cache="hit",
                      track_id=TRACK)], "b1")
    )  # fmt: skip
    log = await database.collection("access_logs").find_one({"ip": "203.0.113.9"})
    assert log == {
        "_id": "b1-0",
        "ts": HOUR + timedelta(seconds=1.5),
        "ip": "203.0.113.9",
        "method": "GET",
        "path": "/api/spotify/metadata",
        "route": "/api/spotify/metadata",
        "status": 200,
        "duration_ms": 1.5,
        "bytes": 1000,
        "user_agent": "test",
        "track_id": TRACK,
        "link": "spotify:track:x",
        "kind": "track",
        "cache": "hit",
        "expires_at": HOUR + timedelta(days=30, seconds=1.5),
    }
    trace = await database.collection("ip_traces").find_one({"_id": "203.0.113.9"})
    assert trace is not None
    assert trace["first_seen"] == trace["last_seen"] == HOUR + timedelta(seconds=1.5)
    assert (trace["request_count"], trace["geo"]) == (1, "private")
    url = await database.collection("ip_trace_urls").find_one({"ip": "203.0.113.9"})
    assert url is not None
    assert (url["url"], url["request_count"]) == ("/api/spotify/metadata?link=spotify:track:x", 1)
    hour = await database.collection("access_hours").find_one({"hour_name": "UTC 2026-11-22 08"})
    assert hour is not None
    assert (hour["hour"], hour["requests"], hour["le_2"], hour["track_hit"]) == (HOUR, 1, 1, 1)


async def test_first_and_last_seen_hold_in_whatever_order_batches_come(database: MongoDatabase) -> None:
    store = _store(database)
    for second in (30, 10, 50):
        await store.write(batch([record(ts=HOUR.timestamp() + second)]))
    (trace,) = await database.collection("ip_traces").find({})
    assert trace["first_seen"] == HOUR + timedelta(seconds=10)
    assert trace["last_seen"] == HOUR + timedelta(seconds=50)
    assert trace["expires_at"] == HOUR + timedelta(days=30, seconds=50)
    assert trace["request_count"] == 3


async def test_a_batch_that_comes_again_is_not_counted_again(database: MongoDatabase) -> None:
    store, sent = _store(database), batch(_records(60))
    for _ in range(3):
        await store.write(sent)
    assert await _sums(database) == _expected(list(sent.records))


async def test_two_consumers_of_one_batch_count_it_once(database: MongoDatabase) -> None:
    sent = batch(_records(60))
    await asyncio.gather(*(_store(database).write(sent) for _ in range(4)))
    assert await _sums(database) == _expected(list(sent.records))


async def test_many_writers_lose_nothing(database: MongoDatabase) -> None:
    batches = [batch(_records(20, seed=seed)) for seed in range(12)]
    await asyncio.gather(*(_store(database).write(each) for each in batches))
    assert await _sums(database) == _expected([record for each in batches for record in each.records])


async def test_a_write_that_breaks_off_anywhere_is_completed_by_the_next(database: MongoDatabase) -> None:
    store, dice, sent = _store(database), random.Random(5), []
    for seed in range(12):
        each = batch(_records(25, seed=seed))
        sent.append(each)
        writing = asyncio.create_task(store.write(each))
        for _ in range(dice.randrange(40)):
            await asyncio.sleep(0.001)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        if seed % 2:
            await store.write(batch(_records(25, seed=100 + seed), f"other{seed}"))
            sent.append(batch(_records(25, seed=100 + seed)))
        await store.write(each)
    assert await _sums(database) == _expected([record for each in sent for record in each.records])


async def test_the_mark_of_a_batch_is_seen_among_many(database: MongoDatabase) -> None:
    store = _store(database)
    first = batch([record(ts=HOUR.timestamp())], "first")
    await store.write(first)
    await database.collection("access_logs").delete({})
    for number in range(40):
        await store.write(batch([record(ts=HOUR.timestamp())], f"b{number}"))
    # As after a crash before the last step, with others' batches in between.
    await store.write(first)
    assert await _sum(database, "access_hours", "requests") == 41


async def test_an_empty_batch_is_nothing(database: MongoDatabase) -> None:
    await _store(database).write(AccessBatch(id="empty", records=()))
    assert await _sums(database) == _expected([])


async def test_a_caller_without_an_address_is_counted_and_not_traced(database: MongoDatabase) -> None:
    await _store(database).write(batch([record(ip="")]))
    sums = await _sums(database)
    assert (sums["logs"], sums["hours"], sums["traces"]) == (1, 1, 0)


async def test_forgetting_removes_every_document_of_one_person_and_of_nobody_else(database: MongoDatabase) -> None:
    store, sent = _store(database), batch(_records(80))
    await store.write(sent)
    asked = Counter(each.ip for each in sent.records)
    forgotten = await store.forget("8.8.3.8")
    assert forgotten.removed["access_logs"] == asked["8.8.3.8"]
    assert forgotten.removed["ip_traces"] == 1
    for name in ("access_logs", "ip_traces", "ip_trace_urls", "ip_hours", "ip_days"):
        left = await database.collection(name).find({})
        assert left
        assert not any("8.8.3.8" in str(document) for document in left)
    sums = await _sums(database)
    assert sums["traces"] == sums["logs"] == 80 - asked["8.8.3.8"]
    assert sums["hours"] == 80
    assert set((await store.forget("8.8.3.8")).removed.values()) == {0}


async def test_records_under_way_do_not_bring_a_forgotten_person_back(database: MongoDatabase) -> None:
    store = _store(database)
    before = batch([record(ip="8.8.3.8"), record(ip="8.8.4.8")])
    await store.forget("8.8.3.8")
    await store.write(before)
    assert [trace["ip"] for trace in await database.collection("ip_traces").find({})] == ["8.8.4.8"]
    assert await _sum(database, "access_hours", "requests") == 2
    tombstones = await database.collection("ip_forgotten").find({})
    assert "8.8.3.8" not in str(tombstones)


async def test_a_person_who_comes_back_later_is_a_new_one(database: MongoDatabase) -> None:
    store = _store(database)
    await store.forget("8.8.3.8")
    await store.write(batch([record(ip="8.8.3.8", ts=datetime.now(UTC).timestamp() + 60)]))
    assert len(await database.collection("ip_traces").find({"_id": "8.8.3.8"})) == 1


async def test_forgetting_while_the_person_is_being_written(database: MongoDatabase) -> None:
    store = _store(database)

    async def forgets() -> None:
        await asyncio.sleep(random.random() * 0.03)
        await store.forget("8.8.3.8")

    for _ in range(8):
        await asyncio.gather(store.write(batch([record(ip="8.8.3.8") for _ in range(20)])), forgets())
        for name in ("access_logs", "ip_traces", "ip_trace_urls", "ip_hours", "ip_days"):
            assert await database.collection(name).find({"ip": "8.8.3.8"}) == [], name


async def test_a_place_colours_what_came_before_it_and_after(database: MongoDatabase) -> None:
    store, traces = _store(database), MongoTraceStore(database)
    await store.write(batch([record(ip="8.8.3.8", ts=HOUR.timestamp())]))
    assert await traces.pending(10) == ["8.8.3.8"]
    place = Place(ip="8.8.3.8", state=GeoState.KNOWN, lat=1.5, lng=2.5, country="Norland", country_code="NX")
    await traces.located([place])
    assert await traces.pending(10) == []
    await store.write(batch([record(ip="8.8.3.8", ts=HOUR.timestamp() + 3600)]))
    found = await database.collection("ip_traces").find_one({"_id": "8.8.3.8"})
    assert found is not None
    assert found["coordinates"] == {"lat": 1.5, "lng": 2.5}
    assert (found["country"], found["country_code"], found["geo"]) == ("Norland", "NX", "known")
    traffic = await MongoStatsStore(database).traffic(HOUR, 24)
    assert [(row.country_code, row.country, row.requests) for row in traffic.countries] == [("NX", "Norland", 2)]


async def test_requests_are_placed_however_writing_and_looking_up_meet(database: MongoDatabase) -> None:
    store, traces = _store(database), MongoTraceStore(database)
    for number in range(8):
        ip = f"8.8.{number}.8"
        await store.write(batch([record(ip=ip, ts=HOUR.timestamp())]))
        place = Place(ip=ip, state=GeoState.KNOWN, country="Norland", country_code="NX")
        await asyncio.gather(store.write(batch([record(ip=ip, ts=HOUR.timestamp() + 3600)])), traces.located([place]))
    traffic = await MongoStatsStore(database).traffic(HOUR, 24)
    assert [(row.country_code, row.requests) for row in traffic.countries] == [("NX", 16)]


async def test_a_forgotten_person_is_not_remembered_by_looking_them_up(database: MongoDatabase) -> None:
    await MongoTraceStore(database).located([Place(ip="8.8.3.8", state=GeoState.KNOWN, country_code="NX")])
    assert await database.collection("ip_traces").find({}) == []


async def test_one_asks_at_a_time_and_the_next_keeps_the_distance(database: MongoDatabase) -> None:
    traces, now = MongoTraceStore(database), HOUR
    assert await traces.lease("one", now, now + timedelta(seconds=30)) is not None
    await traces.hold_back("one", now + timedelta(seconds=60))
    assert await traces.lease("two", now + timedelta(seconds=29), now + timedelta(seconds=60)) is None
    await traces.hold_back("two", now)
    taken = await traces.lease("two", now + timedelta(seconds=31), now + timedelta(seconds=60))
    assert taken is not None
    assert taken.not_before == now + timedelta(seconds=60)


async def test_everything_expires(database: MongoDatabase) -> None:
    store = MongoAccessStore(database, retention_days=1)
    await store.write(batch([record(ts=(datetime.now(UTC) - timedelta(days=5)).timestamp(), track_id=TRACK)]))

    async def swept() -> bool:
        names = ("access_logs", "access_hours", "ip_traces", "ip_trace_urls", "ip_hours", "ip_days", "track_hours",
                 "track_days")  # fmt: skip
        return not any([await database.collection(name).find({}) for name in names])

    # A real MongoDB looks once a minute.
    await wait_for(swept, deadline_s=150)


def _row(rows: Any, **wanted: Any) -> Any:
    (row,) = [each for each in rows if all(getattr(each, name) == value for name, value in wanted.items())]
    return row


async def test_statistics_agree_with_what_was_recorded(database: MongoDatabase) -> None:
    store, records = _store(database), _records(300)
    for start in range(0, 300, 50):
        await store.write(batch(records[start : start + 50]))
    for span in (24, 720):
        since = HOUR - timedelta(hours=span - 2)
        traffic = await MongoStatsStore(database).traffic(since, span)
        assert traffic.requests == 300
        assert traffic.bytes == sum(each.bytes for each in records)
        assert traffic.unique_ips == len({each.ip for each in records})
        assert traffic.statuses == Counter(each.status for each in records)
        by_hour = Counter(int((each.ts - HOUR.timestamp()) // 3600) for each in records)
        assert [row.requests for row in traffic.hours] == [by_hour[0], by_hour[1]]
        assert sum(row.errors for row in traffic.hours) == sum(each.status >= 500 for each in records)
        tracks = Counter(each.track_id for each in records if each.track_id)
        assert {row.track_id: row.requests for row in traffic.tracks} == tracks
        for hour, row in enumerate(traffic.hours):
            lasted = [each.duration_ms for each in records if (each.ts - HOUR.timestamp()) // 3600 == hour]
            assert row.mean_ms == pytest.approx(mean(lasted), abs=0.01)
        route = _row(traffic.routes, route="/api/spotify/metadata", method="GET")
        durations = sorted(each.duration_ms for each in records)
        assert abs(route.mean_ms - sum(durations) / 300) < 0.01
        for got, share in ((route.p50_ms, 0.5), (route.p95_ms, 0.95), (route.p99_ms, 0.99)):
            true = durations[int(share * 300) - 1]
            assert 0.7 * true <= got <= 1.4 * true
        # One route was asked: what is said of all requests is said of it.
        assert [getattr(traffic.latency, name) for name in LATENCY] == [getattr(route, name) for name in LATENCY]
        for row in traffic.hours:
            assert 0 < row.p50_ms <= row.p95_ms <= row.p99_ms
    hours = (await MongoStatsStore(database).traffic(HOUR, 24)).hours
    by_hour_ips = [{each.ip for each in records if (each.ts - HOUR.timestamp()) // 3600 == hour} for hour in (0, 1)]
    assert [row.unique_ips for row in hours] == [len(ips) for ips in by_hour_ips]


async def test_a_span_begins_with_its_first_hour(database: MongoDatabase) -> None:
    store = _store(database)
    await store.write(batch([record(ts=HOUR.timestamp() - 0.001, ip="8.8.1.1"), record(ts=HOUR.timestamp())]))
    traffic = await MongoStatsStore(database).traffic(HOUR, 1)
    assert (traffic.requests, traffic.unique_ips) == (1, 1)
