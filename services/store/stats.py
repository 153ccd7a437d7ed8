"""What statistics are made of, read from sums: no verb looks at single access records.

Spans are conditions on text and groups are formed by one field each, which both kinds of server do inside the
database; everything else the embedded one would work out slowly, document by document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from models.job import JobState
from models.stats import (
    LATENCY_BOUNDS_MS,
    CountryRow,
    HourRow,
    KeyRow,
    Latency,
    LibraryNumbers,
    RouteRow,
    TrackRow,
    Traffic,
)
from services.store.access_rollup import CACHE_FIELDS, DAY_NAME, HOUR_NAME, LATENCY_FIELDS
from services.store.mongo import Document, MongoDatabase

TOP_ROWS = 20
HOURLY_SPAN_HOURS = 48
"""Longer spans read addresses and tracks by whole days (UTC)."""
KEY_FIELDS = ("requests", "bytes", "errors", "limited")
CONFIDENCE_CLASSES = (0.9, 0.8, 0.7, 0.6, 0.0)
_TRAFFIC_FIELDS = ("requests", "bytes", "errors", "duration_ms", *LATENCY_FIELDS)

_Pipeline = list[Mapping[str, Any]]


class MongoStatsStore:
    """Implements `StatsStore`."""

    def __init__(self, db: MongoDatabase) -> None:
        self._db = db

    async def traffic(self, since: datetime, span_hours: int) -> Traffic:
        """The access records from the hour `since` on. Raises `DatabaseUnavailable`."""
        hours = {"hour_name": {"$gte": since.strftime(HOUR_NAME)}}
        seen = {"last_hour_name": hours["hour_name"]}
        by_endpoint = await self._group("access_hours", hours, "endpoint", *_TRAFFIC_FIELDS)
        by_status = await self._group("access_hours", hours, "status", "requests")
        by_hour = await self._group("access_hours", hours, "hour_name", *_TRAFFIC_FIELDS)
        cached = await self._group("access_hours", hours, None, *CACHE_FIELDS.values())
        hourly = span_hours <= HOURLY_SPAN_HOURS
        spans = hours if hourly else {"day_name": {"$gte": since.strftime(DAY_NAME)}}
        by_country = await self._group("ip_hours" if hourly else "ip_days", spans, "country_code", "requests")
        by_key = await self._group("key_hours" if hourly else "key_days", spans, "key_name", *KEY_FIELDS)
        by_track = await self._top_tracks("track_hours" if hourly else "track_days", spans)
        per_hour = await self._count("ip_hours", hours, "hour_name") if hourly else None
        return Traffic(
            requests=sum(row["requests"] for row in by_hour),
            bytes=sum(row["bytes"] for row in by_hour),
            unique_ips=sum((await self._count("ip_traces", seen, None)).values()),
            latency=Latency(**_latency(by_hour)),
            hours=tuple(
                HourRow(
                    hour=datetime.strptime(row["_id"], HOUR_NAME).replace(tzinfo=UTC),
                    requests=row["requests"],
                    bytes=row["bytes"],
                    errors=row["errors"],
                    unique_ips=None if per_hour is None else per_hour.get(row["_id"], 0),
                    **_latency([row]),
                )
                for row in sorted(by_hour, key=lambda row: row["_id"])
            ),
            routes=tuple(_route_row(row) for row in sorted(by_endpoint, key=lambda row: -row["requests"])),
            statuses={row["_id"]: row["requests"] for row in sorted(by_status, key=lambda row: row["_id"])},
            cache=_cache_numbers(cached[0] if cached else {}),
            countries=await self._named_countries(by_country),
            tracks=await self._named_tracks(by_track),
            keys=tuple(
                KeyRow(key_name=row["_id"], **{field: row[field] for field in KEY_FIELDS})
                for row in sorted(by_key, key=lambda row: (-row["requests"], row["_id"]))
            ),
        )

    async def jobs_by_state(self) -> dict[str, int]:
        """State → jobs, every state named."""
        found = await self._count("jobs", {}, "state")
        return {state.value: found.get(state.value, 0) for state in JobState}

    async def oldest_queued(self) -> datetime | None:
        """When the wish that has waited longest was made."""
        found = await self._db.collection("jobs").find(
            {"state": JobState.QUEUED.value}, sort=[("created_at", 1)], limit=1
        )
        return found[0]["created_at"] if found else None

    async def library(self, disk_free_bytes: int) -> LibraryNumbers:
        """The audio that is kept."""
        by_format = await self._group("downloads", {}, "format", "size_bytes")
        files = await self._count("downloads", {}, "format")
        confidence = {}
        upper: float | None = None
        for lower in CONFIDENCE_CLASSES:
            within: dict[str, float] = {"$gte": lower} if upper is None else {"$gte": lower, "$lt": upper}
            name = f"{lower:.1f}-{1.0 if upper is None else upper:.1f}"
            confidence[name] = sum((await self._count("downloads", {"match_confidence": within}, None)).values())
            upper = lower
        return LibraryNumbers(
            files=sum(files.values()),
            bytes=sum(row["size_bytes"] for row in by_format),
            by_format={
                row["_id"]: {"files": files.get(row["_id"], 0), "bytes": row["size_bytes"]} for row in by_format
            },
            by_confidence=confidence,
            disk_free_bytes=disk_free_bytes,
        )

    async def _group(self, name: str, query: Document, key: str | None, *sums: str) -> list[Document]:
        """For each value of `key`, the sums of these fields."""
        group = {"_id": key and f"${key}", **{field: {"$sum": f"${field}"} for field in sums}}
        return await self._db.collection(name).aggregate([*_match(query), {"$group": group}])

    async def _count(self, name: str, query: Document, key: str | None) -> dict[Any, int]:
        """For each value of `key`, how many documents there are."""
        group = {"_id": key and f"${key}", "documents": {"$sum": 1}}
        rows = await self._db.collection(name).aggregate([*_match(query), {"$group": group}])
        return {row["_id"]: row["documents"] for row in rows}

    async def _top_tracks(self, name: str, query: Document) -> list[Document]:
        fields = ("requests", "metadata", "downloads", "plays")
        group = {"_id": "$track_id", **{field: {"$sum": f"${field}"} for field in fields}}
        top: _Pipeline = [{"$sort": {"requests": -1, "_id": 1}}, {"$limit": TOP_ROWS}]
        return await self._db.collection(name).aggregate([*_match(query), {"$group": group}, *top])

    async def _named_countries(self, rows: Sequence[Document]) -> tuple[CountryRow, ...]:
        top = sorted(rows, key=lambda row: (-row["requests"], row["_id"] or ""))[:TOP_ROWS]
        named = []
        for row in top:
            trace = None
            if row["_id"] is not None:
                trace = await self._db.collection("ip_traces").find_one({"country_code": row["_id"]})
            country = None if trace is None else trace.get("country")
            named.append(CountryRow(country_code=row["_id"], country=country, requests=row["requests"]))
        return tuple(named)

    async def _named_tracks(self, rows: Sequence[Document]) -> tuple[TrackRow, ...]:
        ids = [row["_id"] for row in rows]
        found = await self._db.collection("tracks").find({"_id": {"$in": ids}}) if ids else []
        known = {track["_id"]: track for track in found}
        return tuple(
            TrackRow(
                track_id=row["_id"],
                name=known.get(row["_id"], {}).get("name"),
                artists=tuple(artist["name"] for artist in known.get(row["_id"], {}).get("artists", ())),
                requests=row["requests"],
                metadata=row["metadata"],
                downloads=row["downloads"],
                plays=row["plays"],
            )
            for row in rows
        )


def percentile_ms(counts: Sequence[int], share: float) -> float:
    """The duration that `share` of the requests did not exceed, interpolated within its latency class."""
    total = sum(counts)
    if not total:
        return 0.0
    wanted = share * total
    below = 0
    lower = 0.0
    for bound, count in zip(LATENCY_BOUNDS_MS, counts, strict=False):
        if count and below + count >= wanted:
            return round(lower + (bound - lower) * (wanted - below) / count, 3)
        below += count
        lower = float(bound)
    return lower


def _latency(rows: Sequence[Document]) -> dict[str, float]:
    """The fields of `Latency` for all the requests that these sums count."""
    counts = [sum(row[field] for row in rows) for field in LATENCY_FIELDS]
    lasted_ms = sum(row["duration_ms"] for row in rows)
    return {
        "mean_ms": round(lasted_ms / max(1, sum(row["requests"] for row in rows)), 3),
        "p50_ms": percentile_ms(counts, 0.5),
        "p95_ms": percentile_ms(counts, 0.95),
        "p99_ms": percentile_ms(counts, 0.99),
    }


def _route_row(row: Document) -> RouteRow:
    method, _, route = row["_id"].partition(" ")
    return RouteRow(
        method=method,
        route=route,
        requests=row["requests"],
        bytes=row["bytes"],
        errors=row["errors"],
        **_latency([row]),
    )


def _cache_numbers(row: Document) -> dict[str, dict[str, int]]:
    numbers: dict[str, dict[str, int]] = {}
    for (kind, state), field in CACHE_FIELDS.items():
        numbers.setdefault(kind, {})[state] = row.get(field, 0)
    return numbers


def _match(query: Document) -> _Pipeline:
    return [{"$match": query}] if query else []
