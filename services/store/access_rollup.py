"""What a batch of access records adds to the documents that statistics are read from: pure functions.

    access_hours  one per hour, method, route and status      ip_hours  track_hours  key_hours  for spans up to two days
    ip_traces     one per address                             ip_days   track_days   key_days   for longer ones
    ip_trace_urls one per address and what it asked for

All numbers are top-level fields changed by `$inc`, so a reader adds up documents and never looks at single records.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from models.access import AccessRecord, GeoState
from models.stats import LATENCY_BOUNDS_MS
from services.access.addresses import is_public
from services.store.documents import to_ms
from services.store.mongo import Document

HOURLY_KEPT = timedelta(days=3)
"""How long addresses and tracks are counted by the hour: spans up to two days are read from that."""
LATENCY_FIELDS: Final = (*(f"le_{bound}" for bound in LATENCY_BOUNDS_MS), "le_inf")
CACHE_FIELDS: Final = {
    (kind, state): f"{kind}_{state}"
    for kind in ("track", "album", "playlist", "artist")
    for state in ("hit", "stale", "miss")
}
HOUR_NAME = "UTC %Y-%m-%d %H"
DAY_NAME = "UTC %Y-%m-%d"
"""What spans are searched and grouped by: text, which the embedded server does far faster than dates. It takes text
that begins with a date for a date, though."""
_HOUR = "%Y-%m-%dT%H"
DOWNLOAD_PREFIX = "/api/spotify/download/"
MEDIA_PREFIX = "/media/"
TOO_MANY = 429
"""The status of a request that a limit refused."""

Changes = dict[str, dict[str, Document]]
"""Collection → `_id` → update."""


def log_documents(batch_id: str, records: Iterable[tuple[int, AccessRecord]], keep: timedelta) -> list[Document]:
    """The records as documents of `access_logs`; the number beside each makes its `_id`."""
    return [_log_document(f"{batch_id}-{number}", record, keep) for number, record in records]


def _log_document(key: str, record: AccessRecord, keep: timedelta) -> Document:
    at = _moment(record.ts)
    document: Document = {
        "_id": key,
        "ts": at,
        "ip": record.ip,
        "method": record.method,
        "path": record.path,
        "route": record.route,
        "status": record.status,
        "duration_ms": round(record.duration_ms, 3),
        "bytes": record.bytes,
        "user_agent": record.user_agent,
        "track_id": record.track_id,
        "expires_at": at + keep,
    }
    if record.link is not None:
        document["link"] = record.link
    if record.kind is not None:
        document |= {"kind": record.kind, "cache": record.cache}
    if record.aborted:
        document["aborted"] = True
    if record.key_name is not None:
        document["key_name"] = record.key_name
    return document


def traffic_changes(records: Iterable[AccessRecord], keep: timedelta) -> Changes:
    """What is counted without regard to addresses: `access_hours`, and tracks and keys by the hour and the day."""
    hours: dict[str, Counter[str]] = defaultdict(Counter)
    fixed: dict[str, Document] = {}
    tracks = _Spans("track", keep)
    keys = _Spans("key", keep)
    for record in records:
        at = _moment(record.ts)
        hour = _hour(at)
        endpoint = f"{record.method} {record.route}"
        key = f"{endpoint} {record.status} {hour:{_HOUR}}"
        if key not in fixed:
            fixed[key] = {
                "hour": hour,
                "hour_name": _hour_name(hour),
                "method": record.method,
                "route": record.route,
                "endpoint": endpoint,
                "status": record.status,
                "expires_at": hour + timedelta(hours=1) + keep,
            }
        hours[key].update(_numbers(record))
        if record.track_id is not None:
            tracks.add(at, record.track_id, _track_numbers(record))
        if record.key_name is not None:
            keys.add(at, record.key_name, _key_numbers(record))
    changes = {"access_hours": {key: _change(hours[key], fixed[key]) for key in fixed}}
    return changes | tracks.changes("track_id") | keys.changes("key_name")


def person_changes(records: Iterable[AccessRecord], keep: timedelta, countries: Mapping[str, str | None]) -> Changes:
    """What is counted by address. `countries`: codes of the addresses whose place is known."""
    spans = _Spans("ip", keep)
    seen: dict[str, list[datetime]] = defaultdict(list)
    urls: Counter[tuple[str, str]] = Counter()
    for record in records:
        if not record.ip:
            continue
        at = _moment(record.ts)
        spans.add(at, record.ip, {"requests": 1})
        seen[record.ip].append(at)
        urls[record.ip, _url(record)] += 1
    traces: dict[str, Document] = {}
    for ip, moments in seen.items():
        first, last = min(moments), max(moments)
        traces[ip] = {
            "$inc": {"request_count": len(moments)},
            "$min": {"first_seen": first},
            "$max": {"last_seen": last, "last_hour_name": _hour_name(last), "expires_at": last + keep},
            "$setOnInsert": {"ip": ip, "geo": (GeoState.PENDING if is_public(ip) else GeoState.PRIVATE).value},
        }
    asked: dict[str, Document] = {}
    for (ip, url), count in urls.items():
        last = max(seen[ip])
        asked[f"{ip} {url}"] = {
            "$inc": {"request_count": count},
            "$max": {"last_seen": last, "expires_at": last + keep},
            "$setOnInsert": {"ip": ip, "url": url},
        }
    changes = {"ip_traces": traces, "ip_trace_urls": asked} | spans.changes("ip")
    for name in ("ip_hours", "ip_days"):
        for change in changes[name].values():
            code = countries.get(change["$setOnInsert"]["ip"])
            if code is not None:
                change["$set"] = {"country_code": code}
    return changes


class _Spans:
    """Numbers of one thing (an address, a track) by the hour and by the day."""

    def __init__(self, name: str, keep: timedelta) -> None:
        self._name = name
        self._keep = keep
        self._hours: dict[tuple[datetime, str], Counter[str]] = defaultdict(Counter)
        self._days: dict[tuple[datetime, str], Counter[str]] = defaultdict(Counter)

    def add(self, at: datetime, thing: str, numbers: Mapping[str, int]) -> None:
        hour = _hour(at)
        self._hours[hour, thing].update(numbers)
        self._days[hour.replace(hour=0), thing].update(numbers)

    def changes(self, field: str) -> Changes:
        return {
            f"{self._name}_hours": {
                f"{thing} {hour:{_HOUR}}": _change(
                    numbers,
                    {
                        "hour": hour,
                        "hour_name": _hour_name(hour),
                        field: thing,
                        "expires_at": hour + timedelta(hours=1) + min(HOURLY_KEPT, self._keep),
                    },
                )
                for (hour, thing), numbers in self._hours.items()
            },
            f"{self._name}_days": {
                f"{thing} {day:%Y-%m-%d}": _change(
                    numbers,
                    {
                        "day": day,
                        "day_name": day.strftime(DAY_NAME),
                        field: thing,
                        "expires_at": day + timedelta(days=1) + self._keep,
                    },
                )
                for (day, thing), numbers in self._days.items()
            },
        }


def _numbers(record: AccessRecord) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        "requests": 1,
        "bytes": record.bytes,
        "duration_ms": record.duration_ms,
        LATENCY_FIELDS[bisect_left(LATENCY_BOUNDS_MS, record.duration_ms)]: 1,
    }
    if record.status >= 500:
        numbers["errors"] = 1
    if record.kind is not None and (cached := CACHE_FIELDS.get((record.kind, record.cache or ""))):
        numbers[cached] = 1
    return numbers


def _track_numbers(record: AccessRecord) -> dict[str, int]:
    numbers = {"requests": 1}
    if record.status < 400:
        if record.kind is not None:
            numbers["metadata"] = 1
        elif record.path.startswith(DOWNLOAD_PREFIX):
            numbers["downloads"] = 1
        elif record.path.startswith(MEDIA_PREFIX) and record.method == "GET":
            numbers["plays"] = 1
    return numbers


def _key_numbers(record: AccessRecord) -> dict[str, int]:
    return {
        "requests": 1,
        "bytes": record.bytes,
        "errors": int(record.status >= 500),
        "limited": int(record.status == TOO_MANY),
    }


def _url(record: AccessRecord) -> str:
    return record.path if record.link is None else f"{record.path}?link={record.link}"


def _change(numbers: Mapping[str, Any], fixed: Document) -> Document:
    return {"$inc": {name: number for name, number in numbers.items() if number}, "$setOnInsert": fixed}


def _moment(ts: float) -> datetime:
    return to_ms(datetime.fromtimestamp(ts, UTC))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _hour_name(hour: datetime) -> str:
    return hour.strftime(HOUR_NAME)
